/* read_json.h - reads what `tshark -T json` and `tshark -T ek` print (docs/user/input.md).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef READ_JSON_H
#define READ_JSON_H

#include "lines.h"
#include "story.h"

/* Reads the packets to the end, one at a time: -T json is one array of all packets, -T ek a line
 * for each. Returns false and sets error (EXIT_INPUT) when the first packet cannot be read, or
 * fields that are needed are in none. What goes wrong later makes the story partial and returns
 * true. */
bool read_json(struct story *story, const struct byte_source *source, GError **error);

#endif
