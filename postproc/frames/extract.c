/* extract.c - see extract.h.
 *
 * Two rounds: the first finds out what interfaces there are and which fragments belong to chosen
 * frames, the second writes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _POSIX_C_SOURCE 200809L
#include "extract.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fragments.h"
#include "frame_header.h"

struct extraction {
    struct captures *captures;
    guint8 *bits; /* of the frames that are chosen */
    gsize n_bits;
    struct fragments fragments;
    guint32 frame;      /* number of the last one that was read */
    GArray *sections;   /* of wtap_block_t: the one header of what is written */
    GArray *secrets;    /* of wtap_block_t */
    GArray *interfaces; /* of wtap_block_t */
    GArray *numbers;    /* of guint: of each interface of each capture, its place among those */
    GArray *first;      /* of guint: of each capture, the place of its first one in `numbers` */
    enum tsm_item_end end;
    wtap_dumper *to;
};

/* ---- which frames ---- */

static bool read_bits(struct extraction *e, int from)
{
    const off_t size = lseek(from, 0, SEEK_END);

    if (size < 0) {
        return false;
    }
    e->bits = g_malloc0((gsize)size + 1);
    e->n_bits = (gsize)size * 8;
    for (gsize at = 0; at < (gsize)size;) {
        const ssize_t n = pread(from, e->bits + at, (gsize)size - at, (off_t)at);
        if (n <= 0) {
            return false;
        }
        at += (gsize)n;
    }
    return true;
}

static bool is_chosen(const struct extraction *e, guint32 frame)
{
    const gsize bit = frame - 1u;

    return bit < e->n_bits && (e->bits[bit / 8] & 1u << bit % 8) != 0;
}

static void choose(struct extraction *e, guint32 frame)
{
    const gsize bit = frame - 1u;

    if (bit >= e->n_bits) { /* behind the last one that was chosen */
        const gsize bytes = bit / 8 + 1;
        e->bits = g_realloc(e->bits, bytes);
        memset(e->bits + e->n_bits / 8, 0, bytes - e->n_bits / 8);
        e->n_bits = bytes * 8;
    }
    e->bits[bit / 8] |= (guint8)(1u << bit % 8);
}

static void choose_fragment(guint32 frame, bool *chosen, bool choosing, void *data)
{
    if (choosing) {
        *chosen = *chosen || is_chosen(data, frame);
    } else if (*chosen) {
        choose(data, frame);
    }
}

/* ---- interfaces ---- */

static char *text_of(wtap_block_t block, guint option)
{
    char *text = NULL;

    return wtap_block_get_string_option_value(block, option, &text) == WTAP_OPTTYPE_SUCCESS ? text
                                                                                            : NULL;
}

/* Parts of one capture that were written one after the other name the same interface each. Totals
 * of packets belong to one of them. */
static bool is_same(wtap_block_t a, wtap_block_t b)
{
    static const guint names[] = {OPT_IDB_NAME, OPT_IDB_DESCRIPTION};
    const wtapng_if_descr_mandatory_t *of_a = wtap_block_get_mandatory_data(a);
    const wtapng_if_descr_mandatory_t *of_b = wtap_block_get_mandatory_data(b);

    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        if (g_strcmp0(text_of(a, names[i]), text_of(b, names[i])) != 0) {
            return false;
        }
    }
    return of_a->wtap_encap == of_b->wtap_encap && of_a->snap_len == of_b->snap_len &&
           of_a->time_units_per_second == of_b->time_units_per_second &&
           of_a->num_stat_entries == 0 && of_b->num_stat_entries == 0;
}

static void number_statistics(wtap_block_t interface, guint number)
{
    const wtapng_if_descr_mandatory_t *of = wtap_block_get_mandatory_data(interface);

    for (guint i = 0; i < of->num_stat_entries; i++) {
        wtapng_if_stats_mandatory_t *statistics =
            wtap_block_get_mandatory_data(g_array_index(of->interface_statistics, wtap_block_t, i));
        statistics->interface_id = number;
    }
}

