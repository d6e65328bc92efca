/* anomaly_json.h - an anomaly as a JSON object: what was found, where, why, and what to do.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef ANOMALY_JSON_H
#define ANOMALY_JSON_H

#include "hits.h"
#include "json_members.h"

/* The members of the object, for the schema of what contains it. */
extern const struct json_member anomaly_json_members[];

/* The object of a hit in that story. The caller owns it. */
json_t *anomaly_json(const struct story *story, const struct anomaly *hit);

/* An array of those that a connection is a member of; of all hits when `connection` is G_MAXUINT.
 * The caller owns it. */
json_t *anomaly_json_array(const Anomalies *anomalies, guint connection);

#endif
