/* write_json.h - tables as JSON, and the schema that says how. The library is jansson.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WRITE_JSON_H
#define WRITE_JSON_H

#include <jansson.h>

#include "sheet.h"

/* The version of all JSON that tcpstory writes: raised when a member changes its meaning or goes.
 */
#define JSON_VERSION 1

/* An array with an object for each row, each in a line. */
void write_json(const struct sheet *sheet, const struct sheet_rows *rows, struct out *out);

/* An object for each row, each in a line. */
void write_ndjson(const struct sheet *sheet, const struct sheet_rows *rows, struct out *out);

/* Writes a value in one line without the newline, in ASCII, and releases it. */
void write_json_value(struct out *out, json_t *value);

/* The same without the braces of an object, to which the caller adds members. */
void write_json_members(struct out *out, json_t *object);

/* Text from outside as a string: bytes that are not UTF-8 become U+FFFD. */
json_t *write_json_text(const char *text);

/* Appends text from outside as a string of JSON in ASCII, quotes included. */
void write_json_string(GString *json, const char *text);

/* Seconds; whole microseconds survive as points in time, nanoseconds as lengths up to 11 days. */
json_t *write_json_seconds(int64_t ns);

/* The JSON schema of what write_json() and write_ndjson() make of a table without
 * sheet->object; `name` is the table's. The caller owns it. */
json_t *write_json_table_schema(const char *name, const struct sheet_column *table);

/* A schema of that name and version that allows each of `any` (an array of schemas) and has the
 * $defs `defs`; releases both. The caller owns it. */
json_t *write_json_schema(const char *name, json_t *any, json_t *defs);

/* A schema that refers to that name of $defs, and one of an array of such. The caller owns them. */
json_t *write_json_reference(const char *name);
json_t *write_json_array_of(const char *name);

#endif
