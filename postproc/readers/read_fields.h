/* read_fields.h - reads what `tshark -T fields -E header=y -e ...` prints (docs/user/input.md).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef READ_FIELDS_H
#define READ_FIELDS_H

#include "lines.h"
#include "story.h"

/* Whether these first bytes of something are the name of a field, as a header row begins. */
bool is_fields_header(const char *bytes, gsize n);

/* Reads the packets to the end. Separator and quotes are taken from the header row. Returns false
 * and sets error (EXIT_INPUT) when columns are missing, or the first packet cannot be read. What
 * goes wrong later makes the story partial and returns true. */
bool read_fields(struct story *story, const struct byte_source *source, GError **error);

#endif
