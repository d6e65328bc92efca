/* capture.h - the capture being read: feeds the engine once, in order, and keeps what it said.
 *
 * Nothing here knows libwireshark's packets; the hook brings segments, render reads annotations,
 * taps read counters. One capture is open at a time.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CAPTURE_H
#define CAPTURE_H

#include "links.h"
#include "store.h"
#include "story.h"
#include "tsm_recorder.h"

/* How often an endpoint was in a state, and how many are in it; indexed by side and state. */
struct state_counts {
    uint64_t visits[2][TSM_N_STATES];
    uint64_t now[2][TSM_N_STATES];
};

/* A capture is opened: everything is forgotten, the model is taken from the preferences. */
void capture_open(void);

/* A capture is closed: frees what file scope does not. */
void capture_close(void);

/* Which records records_add() gets; the members are those of struct tsm_recorder. */
struct records_wanted {
    enum tsm_record_detail detail;
    uint32_t stream;
    uint32_t max_connections;
    bool metrics; /* TSM_EXTRA_METRICS are told */
};

/* Sets which from now on. */
void capture_want_records(const struct records_wanted *records);

/* What is asked of a capture whose frames are not shown again. */
enum asking {
    ASKING_NOTHING,
    ASKING_TOTALS, /* of the capture as a whole, and nothing of its frames */
    ASKING_FRAMES,
};

/* Whether nobody asks for anything of the capture: what is told of it then is not looked at. */
bool capture_is_idle(void);

/* --- by the hook, in capture order, the first time a frame is dissected ----------------------- */

/* Whether facts of connections are told, and what makes them is to be read: records are wanted, or
 * the story is gathered. */
bool capture_tells_facts(void);

/* A TCP header that can be read. */
void capture_segment(const struct tsm_tuple *tuple, const struct tsm_segment *seg);

/* A TCP header quoted in an ICMP error. `captured` bytes of it are there, at least 8; of *quoted,
 * what they hold is set, and time and frame of the error. */
void capture_quote(const struct tsm_tuple *tuple, const struct tsm_segment *quoted, size_t captured,
                   const struct tsm_icmp_error *error);

/* A TCP header that is cut too short or malformed; *seg as for a quote. `tuple` NULL: not even its
 * ports are there, or its addresses are not IP's. */
void capture_unread(const struct tsm_tuple *tuple, const struct tsm_segment *seg, size_t captured);

/* The end of a frame of any kind. Without `has_time`, time_ns does not count. */
void capture_frame(uint32_t frame, int64_t time_ns, bool has_time);

/* Whether capture_decide() is to be called: not yet for this capture. */
bool capture_is_undecided(void);

/* What is to be kept of a capture. */
struct keeping {
    bool frames; /* annotations of all frames; without it, of a frame until the next one comes */
    bool story;  /* what hindsight is made of; not while records are wanted */
};

/* Before the first header: what is to be kept. */
void capture_decide(const struct keeping *keeping);

/* Whether capture_ask() is to be called: a frame with a TCP header was read, no frame is kept, and
 * it was not called yet. */
bool capture_wants_to_ask(void);

/* What is asked of what the engine says: with ASKING_NOTHING nothing more is fed to it, with
 * ASKING_TOTALS nothing more is kept of frames. */
void capture_ask(enum asking what);

/* Whether something may be kept of frames, to be shown. */
bool capture_has_frames(void);

/* --- at any time ------------------------------------------------------------------------------ */

/* The n-th TCP layer of a frame, counted from 0; false when there is none, or it was not kept. */
bool capture_annotation(uint32_t frame, unsigned layer, struct annotation *annotation);

/* Whether an annotation of the frame may have notes; false only when none has. */
bool capture_has_notes(uint32_t frame);

/* Where to jump from a frame that has this annotation. */
struct links capture_links(uint32_t frame, const struct annotation *annotation);

/* A stream by number, or NULL. */
const struct tsm_stream *capture_stream(uint32_t number);

/* The end of the capture for every stream: timers run until its last frame, and the record stream
 * gets its last records. Only the first call does anything. */
void capture_finish(void);

/* Whether the story is gathered. */
bool capture_gathers(void);

/* The story of all frames so far, as tcpstory tells it, when it is gathered; otherwise NULL, as
 * once more frames came after it was asked for. Call it when all are read, as it is told but once.
 */
const struct story *capture_story(void);

const struct tsm_record_capture *capture_totals(void);
const struct state_counts *capture_state_counts(void);

/* The same, in the middle of the capture: with what timers have done until then, which is looked at
 * once a second. Nothing but the numbers changes. */
const struct state_counts *capture_state_counts_at(int64_t now_ns);

#endif
