/* main.c - the program tcpstory-frames: reads a capture and tells the TCP headers of its simple
 * frames (tsm_frame.h).
 *
 * tcpstory runs it; it is of no use by hand:
 *
 *   tcpstory-frames read N    items (tsm_item.h) of N captures, which are one, to standard output;
 *                             frames that need dissection go as pcapng to descriptor 3
 *   tcpstory-frames taps N    the same, and of which interface each frame is
 *   tcpstory-frames stream N  as `read`, of captures that cannot be read again
 *   tcpstory-frames map N     the same, and of which interface each frame is
 *   tcpstory-frames live N    as `stream`, and nothing is held back while more is waited for
 *   tcpstory-frames clocks N  how far the clocks of their taps are apart, or (roles) of those that
 *   tcpstory-frames roles N   saw clients and servers (clocks.h)
 *   tcpstory-frames merge N   the captures as one pcapng
 *   tcpstory-frames extract N chosen frames of them, whole, as one pcapng (extract.h); descriptor 3
 *                             has a bit for each frame, the first one's the lowest
 *   tcpstory-frames order N   which of them are parts of one (order.h): "NUMBER 0" begins one,
 *   tcpstory-frames all N     "NUMBER 1" goes on; `all`: they are one in any case
 *   tcpstory-frames starts N  when each of them begins: "NUMBER NANOSECONDS"
 *
 * The captures, in any format that libwiretap reads, are descriptors 4 and those behind. They may
 * be packed by xz or bzip2 (unpack.h); of a pipe the word "packed" behind N says so. It is a
 * program of its own because a capture is hostile input: started by root it runs as an unprivileged
 * user. And tcpstory need not be linked with libwiretap.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _XOPEN_SOURCE 700
#include "wiretap.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <wsutil/privileges.h>
#include <wsutil/wslog.h>

#include "captures.h"
#include "clocks.h"
#include "deep.h"
#include "extract.h"
#include "frame_header.h"
#include "order.h"
#include "sandbox.h"
#include "tsm_item.h"

#define DEEP_FD 3
#define BATCH_BYTES (256u << 10)

/* What is read, and where it goes. */
struct reading {
    struct captures captures;
    uint32_t frame; /* number of the last one */
    uint32_t tap;   /* of the last one, with: */
    uint64_t named; /* which of them have been named, of the first 64 */
    bool taps;      /* it is told which interface a frame is of */
    bool once;      /* nobody can read them again */
    bool prompt;    /* what was read is told before more is waited for */
    bool tells;     /* items are written; when captures are merged, nothing else may be */
    struct deep deep;
    size_t used; /* of batch */
    uint8_t batch[BATCH_BYTES];
};

/* libwiretap's callbacks have no context. */
static struct reading the_reading;

/* ---- items ---- */

static bool write_all(int fd, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        const ssize_t n = write(fd, bytes, size);
        if (n < 0 && errno != EINTR) {
            return false;
        }
        if (n > 0) {
            bytes += n;
            size -= (size_t)n;
        }
    }
    return true;
}

/* Sends what has been told. Who reads it may then wait for the other program, so that must have got
 * its frames first. */
static bool flush(struct reading *reading)
{
    const size_t used = reading->used;

    reading->used = 0;
    return deep_flush(&reading->deep) && write_all(STDOUT_FILENO, reading->batch, used);
}

static bool emit(struct reading *reading, const struct tsm_item *item)
{
    reading->used += tsm_item_pack(item, reading->batch + reading->used);
    return reading->used + TSM_ITEM_BYTES <= BATCH_BYTES || flush(reading);
}

/* A frame for the other program, which is started when the first of them was told. */
static bool emit_deep(struct reading *reading, const struct tsm_item *item)
{
    struct wiretap_record *record = &reading->captures.record;
    const bool first = reading->deep.to == NULL;

    if (reading->once) {
        deep_strip_checksum(&record->rec);
    }
    if (first && !(emit(reading, item) && flush(reading))) {
        return false;
    }
    return deep_add(&reading->deep, DEEP_FD, &record->rec, wiretap_bytes(record)) &&
           (first || emit(reading, item));
}

/* ---- frames ---- */

