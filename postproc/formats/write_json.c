/* write_json.c - JSON and NDJSON of tables; see write_json.h.
 *
 * Rows are written one by one, so that memory does not grow with their number.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "write_json.h"

#include <string.h>

/* ASCII only: no letter of a hostile name can steer a terminal. 16 digits hold the microseconds of
 * a point in time. */
#define DUMP_FLAGS (JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(16))

/* ---- values ---- */

void write_json_value(struct out *out, json_t *value)
{
    json_dumpf(value, out->file, DUMP_FLAGS);
    json_decref(value);
}

void write_json_members(struct out *out, json_t *object)
{
    json_dumpf(object, out->file, DUMP_FLAGS | JSON_EMBED);
    json_decref(object);
}

json_t *write_json_text(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);

    return json_string(valid);
}

void write_json_string(GString *json, const char *text)
{
    json_t *value = write_json_text(text);
    char *coded = json_dumps(value, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);

    g_string_append(json, coded != NULL ? coded : "\"\"");
    free(coded);
    json_decref(value);
}

json_t *write_json_seconds(int64_t ns)
{
    return json_real((double)(ns / G_GINT64_CONSTANT(1000000000)) +
                     (double)(ns % G_GINT64_CONSTANT(1000000000)) / 1e9);
}

static json_t *number_of(const char *cell)
{
    gint64 integer;

    if (g_ascii_string_to_signed(cell, 10, INT64_MIN, INT64_MAX, &integer, NULL)) {
        return json_integer(integer);
    }
    return json_real(g_ascii_strtod(cell, NULL));
}

static json_t *value_of(const struct sheet_column *column, const char *cell)
{
    if (sheet_is_missing(cell)) {
        return json_null();
    }
    return column->number ? number_of(cell) : write_json_text(cell);
}

/* ---- rows ---- */

struct rows {
    const struct sheet *sheet;
    struct out *out;
    GString *cell;
    const char *between; /* two rows */
    bool begun;
};

static json_t *object_of(const struct rows *r, const void *row)
{
    json_t *object;

    if (r->sheet->object != NULL) {
        return r->sheet->object(row);
    }
    object = json_object();
    for (guint i = 0; i < r->sheet->columns->len; i++) {
        const struct sheet_column *column = sheet_column_at(r->sheet, i);
        g_string_truncate(r->cell, 0);
        column->put(row, r->cell);
        json_object_set_new(object, column->name, value_of(column, r->cell->str));
    }
    return object;
}

static void visit_row(const void *row, void *data)
{
    struct rows *r = data;

    fputs(r->begun ? r->between : "", r->out->file);
    r->begun = true;
    write_json_value(r->out, object_of(r, row));
}

static bool write_rows(const struct sheet *sheet, const struct sheet_rows *rows, struct out *out,
                       const char *between)
{
    g_autoptr(GString) cell = g_string_new(NULL);
    struct rows r = {sheet, out, cell, between, false};

    rows->each(rows->context, visit_row, &r);
    return r.begun;
}

void write_json(const struct sheet *sheet, const struct sheet_rows *rows, struct out *out)
{
    fputs("[\n", out->file);
    fputs(write_rows(sheet, rows, out, ",\n") ? "\n]\n" : "]\n", out->file);
}

void write_ndjson(const struct sheet *sheet, const struct sheet_rows *rows, struct out *out)
{
    fputs(write_rows(sheet, rows, out, "\n") ? "\n" : "", out->file);
}

/* ---- schema ---- */

json_t *write_json_reference(const char *name)
{
    g_autofree char *reference = g_strdup_printf("#/$defs/%s", name);

    return json_pack("{s:s}", "$ref", reference);
}

json_t *write_json_array_of(const char *name)
{
    return json_pack("{s:s, s:o}", "type", "array", "items", write_json_reference(name));
}

json_t *write_json_schema(const char *name, json_t *any, json_t *defs)
{
    g_autofree char *id = g_strdup_printf("urn:tcpstory:%s:%d", name, JSON_VERSION);

    return json_pack("{s:s, s:s, s:o, s:o}", "$schema",
                     "https://json-schema.org/draft/2020-12/schema", "$id", id, "anyOf", any,
                     "$defs", defs);
}

/* The meaning of a column as one line. */
static json_t *description_of(const struct sheet_column *column)
{
    g_auto(GStrv) words = g_strsplit_set(column->meaning, " \n", -1);
    g_autoptr(GString) line = g_string_new(NULL);

    for (char **word = words; *word != NULL; word++) {
        if (**word != '\0') {
            g_string_append_printf(line, "%s%s", line->len > 0 ? " " : "", *word);
        }
    }
    return json_string(line->str);
}

json_t *write_json_table_schema(const char *name, const struct sheet_column *table)
{
    json_t *properties = json_object();

    for (; table->name != NULL; table++) {
        json_object_set_new(properties, table->name,
                            json_pack("{s:[s, s], s:o}", "type",
                                      table->number ? "number" : "string", "null", "description",
                                      description_of(table)));
    }
    return write_json_schema(
        name, json_pack("[o, o]", write_json_reference(name), write_json_array_of(name)),
        json_pack("{s:{s:s, s:o, s:b}}", name, "type", "object", "properties", properties,
                  "additionalProperties", 0));
}
