/* json_sides.h - members that exist for the client and for the server: the two ends as things of
 * their own.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef JSON_SIDES_H
#define JSON_SIDES_H

#include "tsm_state.h"

/* One end of a subject, which members tell of. */
struct json_end {
    const void *subject;
    enum tsm_side side;
};

/* The first member of a subject that has two ends. */
struct json_sides {
    struct json_end ends[2]; /* by enum tsm_side */
};

/* The sides of that subject, which begins with them. */
struct json_sides json_sides_of(const void *subject);

/* For struct json_member: the client's end and the server's of a subject. */
const void *json_part_client(const void *subject);
const void *json_part_server(const void *subject);

#endif
