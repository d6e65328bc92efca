/* tsm_blank.c - tells silences of a capture from silences of its hosts; see tsm_blank.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsm_blank.h"

#include <string.h>

#include "tsm_segment.h"

#define DAY_NS INT64_C(86400000000000)
#define FRESH_NS \
    INT64_C(1000000000) /* RFC 6298 2.4: the least time-out before it, and more; assumed */
#define ABRUPT_NS INT64_C(600000000000) /* a pause of many users at once is shorter; assumed */
#define ABRUPT_TIMES 20                 /* longer than any silence before; assumed */
#define ABRUPT_TALKERS 3                /* connections that spoke just before; assumed */
#define ABRUPT_FRAMES 100 /* before which nothing is known of what is usual; assumed */

/* ---- watching ---- */

bool tsm_blank_time(struct tsm_blank_watch *watch, int64_t ns, struct tsm_silence *silence)
{
    const int64_t quiet_ns = watch->frames > 0 ? ns - watch->latest_ns : 0;
    const bool ends = quiet_ns >= TSM_SILENCE_NS;

    if (ends) {
        tsm_silence_now(watch, silence);
        silence->to_ns = ns;
    } else if (quiet_ns > watch->longest_ns) {
        watch->longest_ns = quiet_ns;
    }
    if (watch->frames == 0 || quiet_ns > 0) {
        watch->latest_ns = ns;
    }
    return ends;
}

/* Who makes others alike can hide a blank, and do nothing else. */
static uint32_t hash_of(const uint8_t *address, size_t n)
{
    uint32_t hash = 2166136261u; /* FNV-1a */

    for (size_t i = 0; i < n; i++) {
        hash = (hash ^ address[i]) * 16777619u;
    }
    return hash;
}

void tsm_blank_segment(struct tsm_blank_watch *watch, const struct tsm_tuple *tuple,
                       const struct tsm_segment *seg)
{
    const uint32_t src = hash_of(tuple->src, tuple->addr_len);
    const uint32_t dst = hash_of(tuple->dst, tuple->addr_len);

    watch->talks[watch->talks_seen++ % TSM_TALKS] = (struct tsm_talk){
        .ns = seg->time_ns,
        .sender = src,
        /* the same for both directions */
        .connection = (src ^ tuple->sport * 40503u) + (dst ^ tuple->dport * 40503u),
        .asks = seg->payload > 0 && (seg->flags & (TSM_SYN | TSM_FIN | TSM_RST)) == 0,
    };
}

void tsm_silence_now(const struct tsm_blank_watch *watch, struct tsm_silence *silence)
{
    const uint32_t kept = watch->talks_seen < TSM_TALKS ? watch->talks_seen : TSM_TALKS;

    silence->from_ns = silence->to_ns = watch->latest_ns;
    silence->longest_ns = watch->longest_ns;
    silence->frames = watch->frames;
    silence->n = 0;
    for (uint32_t i = watch->talks_seen - kept; i != watch->talks_seen; i++) {
        const struct tsm_talk *talk = &watch->talks[i % TSM_TALKS];
        if (watch->latest_ns - talk->ns <= TSM_TALK_NS) {
            silence->talks[silence->n++] = *talk;
        }
    }
}

void tsm_silence_join(struct tsm_silence *silence, const struct tsm_silence *before)
{
    struct tsm_silence all = *silence;
    const uint32_t room = TSM_TALKS - silence->n;
    const uint32_t first = before->n > room ? before->n - room : 0;

    all.n = 0;
    for (uint32_t i = first; i < before->n; i++) {
        if (silence->from_ns - before->talks[i].ns <= TSM_TALK_NS) {
            all.talks[all.n++] = before->talks[i];
        }
    }
    memcpy(all.talks + all.n, silence->talks, silence->n * sizeof silence->talks[0]);
    all.n += silence->n;
    all.frames += before->frames;
    all.longest_ns = before->longest_ns > all.longest_ns ? before->longest_ns : all.longest_ns;
    *silence = all;
}

/* ---- deciding ---- */

/* Whether the talk is the last one of its connection. */
static bool is_last(const struct tsm_silence *silence, uint32_t i)
{
    for (uint32_t k = i + 1; k < silence->n; k++) {
        if (silence->talks[k].connection == silence->talks[i].connection) {
            return false;
        }
    }
    return true;
}

/* It owes what nobody acknowledged, to a peer that was heard just before. */
static bool is_owing(const struct tsm_silence *silence, uint32_t i)
{
    const struct tsm_talk *talk = &silence->talks[i];

    for (uint32_t k = 0; talk->asks && k < i; k++) {
        const struct tsm_talk *other = &silence->talks[k];
        if (other->connection == talk->connection && other->sender != talk->sender &&
            silence->from_ns - other->ns <= FRESH_NS) {
            return true;
        }
    }
    return false;
}

/* How many connections spoke last, and whether of several hosts something is owed. */
static unsigned count_talkers(const struct tsm_silence *silence, bool *owed)
{
    const struct tsm_talk *first = NULL;
    unsigned talkers = 0;

    *owed = false;
    for (uint32_t i = 0; i < silence->n; i++) {
        if (!is_last(silence, i)) {
            continue;
        }
        talkers++;
        if (is_owing(silence, i)) {
            *owed = *owed || (first != NULL && first->sender != silence->talks[i].sender);
            first = first == NULL ? &silence->talks[i] : first;
        }
    }
    return talkers;
}

bool tsm_silence_is_blank(const struct tsm_silence *silence, int64_t *longest_ns,
                          struct tsm_blank *blank)
{
    const int64_t length_ns = silence->to_ns - silence->from_ns;
    const int64_t before_ns = *longest_ns > silence->longest_ns ? *longest_ns : silence->longest_ns;
    bool owed;
    const unsigned talkers = count_talkers(silence, &owed);
    const bool abrupt = length_ns >= ABRUPT_NS && length_ns / ABRUPT_TIMES >= before_ns &&
                        talkers >= ABRUPT_TALKERS && silence->frames >= ABRUPT_FRAMES;
    *blank = (struct tsm_blank){
        .from_ns = silence->from_ns,
        .to_ns = silence->to_ns,
        .sign = length_ns >= DAY_NS ? TSM_BLANK_LONG
                : owed              ? TSM_BLANK_OWED
                : abrupt            ? TSM_BLANK_ABRUPT
                                    : 0,
    };
    *longest_ns = blank->sign != 0 || before_ns > length_ns ? before_ns : length_ns;
    return blank->sign != 0;
}
