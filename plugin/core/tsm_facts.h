/* tsm_facts.h - what rules about a connection need to know beyond its states, for each endpoint.
 *
 * Evidence with frames and times, in constant size: a rule is a function of these and of the
 * intervals of states. Nothing here moves a state. What segments with a verdict tell by themselves
 * (RSTs, SYNs, keep-alives ...) is not repeated here: the record stream has a record for each.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TSM_FACTS_H
#define TSM_FACTS_H

#include "tsm_segment.h"

/* Something that happened `count` times. All zero when it never did. */
struct tsm_mark {
    int64_t first_ns, last_ns;
    uint32_t first_frame, last_frame;
    uint32_t count;
};

/* The same, but only when it began. */
struct tsm_first {
    int64_t ns;
    uint32_t frame;
    uint32_t count;
};

/* A silence of both ends that the endpoint broke with something that asks for an answer: data, SYN,
 * FIN or a probe. All zero when there was none. */
struct tsm_pause {
    int64_t ns;         /* how long it was */
    int64_t end_ns;     /* when the endpoint broke it */
    uint32_t frame;     /* the last one before it, of either end */
    uint32_t end_frame; /* the one that broke it */
};

/* Shorter silences are not noted. */
#define TSM_PAUSE_NS 1000000000LL

/* tsm_facts.rst_signs: what a RST of the endpoint looked like; bits. */
enum {
    TSM_RST_ACK = 0x01,      /* with the flag ACK */
    TSM_RST_BARE = 0x02,     /* without it */
    TSM_RST_ACK_ZERO = 0x04, /* with the flag, and the acknowledgment number is 0 */
    TSM_RST_DATA = 0x08,     /* with data */
    TSM_RST_MOVED = 0x10,    /* several, with different sequence numbers */
    TSM_RST_FORM = 0x1f,     /* these together: the header, whoever sent it */
    TSM_RST_OWN_ID = 0x20,   /* its IP identification goes on where the end's last segment was */
    TSM_RST_PEERS_ID = 0x40, /* it has the IP identification of a segment of the peer instead */
};

