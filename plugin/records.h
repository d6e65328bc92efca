/* records.h - the record stream on its way from inference to the tap that prints it.
 *
 * Inference runs ahead of taps (with `tshark -2` by the whole capture), so records wait here, as
 * text. Nothing waits unless somebody asked.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef RECORDS_H
#define RECORDS_H

#include "tsm_record.h"

/* Which records are wanted: none, those of segments that did something, or all. */
enum record_detail { RECORDS_NONE, RECORDS_EVENTS, RECORDS_ALL };

/* Sets what is wanted from now on. */
void records_want(enum record_detail detail);

/* Forgets what waits and begins a new stream, whose first record is the header. */
void records_begin(void);

/* What the engine said of a segment; `seg` as it was fed. */
void records_add_fed(const struct tsm_segment *seg, const struct tsm_fed *fed);

/* The end of a stream: what time changed, given by the verdict, and the totals. */
void records_add_finished(const struct tsm_stream *stream, const struct tsm_verdict *verdict);

/* What timers will do after the capture's end; see tsm_conn_project(). */
void records_add_projected(const struct tsm_stream *stream, const struct tsm_verdict *verdict);

/* The end of the capture: its totals, and the last record. */
void records_add_end(const struct tsm_record_capture *totals);

/* Writes what waits to standard output and forgets it. */
void records_drain(void);

#endif
