/* json_sides.c - the two ends of a subject; see json_sides.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "json_sides.h"

struct json_sides json_sides_of(const void *subject)
{
    return (struct json_sides){{{subject, TSM_CLIENT}, {subject, TSM_SERVER}}};
}

const void *json_part_client(const void *subject)
{
    const struct json_sides *sides = subject;
    return &sides->ends[TSM_CLIENT];
}

const void *json_part_server(const void *subject)
{
    const struct json_sides *sides = subject;
    return &sides->ends[TSM_SERVER];
}