/* Interfaces of one capture stay apart, whatever they are called. */
static guint place_of(struct extraction *e, wtap_block_t interface, guint before)
{
    for (guint i = 0; i < before; i++) {
        if (is_same(g_array_index(e->interfaces, wtap_block_t, i), interface)) {
            return i;
        }
    }
    wtap_block_t copy = wtap_block_make_copy(interface);
    g_array_append_val(e->interfaces, copy);
    number_statistics(copy, e->interfaces->len - 1);
    return e->interfaces->len - 1;
}

static void note_interfaces(struct extraction *e, wtap *from)
{
    wtapng_iface_descriptions_t *all = wtap_file_get_idb_info(from);
    const guint before = e->interfaces->len;

    g_array_append_val(e->first, e->numbers->len);
    for (guint i = 0; i < all->interface_data->len; i++) {
        const guint place =
            place_of(e, g_array_index(all->interface_data, wtap_block_t, i), before);
        g_array_append_val(e->numbers, place);
    }
    g_free(all);
}

/* The header of the first capture, and the comments of all. */
static void note_section(struct extraction *e, GArray *headers)
{
    if (headers == NULL || headers->len == 0) {
        return;
    }
    wtap_block_t header = g_array_index(headers, wtap_block_t, 0);
    if (e->sections->len == 0) {
        wtap_block_t copy = wtap_block_make_copy(header);
        g_array_append_val(e->sections, copy);
        return;
    }
    for (guint i = 0; i < wtap_block_count_option(header, OPT_COMMENT); i++) {
        char *comment = NULL;
        if (wtap_block_get_nth_string_option_value(header, OPT_COMMENT, i, &comment) ==
            WTAP_OPTTYPE_SUCCESS) {
            wtap_block_add_string_option(g_array_index(e->sections, wtap_block_t, 0), OPT_COMMENT,
                                         comment, strlen(comment));
        }
    }
}

/* What a capture that was read to its end says besides its packets. */
static void note_capture(struct extraction *e, wtap *from)
{
    wtap_dump_params params = WTAP_DUMP_PARAMS_INIT;

    wtap_dump_params_init(&params, from);
    note_section(e, params.shb_hdrs);
    for (guint i = 0; params.dsbs_growing != NULL && i < params.dsbs_growing->len; i++) {
        wtap_block_t secrets =
            wtap_block_make_copy(g_array_index(params.dsbs_growing, wtap_block_t, i));
        g_array_append_val(e->secrets, secrets);
    }
    params.dsbs_growing = NULL;
    wtap_dump_params_cleanup(&params);
    note_interfaces(e, from);
}

/* ---- the rounds ---- */

static void look(struct extraction *e)
{
    struct wiretap_record *record = &e->captures->record;
    const wtap_packet_header *packet = &record->rec.rec_header.packet_header;
    guint64 key;

    if (record->rec.rec_type == REC_TYPE_PACKET &&
        fragments_key(packet->pkt_encap, wiretap_bytes(record), packet->caplen, &key)) {
        fragments_add(&e->fragments, key, frame_header_time(&record->rec), e->frame);
    }
}

static bool copy_record(struct extraction *e)
{
    struct captures *captures = e->captures;
    wtap_rec *rec = &captures->record.rec;
    wtap_packet_header *packet = &rec->rec_header.packet_header;
    const guint first = g_array_index(e->first, guint, captures->at);
    const guint end = captures->at + 1 < e->first->len
                          ? g_array_index(e->first, guint, captures->at + 1)
                          : e->numbers->len;
    const guint own = (rec->presence_flags & WTAP_HAS_INTERFACE_ID) != 0 ? packet->interface_id : 0;

    if (rec->rec_type != REC_TYPE_PACKET || !is_chosen(e, e->frame)) {
        return true;
    }
    if (own >= end - first) {
        return false;
    }
    packet->interface_id = g_array_index(e->numbers, guint, first + own);
    rec->presence_flags |= WTAP_HAS_INTERFACE_ID;
    return wiretap_dump(e->to, rec, wiretap_bytes(&captures->record));
}

