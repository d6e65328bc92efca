/* clocks.c - see clocks.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "clocks.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "frame_header.h"
#include "tsm_skew.h"

/* A capture and its next packet, if it has one. */
struct source {
    struct captures captures;
    struct tsm_header header;
    struct tsm_segment seg;
    bool is_there;
};

/* Reads on to the next TCP segment that can be read without dissection. */
static void advance(struct source *source)
{
    enum tsm_item_end end = TSM_END_WHOLE;

    if (source->is_there) {
        captures_done(&source->captures);
    }
    source->is_there = false;
    while (source->captures.from != NULL && captures_next(&source->captures, &end)) {
        struct wiretap_record *record = &source->captures.record;
        source->header = (struct tsm_header){.captured = 0};
        if (frame_header_read(&source->header, record) == TSM_FRAME_PLAIN &&
            tsm_header_read(&source->header, &source->seg) == TSM_HEADER_SEGMENT) {
            source->seg.time_ns = frame_header_time(&record->rec);
            source->is_there = true;
            return;
        }
        captures_done(&source->captures);
    }
}

static unsigned interfaces_of(struct source *source)
{
    wtapng_iface_descriptions_t *all = wtap_file_get_idb_info(source->captures.from);
    const unsigned n = all->interface_data->len;

    g_free(all);
    return n;
}

static unsigned interface_of(const struct source *source)
{
    const wtap_rec *rec = &source->captures.record.rec;

    return (rec->presence_flags & WTAP_HAS_INTERFACE_ID) != 0
               ? rec->rec_header.packet_header.interface_id
               : 0;
}

/* The one whose next packet is the earliest; NULL = none has any. */
static struct source *earliest(struct source *sources, unsigned n)
{
    struct source *found = NULL;

    for (unsigned i = 0; i < n; i++) {
        if (sources[i].is_there && (found == NULL || sources[i].seg.time_ns < found->seg.time_ns)) {
            found = &sources[i];
        }
    }
    return found;
}

static void print(const struct tsm_skew *skew, unsigned taps, bool roles)
{
    struct tsm_clock found[TSM_SKEW_TAPS];

    taps = taps < TSM_SKEW_TAPS ? taps : TSM_SKEW_TAPS;
    if (roles) {
        tsm_skew_find_roles(skew, found);
    } else {
        tsm_skew_find(skew, found, taps);
    }
    for (unsigned i = 0; i < taps; i++) {
        printf("%u\t%u\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%" PRId32 "\t%" PRIu32 "\t%" PRId32
               "\n",
               i, found[i].basis, found[i].offset_ns, found[i].base_ns, found[i].width_ns,
               found[i].drift_ppb, found[i].bounds, found[i].nearer);
    }
}

/* Returns how many taps there are. */
static unsigned read_all(struct source *sources, const struct captures *captures, bool roles,
                         struct tsm_skew *skew)
{
    const unsigned n = captures->n;
    struct source *source;
    unsigned taps = n;

    for (unsigned i = 0; i < n; i++) {
        captures_init(&sources[i].captures, i + 1);
        sources[i].captures.packed = captures->packed;
        if (captures_open(&sources[i].captures, i)) {
            advance(&sources[i]);
        }
    }
    while ((source = earliest(sources, n)) != NULL) {
        if (n == 1 && (taps = roles ? 2 : interfaces_of(source)) < 2) {
            break;
        }
        const unsigned tap = n > 1   ? (unsigned)(source - sources)
                             : roles ? tsm_header_is_servers(&source->header)
                                     : interface_of(source);
        tsm_skew_segment(skew, tap, &source->header.tuple, &source->seg);
        advance(source);
    }
    for (unsigned i = 0; i < n; i++) {
        captures_close(&sources[i].captures);
    }
    return taps;
}

int clocks(const struct captures *captures, bool roles)
{
    struct source *sources = calloc(captures->n, sizeof *sources);
    struct tsm_skew *skew = tsm_skew_new();

    if (sources != NULL && skew != NULL) {
        const unsigned taps = read_all(sources, captures, roles, skew);
        if (taps > 1) {
            print(skew, taps, roles && captures->n == 1);
        }
    }
    free(sources);
    tsm_skew_free(skew);
    return fflush(stdout) == 0 ? 0 : 1;
}
