/* finding.h - what an anomaly and an incident have in common, as members of JSON and as cells.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef FINDING_H
#define FINDING_H

#include "json_members.h"
#include "table.h"

/* What is told of. A larger thing that begins with it can be given wherever a `thing` or `data` is
 * asked for below. */
struct finding {
    const struct story *story;
    const struct anomaly *about; /* the hit, or what the incident is about */
    const struct table_run *run; /* of a row; NULL = of a JSON object */
};

/* A sentence with the figures of the finding. The caller owns it. */
json_t *finding_sentence(const struct finding *finding, const char *sentence);

/* The values of members, for struct json_member. */
json_t *finding_severity(const void *thing);
json_t *finding_confidence(const void *thing);
json_t *finding_side(const void *thing);
json_t *finding_connections(const void *thing);
json_t *finding_client(const void *thing);
json_t *finding_server(const void *thing);
json_t *finding_first(const void *thing);
json_t *finding_last(const void *thing);
json_t *finding_frames(const void *thing);
json_t *finding_explanation(const void *thing);
json_t *finding_filter(const void *thing);

/* Appends a sentence with the figures of the finding. */
void finding_fill(const struct finding *finding, const char *sentence, GString *cell);

/* Cells, keys and styles, for struct sheet_column. */
void finding_put_file(const void *data, GString *cell);
void finding_put_severity(const void *data, GString *cell);
int64_t finding_key_severity(const void *data);
enum out_style finding_style_severity(const void *data);
void finding_put_confidence(const void *data, GString *cell);
void finding_put_fault(const void *data, GString *cell);
void finding_put_connections(const void *data, GString *cell);
int64_t finding_key_connections(const void *data);
void finding_put_client(const void *data, GString *cell);
void finding_put_server(const void *data, GString *cell);
void finding_put_first(const void *data, GString *cell);
int64_t finding_key_first(const void *data);
void finding_put_last(const void *data, GString *cell);
int64_t finding_key_last(const void *data);
void finding_put_explanation(const void *data, GString *cell);
void finding_put_filter(const void *data, GString *cell);

#endif
