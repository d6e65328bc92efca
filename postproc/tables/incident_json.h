/* incident_json.h - an incident as a JSON object: what broke, since when, where, how sure, what
 * next.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef INCIDENT_JSON_H
#define INCIDENT_JSON_H

#include "incidents.h"
#include "json_members.h"

/* The members of the object, for the schema of what contains it. */
extern const struct json_member incident_json_members[];

/* The object of the incident at a place. The caller owns it. */
json_t *incident_json(const Incidents *incidents, guint place);

/* An array of all. The caller owns it. */
json_t *incident_json_array(const Incidents *incidents);

#endif
