/* records.h - the record stream on its way from inference to the tap that prints it.
 *
 * Inference runs ahead of taps (with `tshark -2` by the whole capture), so records wait here, as
 * text.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef RECORDS_H
#define RECORDS_H

#include "tsm_record.h"

/* Forgets what waits and begins a new stream, whose first record is the header. */
void records_begin(void);

/* Adds a record; see struct tsm_recorder. */
void records_add(void *context, const struct tsm_record *record);

/* Writes what waits to standard output and forgets it. */
void records_drain(void);

#endif
