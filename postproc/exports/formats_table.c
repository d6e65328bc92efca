/* formats_table.c - the table of formats and the choice among them; see formats_table.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "formats_table.h"

#include <string.h>

#include "errors.h"
#include "judged_captures.h"
#include "report.h"
#include "report_html.h"
#include "story_json.h"
#include "text.h"
#include "write_html.h"
#include "write_json.h"
#include "write_prometheus.h"
#include "write_separated.h"
#include "write_sqlite.h"
#include "write_zeek.h"

/* The first is the default. */
// clang-format off
static const struct format formats[] = {
    {.name = "text", .extension = ".txt", .meaning = "aligned, for people",
     .people = true, .lines = true, .table = sheet_print_text, .captures = report_write},
    {.name = "json", .extension = ".json", .meaning = "one JSON document; --schema describes it",
     .flows = true, .table = write_json, .captures = story_json_write},
    {.name = "ndjson", .extension = ".ndjson", .meaning = "a JSON object in each line",
     .flows = true, .lines = true, .table = write_ndjson, .captures = story_json_write_lines},
    {.name = "csv", .extension = ".csv", .meaning = "comma-separated, RFC 4180",
     .table = write_csv},
    {.name = "tsv", .extension = ".tsv", .meaning = "tab-separated", .table = write_tsv},
    {.name = "html", .extension = ".html", .meaning = "a page for browsers, in one file",
     .people = true, .page = true, .metrics = true, .steps = true, .table = write_html,
     .captures = report_html_write},
    {.name = "sqlite", .extension = ".sqlite",
     .meaning = "a database of connections, intervals, anomalies and incidents",
     .file_only = true, .flows = true, .metrics = true, .captures = write_sqlite},
    {.name = "prometheus", .extension = ".prom",
     .meaning = "figures for node_exporter's textfile collector",
     .captures = write_prometheus},
    {.name = "zeek", .extension = ".log",
     .meaning = "Zeek's conn.log, for zeek-cut: docs/user/zeek.md",
     .flows = true, .captures = write_zeek},
    {.name = "svg", .extension = ".svg", .meaning = "a picture", .people = true, .picture = true},
};
// clang-format on

static bool can_write(const struct format *format, unsigned kinds)
{
    return ((kinds & FORMAT_TABLE) != 0 && format->table != NULL) ||
           ((kinds & FORMAT_CAPTURES) != 0 && format->captures != NULL) ||
           ((kinds & FORMAT_PICTURE) != 0 && format->picture) ||
           ((kinds & FORMAT_LINES) != 0 && format->lines);
}

/* The names of the formats that can write one of `kinds`; ends with NULL. */
static GPtrArray *names_of(unsigned kinds)
{
    GPtrArray *names = g_ptr_array_new();

    for (gsize i = 0; i < G_N_ELEMENTS(formats); i++) {
        if (can_write(&formats[i], kinds)) {
            g_ptr_array_add(names, (char *)formats[i].name);
        }
    }
    g_ptr_array_add(names, NULL);
    return names;
}

static const struct format *named(const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS(formats); i++) {
        if (strcmp(formats[i].name, name) == 0) {
            return &formats[i];
        }
    }
    return NULL;
}

/* The format whose extension the file's name has; NULL when none has it. */
static const struct format *of_extension(const char *path)
{
    for (gsize i = 0; path != NULL && i < G_N_ELEMENTS(formats); i++) {
        if (formats[i].extension != NULL && g_str_has_suffix(path, formats[i].extension)) {
            return &formats[i];
        }
    }
    return NULL;
}

/* Why not: `format` is a name that was given, or that of a writer which cannot do it. */
static void refuse(const char *format, const char *path, unsigned kinds, GError **error)
{
    g_autoptr(GPtrArray) names = names_of(kinds);
    g_autofree char *all = g_strjoinv(", ", (char **)names->pdata);
    const char *nearest = text_nearest(format, (const char *const *)names->pdata);

    if (path != NULL) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE,
                    "'%s' would be %s, which is not possible here; --format can be %s", path,
                    format, all);
    } else if (named(format) != NULL || nearest == NULL) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE, "--format can be %s here, not '%s'", all,
                    format);
    } else {
        g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE,
                    "--format can be %s here, not '%s'; did you mean %s?", all, format, nearest);
    }
}

const struct format *formats_choose(const char *name, const char *path, unsigned kinds,
                                    GError **error)
{
    const bool guess = name == NULL;
    const struct format *format = guess ? of_extension(path) : named(name);

    if (guess && format == NULL) {
        format = &formats[0];
    }
    if (format == NULL || !can_write(format, kinds)) {
        refuse(format != NULL ? format->name : name, guess ? path : NULL, kinds, error);
        return NULL;
    }
    if (format->file_only && path == NULL) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE, "--format %s is not text: add -o FILE",
                    format->name);
        return NULL;
    }
    return format;
}

void formats_names(unsigned kinds, GString *text)
{
    g_autoptr(GPtrArray) names = names_of(kinds);

    for (guint i = 0; i + 1 < names->len; i++) {
        g_string_append_printf(text, "%s\n", (const char *)g_ptr_array_index(names, i));
    }
}

void formats_help(unsigned kinds, GString *text)
{
    for (gsize i = 0; i < G_N_ELEMENTS(formats); i++) {
        if (can_write(&formats[i], kinds)) {
            g_string_append_printf(text, "  %-16s %s%s%s%s\n", formats[i].name, formats[i].meaning,
                                   formats[i].extension != NULL ? " (-o FILE" : "",
                                   formats[i].extension != NULL ? formats[i].extension : "",
                                   formats[i].extension != NULL ? ")" : "");
        }
    }
}