/* Reads all captures once, in their order. False when what is to be written cannot be. */
static bool read_round(struct extraction *e, bool writing)
{
    struct captures *captures = e->captures;
    const guint n = captures->n;
    bool ok = true;

    e->frame = 0;
    for (guint i = 0; i < n && ok; i++) {
        captures->n = i + 1; /* so that it is still open at its end */
        lseek(CAPTURES_FIRST_FD + (int)i, 0, SEEK_SET);
        if (!captures_open(captures, i)) {
            e->end = TSM_END_UNREAD;
            break;
        }
        while (ok && captures_next(captures, &e->end)) {
            e->frame++;
            if (writing) {
                ok = copy_record(e);
            } else {
                look(e);
            }
            captures_done(captures);
        }
        if (!writing) {
            note_capture(e, captures->from);
        }
        captures_close(captures);
    }
    captures->n = n;
    return ok;
}

/* ---- writing ---- */

static bool open_output(struct extraction *e)
{
    wtapng_iface_descriptions_t interfaces = {.interface_data = e->interfaces};
    const wtap_dump_params params = {
        .encap = WTAP_ENCAP_PER_PACKET,
        .tsprec = WTAP_TSPREC_PER_PACKET,
        .shb_hdrs = e->sections,
        .idb_inf = &interfaces,
        .dsbs_initial = e->secrets,
    };

    for (guint i = 0; i < e->interfaces->len; i++) {
        const wtapng_if_descr_mandatory_t *of =
            wtap_block_get_mandatory_data(g_array_index(e->interfaces, wtap_block_t, i));
        if (!wtap_dump_can_write_encap(wtap_pcapng_file_type_subtype(), of->wtap_encap)) {
            return false;
        }
    }
    wtap_block_array_ref(e->secrets); /* the dumper gives one back */
    e->to = wiretap_dump_pcapng(STDOUT_FILENO, &params);
    return e->to != NULL;
}

static bool write_chosen(struct extraction *e)
{
    gchar *info = NULL;
    int err = 0;
    const bool opened = open_output(e);
    const bool ok = opened && read_round(e, true);

    if (!ok) {
        fputs("not all of it can be written as pcapng\n", stderr);
    }
    if (opened && !wtap_dump_close(e->to, NULL, &err, &info)) {
        g_free(info);
        return false;
    }
    return ok;
}

int extract(struct captures *captures, int chosen)
{
    struct extraction e = {
        .captures = captures,
        .sections = g_array_new(FALSE, FALSE, sizeof(wtap_block_t)),
        .secrets = g_array_new(FALSE, FALSE, sizeof(wtap_block_t)),
        .interfaces = g_array_new(FALSE, FALSE, sizeof(wtap_block_t)),
        .numbers = g_array_new(FALSE, FALSE, sizeof(guint)),
        .first = g_array_new(FALSE, FALSE, sizeof(guint)),
        .end = TSM_END_WHOLE,
    };
    bool ok = read_bits(&e, chosen);

    fragments_init(&e.fragments);
    if (ok) {
        read_round(&e, false);
        fragments_each(&e.fragments, choose_fragment, &e);
        ok = e.interfaces->len > 0 && write_chosen(&e);
    }
    fputs(captures->trouble->str, stderr);
    fragments_clear(&e.fragments);
    wtap_block_array_free(e.sections);
    wtap_block_array_free(e.interfaces);
    wtap_block_array_unref(e.secrets);
    g_array_unref(e.numbers);
    g_array_unref(e.first);
    g_free(e.bits);
    return ok && e.end == TSM_END_WHOLE ? 0 : 1;
}
