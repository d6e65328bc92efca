/* generated.h - adds one generated item of each type to a tree.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef GENERATED_H
#define GENERATED_H

#include "fields.h"
#include <epan/proto.h>

/* A number or an enumeration. */
proto_item *add_number(proto_tree *tree, tvbuff_t *tvb, enum field field, uint32_t value);

/* A link to a frame; 0 = there is none. */
void add_link(proto_tree *tree, tvbuff_t *tvb, enum field field, uint32_t frame);

/* What is true of the segment is there, and what is not is absent. */
void add_if(proto_tree *tree, tvbuff_t *tvb, enum field field, bool is_true);

proto_item *add_text(proto_tree *tree, tvbuff_t *tvb, enum field field, const char *text);

/* How long something has taken: none, where a clock was set back meanwhile. */
void add_duration(proto_tree *tree, tvbuff_t *tvb, enum field field, int64_t duration_ns);

#endif
