/* live_json.h - what tcpstory live tells, as a JSON object in each line.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef LIVE_JSON_H
#define LIVE_JSON_H

#include <jansson.h>

#include "incidents.h"
#include "live_model.h"
#include "sheet.h"

/* Writes a line: how it stands now. */
void live_json_status(const struct live_model *model, struct out *out);

/* Writes a line: the incident at a place, as it is known now. */
void live_json_incident(const Incidents *incidents, guint place, struct out *out);

/* The JSON schema of a line. The caller owns it. */
json_t *live_json_schema(void);

#endif
