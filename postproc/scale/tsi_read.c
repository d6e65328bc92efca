/* tsi_read.c - reads .tsi files; see tsi.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsi.h"

#include "errors.h"
#include "text.h"
#include "tsi_layout.h"
#include "tsm_little.h"

static bool is_time(gint64 ns)
{
    return ns >= -TSM_MAX_TIME_NS && ns <= TSM_MAX_TIME_NS;
}

/* Whether the summary is as long as it says. */
static bool is_whole(const GByteArray *bytes)
{
    const guint8 *p = bytes->data;

    return bytes->len >= SUMMARY_BYTES && tsm_get32(p + SUMMARY_INTERFACES) <= TSM_SKEW_TAPS &&
           tsm_get32(p + SUMMARY_SYNS) <= SYN_SAMPLE_MOST &&
           (guint64)tsm_get32(p + SUMMARY_TEXT) + tsm_get32(p + SUMMARY_SILENCES) + SUMMARY_BYTES +
                   (guint64)PAIR_BYTES *
                       (tsm_get32(p + SUMMARY_INTERFACES) + tsm_get32(p + SUMMARY_SYNS)) ==
               bytes->len;
}

/* Reads interfaces and SYNs; false when a time cannot be. */
static bool read_pairs(struct tsi_summary *summary, const guint8 *p)
{
    bool ok = true;

    for (guint32 i = 0; i < summary->n_interfaces; i++, p += PAIR_BYTES) {
        struct tsi_interface *interface = &summary->interfaces[i];
        *interface = (struct tsi_interface){(gint64)tsm_get64(p), (gint64)tsm_get64(p + 8)};
        ok = ok && is_time(interface->start_ns) && is_time(interface->end_ns);
    }
    for (guint32 i = 0; i < summary->syns.n; i++, p += PAIR_BYTES) {
        struct syn_seen *syn = &summary->syns.at[i];
        *syn = (struct syn_seen){tsm_get64(p), (gint64)tsm_get64(p + 8)};
        ok = ok && is_time(syn->ns);
    }
    return ok;
}

static bool read_talk(const guint8 *p, struct tsm_talk *talk)
{
    *talk = (struct tsm_talk){
        .ns = (gint64)tsm_get64(p + TALK_NS),
        .connection = tsm_get32(p + TALK_CONNECTION),
        .sender = tsm_get32(p + TALK_SENDER),
        .asks = tsm_get32(p + TALK_ASKS) != 0,
    };
    return is_time(talk->ns);
}

/* Reads one from *at, which it moves behind it; false when it is none. */
static bool read_silence(const guint8 **at, const guint8 *end, struct tsm_silence *silence)
{
    const guint8 *p = *at;
    bool ok = end - p >= SILENCE_BYTES;

    if (!ok) {
        return false;
    }
    *silence = (struct tsm_silence){
        .from_ns = (gint64)tsm_get64(p + SILENCE_FROM),
        .to_ns = (gint64)tsm_get64(p + SILENCE_TO),
        .longest_ns = (gint64)tsm_get64(p + SILENCE_LONGEST),
        .frames = tsm_get32(p + SILENCE_FRAMES),
        .n = tsm_get32(p + SILENCE_TALKS),
    };
    p += SILENCE_BYTES;
    ok = silence->n <= TSM_TALKS && (gsize)(end - p) >= silence->n * (gsize)TALK_BYTES &&
         is_time(silence->from_ns) && is_time(silence->to_ns) && silence->from_ns <= silence->to_ns;
    for (guint i = 0; ok && i < silence->n; i++, p += TALK_BYTES) {
        ok = read_talk(p, &silence->talks[i]);
    }
    *at = p;
    return ok;
}

static bool read_silences(struct tsi_summary *summary, const guint8 *at, guint32 size)
{
    const guint8 *end = at + size;
    struct tsm_silence silence;
    bool ok = read_silence(&at, end, &summary->last);

    summary->silences = g_array_new(FALSE, FALSE, sizeof(struct tsm_silence));
    while (ok && at < end) {
        ok = read_silence(&at, end, &silence);
        g_array_append_val(summary->silences, silence);
    }
    return ok;
}