static bool emit_file(struct reading *reading)
{
    const struct tsm_item item = {.kind = TSM_ITEM_FILE, .header.frame = reading->captures.at};

    return emit(reading, &item);
}

/* The name of an interface, the first time in each capture. */
static bool emit_interface(struct reading *reading, uint32_t tap)
{
    wtapng_iface_descriptions_t *all = wtap_file_get_idb_info(reading->captures.from);
    struct tsm_item item = {.kind = TSM_ITEM_NAME, .header.frame = tap};
    char *name = NULL;
    bool ok = true;

    if (tap < 64 && (reading->named & 1ull << tap) != 0) {
        g_free(all);
        return true;
    }
    reading->named |= tap < 64 ? 1ull << tap : 0;
    if (tap < all->interface_data->len &&
        wtap_block_get_string_option_value(g_array_index(all->interface_data, wtap_block_t, tap),
                                           OPT_IDB_NAME, &name) == WTAP_OPTTYPE_SUCCESS) {
        item.header.bytes = (const uint8_t *)name;
        item.header.captured = (uint32_t)MIN(strlen(name), TSM_HEADER_MAX);
        ok = emit(reading, &item);
    }
    g_free(all);
    return ok;
}

/* Tells on which interface the next frame is, when that is another one. */
static bool emit_tap(struct reading *reading, const wtap_rec *rec)
{
    const bool known = (rec->presence_flags & WTAP_HAS_INTERFACE_ID) != 0;
    const uint32_t tap = known ? rec->rec_header.packet_header.interface_id : 0;
    const struct tsm_item item = {.kind = TSM_ITEM_TAP, .header.frame = tap};

    if (reading->captures.begins) {
        reading->named = 0;
    }
    if (rec->rec_type != REC_TYPE_PACKET || (tap == reading->tap && reading->named != 0)) {
        return true;
    }
    reading->tap = tap;
    return emit_interface(reading, tap) && emit(reading, &item);
}

static bool take_record(struct reading *reading)
{
    struct wiretap_record *record = &reading->captures.record;
    const wtap_rec *rec = &record->rec;
    struct tsm_item item = {.kind = TSM_ITEM_FRAME};

    if ((reading->captures.begins && !emit_file(reading)) ||
        (reading->taps && !emit_tap(reading, rec))) {
        return false;
    }
    item.header.frame = ++reading->frame;
    const enum tsm_frame_kind kind = frame_header_read(&item.header, record);
    item.has_time = (rec->presence_flags & WTAP_HAS_TS) != 0;
    item.header.time_ns = frame_header_time(rec);
    if (kind == TSM_FRAME_DEEP) {
        item.kind = TSM_ITEM_DEEP;
        return emit_deep(reading, &item);
    }
    item.kind = kind == TSM_FRAME_PLAIN ? TSM_ITEM_PLAIN : TSM_ITEM_FRAME;
    return emit(reading, &item);
}

/* ---- names ---- */

static void emit_name(const void *address, uint8_t size, const char *name)
{
    struct tsm_item item = {.kind = TSM_ITEM_NAME};

    memcpy(item.header.tuple.src, address, size);
    item.header.tuple.addr_len = size;
    item.header.bytes = (const uint8_t *)name;
    item.header.captured = (uint32_t)MIN(strlen(name), TSM_HEADER_MAX);
    emit(&the_reading, &item);
}

static inline void name4(guint address, const gchar *name)
{
    emit_name(&address, 4, name);
}

static inline void name6(const void *address, const gchar *name)
{
    emit_name(address, 16, name);
}

WIRETAP_NAME_CALLBACKS(name4, name6)

/* ---- reading ---- */

/* Says what went wrong, for who reads standard error. */
static void complain(const struct captures *captures)
{
    fputs(captures->trouble->str, stderr);
}

/* Tells what the captures count of packets that came and were lost. */
static bool emit_lost(struct reading *reading)
{
    const struct captures *captures = &reading->captures;
    struct tsm_item item = {.kind = TSM_ITEM_LOST};

    item.header.length = (uint32_t)MIN(captures->came, G_MAXUINT32);
    item.header.captured = (uint32_t)MIN(captures->lost, G_MAXUINT32);
    return (captures->came == 0 && captures->lost == 0) || emit(reading, &item);
}

