/* syn_sample.c - see syn_sample.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "syn_sample.h"

#include <string.h>

/* A SYN that is sent again has another time stamp, or IP's next number, and so another hash. */
static guint64 hash_of(const struct tsm_tuple *tuple, const struct tsm_segment *seg)
{
    static const struct tsm_hash_key fixed; /* who makes hashes collide spoils his own captures */
    const uint32_t ts_val = (seg->known & TSM_HAS_TIMESTAMP) != 0 ? seg->ts_val : 0;
    uint64_t words[6] = {0};

    memcpy(words, tuple->src, tuple->addr_len);
    memcpy(words + 2, tuple->dst, tuple->addr_len);
    for (guint i = 0; i < 4; i++) {
        words[i] = GUINT64_FROM_BE(words[i]);
    }
    words[4] = (uint64_t)tuple->sport << 48 | (uint64_t)tuple->dport << 32 | seg->seq;
    words[5] = (uint64_t)ts_val << 16 | seg->ip_id;
    return tsm_hash(&fixed, words, G_N_ELEMENTS(words));
}

void syn_sample_add(struct syn_sample *sample, const struct tsm_tuple *tuple,
                    const struct tsm_segment *seg)
{
    if ((seg->flags & (TSM_SYN | TSM_ACK)) != TSM_SYN) {
        return;
    }
    const struct syn_seen syn = {hash_of(tuple, seg), seg->time_ns};
    guint i = sample->n;

    while (i > 0 && sample->at[i - 1].hash > syn.hash) {
        i--;
    }
    if (i == SYN_SAMPLE_MOST || (i > 0 && sample->at[i - 1].hash == syn.hash)) {
        return;
    }
    const guint keep = MIN(sample->n, SYN_SAMPLE_MOST - 1);
    memmove(&sample->at[i + 1], &sample->at[i], (keep - i) * sizeof sample->at[0]);
    sample->at[i] = syn;
    sample->n = keep + 1;
}
