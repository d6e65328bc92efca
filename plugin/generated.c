/* generated.c - adds one generated item of each type to a tree; see generated.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "generated.h"

#include <epan/packet.h>

proto_item *add_number(proto_tree *tree, tvbuff_t *tvb, enum field field, uint32_t value)
{
    proto_item *item = proto_tree_add_uint(tree, hf_tcpstate[field], tvb, 0, 0, value);

    proto_item_set_generated(item);
    return item;
}

void add_link(proto_tree *tree, tvbuff_t *tvb, enum field field, uint32_t frame)
{
    if (frame != 0) {
        add_number(tree, tvb, field, frame);
    }
}

void add_if(proto_tree *tree, tvbuff_t *tvb, enum field field, bool is_true)
{
    if (is_true) {
        proto_item_set_generated(proto_tree_add_boolean(tree, hf_tcpstate[field], tvb, 0, 0, TRUE));
    }
}

proto_item *add_text(proto_tree *tree, tvbuff_t *tvb, enum field field, const char *text)
{
    proto_item *item = proto_tree_add_string(tree, hf_tcpstate[field], tvb, 0, 0, text);

    proto_item_set_generated(item);
    return item;
}

void add_duration(proto_tree *tree, tvbuff_t *tvb, enum field field, int64_t duration_ns)
{
    const int64_t passed_ns = MAX(duration_ns, 0);
    nstime_t time = {
        .secs = (time_t)(passed_ns / 1000000000),
        .nsecs = (int)(passed_ns % 1000000000),
    };

    proto_item_set_generated(proto_tree_add_time(tree, hf_tcpstate[field], tvb, 0, 0, &time));
}
