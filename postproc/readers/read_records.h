/* read_records.h - reads the plugin's record stream (docs/user/records.md) into the model.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef READ_RECORDS_H
#define READ_RECORDS_H

#include "lines.h"
#include "story.h"

/* Whether these first bytes of something are those of a record stream. */
bool is_record_stream(const char *bytes, gsize n);

/* Reads the stream to its end. Returns false and sets error when it is no record stream (it does
 * not begin with a header: EXIT_INPUT), is of another version (EXIT_TSHARK), or read() failed
 * before the header. What goes wrong later makes the story partial and returns true. */
bool read_records(struct story *story, const struct byte_source *source, GError **error);

#endif