/* One endpoint, as far as its own segments show it; those outside the window do not count. */
struct tsm_facts {
    int64_t survived_ns;          /* the longest pause after which its peer answered; 0 = none */
    struct tsm_pause unanswered;  /* the pause after which its peer did not answer, or by RST */
    struct tsm_mark repeats;      /* what it repeated since its peer's last word but RST: the same
                                     sequence number again, or a probe; not the first sending */
    struct tsm_mark stuck;        /* the same data, sent again since the peer's acknowledgments
                                     last went on, whatever else it says; not the first sending */
    int64_t stall_ns;             /* the longest time from the last new data before such repeats to
                                     the acknowledgment that ended them; 0 = none */
    int64_t held_ns;              /* how long data was held, in all; see held */
    struct tsm_first after_fin;   /* new data that it sent although it had acknowledged the FIN */
    struct tsm_first crossed_fin; /* new data that it sent before it acknowledged the FIN that was
                                     captured earlier */
    struct tsm_first closed_window; /* it advertised a window of 0; count: how often it closed */
    int64_t closed_since_ns;        /* 0 = its window is open now */
    int64_t closed_longest_ns;      /* of those that were opened again */
    int64_t closed_ns;              /* all of those */
    int64_t last_data_ns;           /* its last new data; 0 = none */
    uint32_t last_data_frame;
    uint32_t repeated_payload; /* data bytes of what it repeated last */
    uint32_t repeated_seq;
    uint32_t stall_frame;        /* the first repeat of the longest stall */
    uint32_t held;               /* small data that waited until the small data before it was
                                    acknowledged, late: Nagle's algorithm (RFC 9293 3.7.4) met a
                                    delayed ACK (3.8.6.3); how often */
    uint32_t held_frame;         /* the first time */
    uint32_t sack_frame;         /* the first of its sack_outside */
    uint32_t stuck_payload;      /* data bytes of what is stuck */
    uint32_t stuck_seq;          /* private: its sequence number */
    uint32_t sacked;             /* most data bytes in a SACK block of its peer beyond a hole */
    uint32_t turns;              /* how often it sent data after its peer had: its requests */
    uint32_t largest;            /* most data bytes in one segment */
    uint32_t largest_acked;      /* the same of those that were acknowledged */
    uint32_t last_payload;       /* private: data bytes of its last new data */
    uint32_t largest_end;        /* private: sequence number after the largest */
    uint32_t icmp_frame;         /* the first ICMP error that quoted it; 0 = none. Its MTU is the
                                    least that was said */
    uint32_t unseen;             /* bytes that its peer acknowledged and that were not captured */
    uint32_t last_rst_seq;       /* sequence number of its last RST; see rst_signs */
    uint32_t syn_seq;            /* of its last SYN or SYN-ACK */
    uint32_t other_path_frame;   /* its first segment on another path than that of its first */
    uint32_t wrong_frame;        /* its first segment with a wrong checksum */
    uint16_t path;               /* tsm_path() of its first segment; 0 = unknown */
    uint16_t other_paths;        /* its segments on another path */
    uint16_t checked;            /* its segments whose checksum was verified */
    uint16_t wrong;              /* of these: wrong */
    uint16_t partial;            /* of these: left to its network card */
    uint16_t backwards;          /* its segments with a time before the one captured earlier */
    uint16_t options_cut;        /* its segments whose options were not captured whole */
    uint16_t sack_outside;       /* its SACK blocks far from all that its peer sent */
    uint16_t first_flags;        /* flags of its first segment */
    uint16_t mss;                /* its SYN's; 0 = not offered */
    uint16_t syn_payload;        /* data bytes in its SYN */
    uint8_t offered;             /* TSM_HAS_... of its SYN or SYN-ACK */
    uint8_t wscale;              /* its SYN's */
    uint8_t isns;                /* different initial sequence numbers, most in one attempt */
    uint8_t isns_now;            /* private: in the attempt that no RST has ended yet */
    uint8_t ttl_least, ttl_most; /* but of RSTs; 0 = unknown */
    uint8_t rst_ttl_least, rst_ttl_most;
    uint8_t rst_signs;          /* TSM_RST_... */
    bool syn_data_acked;        /* the data of its SYN was acknowledged by the SYN-ACK */
    bool talks;                 /* private: the newest data is its */
    struct tsm_icmp_error icmp; /* with icmp_frame */
};

/* A count that stays at its largest value. */
static inline void tsm_count16(uint16_t *count)
{
    *count = (uint16_t)(*count + (*count < UINT16_MAX));
}

static inline void tsm_first_note(struct tsm_first *first, int64_t ns, uint32_t frame)
{
    if (first->count == 0) {
        first->ns = ns;
        first->frame = frame;
    }
    first->count++;
}

/* Notes on which path a segment of the endpoint came. */
static inline void tsm_facts_path(struct tsm_facts *facts, const struct tsm_segment *seg)
{
    if (seg->path == facts->path) { /* nearly always */
        return;
    }
    if (seg->path == 0) {
        return;
    }
    if (facts->path == 0) {
        facts->path = seg->path;
        return;
    }
    facts->other_path_frame = facts->other_paths == 0 ? seg->frame : facts->other_path_frame;
    tsm_count16(&facts->other_paths);
}

/* Notes the path and the checksum of a segment of the endpoint: of any segment, copies and
 * unacceptable ones too. */
static inline void tsm_facts_arrival(struct tsm_facts *facts, const struct tsm_segment *seg)
{
    tsm_facts_path(facts, seg);
    if (seg->checksum == TSM_CHECKSUM_UNCHECKED) {
        return;
    }
    tsm_count16(&facts->checked);
    if (seg->checksum == TSM_CHECKSUM_RIGHT) {
        return;
    }
    if (seg->checksum == TSM_CHECKSUM_PARTIAL) {
        tsm_count16(&facts->partial);
    } else {
        facts->wrong_frame = facts->wrong == 0 ? seg->frame : facts->wrong_frame;
        tsm_count16(&facts->wrong);
    }
}

/* Notes the mark once more. */
static inline void tsm_mark_note(struct tsm_mark *mark, int64_t ns, uint32_t frame)
{
    if (mark->count == 0) {
        mark->first_ns = ns;
        mark->first_frame = frame;
    }
    mark->last_ns = ns;
    mark->last_frame = frame;
    mark->count++;
}

#endif