/* Whether reading on would wait. What libwiretap has read already does not count: then it is told
 * earlier than it must be. */
static bool would_wait(void)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};

    return poll(&input, 1, 0) == 0;
}

static bool be_prompt(struct reading *reading)
{
    return !reading->prompt || reading->used == 0 || !would_wait() || flush(reading);
}

/* Reads all of it. */
static enum tsm_item_end read_all(struct reading *reading, bool (*take)(struct reading *reading))
{
    enum tsm_item_end end = TSM_END_WHOLE;

    while (captures_next(&reading->captures, &end)) {
        if (reading->captures.begins && reading->tells) {
            WIRETAP_SET_NAME_CALLBACKS(reading->captures.from, name4, name6);
        }
        const bool ok = take(reading) && be_prompt(reading);
        captures_done(&reading->captures);
        if (!ok) {
            return TSM_END_UNREAD;
        }
    }
    captures_close(&reading->captures);
    return end;
}

static int read_items(struct reading *reading)
{
    struct tsm_item end = {.kind = TSM_ITEM_END};

    reading->tells = true;
    end.header.frame = read_all(reading, take_record);
    deep_close(&reading->deep);
    complain(&reading->captures);
    return emit_lost(reading) && emit(reading, &end) && flush(reading) ? 0 : 1;
}

/* ---- merging ---- */

static bool merge_record(struct reading *reading)
{
    struct wiretap_record *record = &reading->captures.record;

    deep_strip_checksum(&record->rec);
    return record->rec.rec_type != REC_TYPE_PACKET ||
           deep_add(&reading->deep, STDOUT_FILENO, &record->rec, wiretap_bytes(record));
}

static int merge(struct reading *reading)
{
    const enum tsm_item_end end = read_all(reading, merge_record);

    deep_close(&reading->deep);
    complain(&reading->captures);
    return end == TSM_END_WHOLE ? 0 : 1;
}

/* ---- order ---- */

static guint64 hash_bytes(const void *bytes, guint size)
{
    guint64 hash = G_GUINT64_CONSTANT(14695981039346656037); /* FNV-1a */

    for (guint i = 0; i < size; i++) {
        hash = (hash ^ ((const guint8 *)bytes)[i]) * G_GUINT64_CONSTANT(1099511628211);
    }
    return hash;
}

static guint64 hash_option(wtap_block_t block, guint option)
{
    char *value = NULL;

    return block != NULL &&
                   wtap_block_get_string_option_value(block, option, &value) == WTAP_OPTTYPE_SUCCESS
               ? hash_bytes(value, (guint)strlen(value))
               : 0;
}

/* What a pcapng tells of the program that wrote it and of its interfaces. */
static guint64 interface_of(wtap *from)
{
    const wtap_block_t section = wtap_file_get_shb(from, 0);
    wtapng_iface_descriptions_t *interfaces = wtap_file_get_idb_info(from);
    guint64 all = hash_option(section, OPT_SHB_HARDWARE) ^ hash_option(section, OPT_SHB_OS);

    for (guint i = 0; i < interfaces->interface_data->len; i++) {
        all = all * 31 +
              hash_option(g_array_index(interfaces->interface_data, wtap_block_t, i), OPT_IDB_NAME);
    }
    g_free(interfaces);
    return all;
}

/* Ethernet's addresses; of other links those of IP, which is as good. */
static void note_record(struct order_part *part, struct wiretap_record *record)
{
    const wtap_packet_header *packet = &record->rec.rec_header.packet_header;
    const guint8 *bytes = wiretap_bytes(record);
    struct tsm_header header = {.captured = 0};
    const bool ethernet = packet->pkt_encap == WTAP_ENCAP_ETHERNET && packet->caplen >= 12;
    const bool plain = frame_header_read(&header, record) == TSM_FRAME_PLAIN;
    const guint8 *ends[2] = {bytes + 6, bytes};
    guint size = ethernet ? 6 : 0;

    if (plain && !ethernet) {
        ends[0] = header.tuple.src;
        ends[1] = header.tuple.dst;
        size = header.tuple.addr_len;
    }
    order_note_frame(part, frame_header_time(&record->rec), packet->pkt_encap,
                     size > 0 ? hash_bytes(ends[0], size) : 0,
                     size > 0 ? hash_bytes(ends[1], size) : 0);
    if (plain) {
        order_note_header(part, &header);
    }
}

