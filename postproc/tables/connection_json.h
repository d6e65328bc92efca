/* connection_json.h - a connection as a JSON object: all that is known of it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CONNECTION_JSON_H
#define CONNECTION_JSON_H

#include <jansson.h>

#include "hits.h"

/* What there is to tell. */
struct connection_json {
    const struct story *story;
    const struct story_connection *connection;
    enum outcome_opening opening;
    enum outcome_ending ending;
    const Anomalies *anomalies;    /* of the story */
    guint number;                  /* of the connection */
    const struct story_flow *flow; /* the first, as Zeek would log it; NULL = not known */
};

/* The object. The caller owns it. */
json_t *connection_json(const struct connection_json *about);

/* The JSON schema of the object. The caller owns it. */
json_t *connection_json_schema(void);

#endif
