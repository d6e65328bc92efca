/* series.c - see series.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "series.h"

#include "duration.h"

/* From the last frame of a file to the first of the next one there is hardly any time, but for a
 * quiet link; packets of several queues may be stored a little out of order. */
#define MAX_APART_NS (10 * G_GINT64_CONSTANT(1000000000))
#define MAX_OVERLAP_NS (G_GINT64_CONSTANT(1000000000) / 10)

static bool follows(const struct story *earlier, const struct story *later)
{
    const struct tsm_record_capture *a = &earlier->capture;
    const struct tsm_record_capture *b = &later->capture;

    if (!earlier->has_capture || !later->has_capture || a->frames == 0 || b->frames == 0) {
        return false;
    }
    const int64_t gap = duration(a->end_ns, b->start_ns);
    return a->start_ns < b->start_ns && a->end_ns < b->end_ns && gap >= -MAX_OVERLAP_NS &&
           gap <= MAX_APART_NS;
}

void series_link(GPtrArray *stories)
{
    for (guint i = 0; i < stories->len; i++) {
        struct story *earlier = g_ptr_array_index(stories, i);
        for (guint k = 0; k < stories->len; k++) {
            struct story *later = g_ptr_array_index(stories, k);
            if (!follows(earlier, later)) {
                continue;
            }
            if (later->before == NULL || later->before->capture.end_ns < earlier->capture.end_ns) {
                later->before = earlier;
            }
            if (earlier->after == NULL ||
                earlier->after->capture.start_ns > later->capture.start_ns) {
                earlier->after = later;
            }
        }
    }
}

struct tsm_tuple series_key(const struct tsm_tuple *tuple)
{
    const int order = memcmp(tuple->src, tuple->dst, tuple->addr_len);
    const bool swap = order > 0 || (order == 0 && tuple->sport > tuple->dport);
    struct tsm_tuple key;

    memset(&key, 0, sizeof key);
    memcpy(key.src, swap ? tuple->dst : tuple->src, tuple->addr_len);
    memcpy(key.dst, swap ? tuple->src : tuple->dst, tuple->addr_len);
    key.sport = swap ? tuple->dport : tuple->sport;
    key.dport = swap ? tuple->sport : tuple->dport;
    key.addr_len = tuple->addr_len;
    return key;
}
