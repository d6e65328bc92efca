/* story_json.h - the report as JSON: what a capture amounts to, and all of its connections.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef STORY_JSON_H
#define STORY_JSON_H

#include <jansson.h>

#include "judged_captures.h"
#include "out.h"

/* One document with an array of captures. Never fails. */
bool story_json_write(const struct judged_captures *captures, struct out *out, GError **error);

/* An object for each capture, each in a line. Never fails. */
bool story_json_write_lines(const struct judged_captures *captures, struct out *out,
                            GError **error);

/* The JSON schema of the document, of a capture, of a connection, and of an array of connections:
 * all that the verbs report and list write. The caller owns it. */
json_t *story_json_schema(void);

#endif