static bool read_summary(struct tsi *tsi, GError **error)
{
    const GByteArray *bytes = tsi->blocks->summary;
    const guint8 *p = bytes->data;

    if (!is_whole(bytes) || tsi->blocks->head.sections < 2) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_INPUT, "'%s' is damaged: its summary is too short",
                    tsi->blocks->name);
        return false;
    }
    tsi->summary = (struct tsi_summary){
        .size = tsm_get64(p + SUMMARY_SIZE),
        .frames = tsm_get32(p + SUMMARY_FRAMES),
        .end = tsm_get32(p + SUMMARY_END),
        .start_ns = (gint64)tsm_get64(p + SUMMARY_START),
        .end_ns = (gint64)tsm_get64(p + SUMMARY_END_NS),
        .came = tsm_get32(p + SUMMARY_CAME),
        .lost = tsm_get32(p + SUMMARY_LOST),
        .unread = tsm_get32(p + SUMMARY_UNREAD),
        .n_interfaces = tsm_get32(p + SUMMARY_INTERFACES),
        .syns.n = tsm_get32(p + SUMMARY_SYNS),
    };
    const gsize pairs = PAIR_BYTES * (gsize)(tsi->summary.n_interfaces + tsi->summary.syns.n);
    const guint32 size = tsm_get32(p + SUMMARY_TEXT);
    if (size > 0) {
        g_autofree char *text = g_strndup((const char *)p + bytes->len - size, size);
        tsi->summary.trouble = text_safe_copy(text);
    }
    if (!is_time(tsi->summary.start_ns) || !is_time(tsi->summary.end_ns) ||
        !read_pairs(&tsi->summary, p + SUMMARY_BYTES) ||
        !read_silences(&tsi->summary, p + SUMMARY_BYTES + pairs, tsm_get32(p + SUMMARY_SILENCES))) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_INPUT, "'%s' is damaged: its times cannot be",
                    tsi->blocks->name);
        return false;
    }
    return true;
}

struct tsi *tsi_open(const char *name, GError **error)
{
    g_autoptr(Tsi) tsi = g_new0(struct tsi, 1);

    tsi->blocks = blocks_open(name, TSI_MAGIC, TSI_VERSION, error);
    return tsi->blocks != NULL && read_summary(tsi, error) ? g_steal_pointer(&tsi) : NULL;
}

void tsi_close(struct tsi *tsi)
{
    if (tsi != NULL) {
        blocks_close(tsi->blocks);
        tsi_summary_clear(&tsi->summary);
        g_free(tsi);
    }
}

/* ---- items ---- */

void tsi_items_begin(struct tsi_items *items, struct tsi *tsi, guint32 section)
{
    *items = (struct tsi_items){.tsi = tsi,
                                .section = section,
                                .raw = g_byte_array_new(),
                                .slots = g_new0(struct tsi_slots, 1)};
}

void tsi_items_end(struct tsi_items *items)
{
    g_clear_pointer(&items->raw, g_byte_array_unref);
    g_clear_pointer(&items->slots, g_free);
    g_clear_error(&items->trouble);
}

/* The next block of the section; false when there is none. */
static bool next_block(struct tsi_items *items)
{
    const GArray *index = items->tsi->blocks->index;

    while (items->next < index->len &&
           g_array_index(index, struct blocks_entry, items->next).section != items->section) {
        items->next++;
    }
    items->at = items->frame = items->interface = 0;
    items->time_ns = 0;
    tsi_slots_clear(items->slots);
    return items->next < index->len &&
           blocks_read(items->tsi->blocks, items->next++, items->raw, &items->trouble);
}

static bool fail(struct tsi_items *items)
{
    g_set_error(&items->trouble, TCPSTORY_ERROR, EXIT_INPUT,
                "'%s' is damaged: something in it is no TCP header", items->tsi->blocks->name);
    return false;
}

/* Whether the number is one of a frame of this file: they do not go back. */
static bool is_in_order(const struct tsi_items *items, guint32 more)
{
    return (guint64)items->frame + more <= items->tsi->summary.frames;
}

/* The next item of the block, or of a later one; false when there is none. */
static bool next_item(struct tsi_items *items)
{
    while (items->at >= items->raw->len) {
        if (!next_block(items)) {
            return false;
        }
    }
    const gsize n = tsi_code_get(items->slots, &items->item, items->raw->data + items->at,
                                 items->raw->len - items->at);
    items->at += (guint)n;
    return n > 0 || fail(items);
}

bool tsi_items_next(struct tsi_items *items)
{
    struct tsm_header *header = &items->item.header;

    do {
        if (!next_item(items)) {
            return false;
        }
        if (items->item.kind == TSM_ITEM_TAP) {
            items->interface = header->frame;
        }
    } while (items->item.kind == TSM_ITEM_TAP);
    if (!is_in_order(items, header->frame) || !is_time(items->time_ns + header->time_ns)) {
        return fail(items);
    }
    header->frame = items->frame += header->frame;
    header->time_ns = items->time_ns += header->time_ns;
    return true;
}