/* Notes a capture by itself, as far as it can be read. */
static struct order_part *note_capture(struct captures *captures, guint number)
{
    struct order_part *part = g_new0(struct order_part, 1);
    enum tsm_item_end end = TSM_END_WHOLE;

    captures->n = number + 1;
    if (captures_open(captures, number)) {
        while (captures_next(captures, &end)) {
            if (captures->record.rec.rec_type == REC_TYPE_PACKET) {
                note_record(part, &captures->record);
            }
            captures_done(captures);
        }
        part->interface = interface_of(captures->from);
        captures_close(captures);
    }
    return part;
}

static int order(struct captures *captures, bool all)
{
    g_autoptr(GPtrArray) parts = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GArray) places = NULL;
    const guint n = captures->n;

    for (guint i = 0; i < n; i++) {
        g_ptr_array_add(parts, note_capture(captures, i));
    }
    places = order_parts(parts, all);
    for (guint i = 0; i < places->len; i++) {
        const struct order_place *place = &g_array_index(places, struct order_place, i);
        printf("%u %d\n", place->number, place->continues);
    }
    return fflush(stdout) == 0 ? 0 : 1;
}

/* Tells when the first frame of each was captured, of those that have any: "NUMBER NS". */
static int tell_starts(struct captures *captures)
{
    const guint n = captures->n;

    for (guint i = 0; i < n; i++) {
        enum tsm_item_end end = TSM_END_WHOLE;
        bool found = false;
        captures->n = i + 1;
        const bool opened = captures_open(captures, i);
        while (opened && !found && captures_next(captures, &end)) {
            const wtap_rec *rec = &captures->record.rec;
            if ((found = rec->rec_type == REC_TYPE_PACKET)) {
                printf("%u %" PRId64 "\n", i, frame_header_time(rec));
            }
            captures_done(captures);
        }
        captures_close(captures);
    }
    return fflush(stdout) == 0 ? 0 : 1;
}

/* ---- the program ---- */

int main(int argc, char **argv)
{
    struct reading *reading = &the_reading;
    const char *mode = argc >= 3 ? argv[1] : "";
    const struct sigaction stop = {.sa_handler = captures_stop};

    signal(SIGPIPE, SIG_IGN);
    sigaction(SIGINT, &stop, NULL);    /* reading ends then, and what was read is told */
    ws_log_set_level(LOG_LEVEL_ERROR); /* otherwise it tells of every block */
    init_process_policies();
    wtap_init(FALSE);
    (void)sandbox_enter(); /* where the kernel knows none, the other limits hold: child.h */
    captures_init(&reading->captures, argc >= 3 ? (unsigned)strtoul(argv[2], NULL, 10) : 0);
    reading->captures.packed = argc == 4 && strcmp(argv[3], "packed") == 0;
    reading->prompt = strcmp(mode, "live") == 0;
    reading->taps = strcmp(mode, "taps") == 0 || strcmp(mode, "map") == 0;
    reading->once = reading->prompt || strcmp(mode, "stream") == 0 || strcmp(mode, "map") == 0;
    if (reading->once || reading->taps || strcmp(mode, "read") == 0) {
        return read_items(reading);
    }
    if (strcmp(mode, "extract") == 0) {
        return extract(&reading->captures, DEEP_FD);
    }
    if (strcmp(mode, "merge") == 0) {
        return merge(reading);
    }
    if (strcmp(mode, "starts") == 0) {
        return tell_starts(&reading->captures);
    }
    if (strcmp(mode, "clocks") == 0 || strcmp(mode, "roles") == 0) {
        return clocks(&reading->captures, strcmp(mode, "roles") == 0);
    }
    if (strcmp(mode, "order") == 0 || strcmp(mode, "all") == 0) {
        return order(&reading->captures, strcmp(mode, "all") == 0);
    }
    fputs("tcpstory runs this program: tcpstory --help\n", stderr);
    return 2;
}
