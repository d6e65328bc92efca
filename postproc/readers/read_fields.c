/* read_fields.c - a header row with names of fields, then a line for each packet.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "read_fields.h"

#include <string.h>

#include "errors.h"
#include "packet.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf" /* of UTF-8: -E bom=y */
#define AGGREGATORS ",; |"             /* between the values of a field: -E aggregator= */

struct reading {
    struct lines lines;
    struct reader_engine feed;
    struct packet packet;
    GArray *columns; /* of enum packet_column, from left to right */
    char separator;
};

static bool is_name_char(char c)
{
    return g_ascii_isalnum(c) || c == '.' || c == '_' || c == '-';
}

static bool is_quote(char c)
{
    return c == '"' || c == '\'';
}

static const char *skip_mark(const char *text)
{
    return g_str_has_prefix(text, BYTE_ORDER_MARK) ? text + strlen(BYTE_ORDER_MARK) : text;
}

bool is_fields_header(const char *bytes, gsize n)
{
    g_autofree char *text = g_strndup(bytes, n);
    const char *at = skip_mark(text);
    const char *point;

    at += is_quote(*at);
    point = at + strspn(at, "abcdefghijklmnopqrstuvwxyz0123456789_");
    return (g_ascii_islower(*at) || *at == '_') && *point == '.' && g_ascii_isalpha(point[1]);
}

/* ---- lines ---- */

/* The quote that ends a value which begins with one, NULL when it does not: -E quote=d or =s. */
static char *closing_quote(const struct reading *reading, char *value)
{
    char *end = is_quote(*value) ? strchr(value + 1, *value) : NULL;

    while (end != NULL && end[1] != reading->separator && end[1] != '\0') {
        end = strchr(end + 1, *value);
    }
    return end;
}

/* Cuts the next value off the line, NULL when there is none; its quotes are removed. */
static char *next_value(const struct reading *reading, char **line)
{
    char *value = *line;
    char *end;

    if (value == NULL) {
        return NULL;
    }
    if ((end = closing_quote(reading, value)) != NULL) {
        value++;
        *end++ = '\0';
        *line = *end != '\0' ? end + 1 : NULL;
        return value;
    }
    end = strchr(value, reading->separator);
    *line = end != NULL ? end + 1 : NULL;
    if (end != NULL) {
        *end = '\0';
    }
    return value;
}

static void add_values(struct packet *packet, enum packet_column column, char *values)
{
    while (values != NULL) {
        char *end = strpbrk(values, AGGREGATORS);
        if (end != NULL) {
            *end++ = '\0';
        }
        packet_add(packet, column, values);
        values = end;
    }
}

static bool take_packet(struct reading *reading, char *line, GError **error)
{
    guint n = 0;
    char *value;

    memset(reading->packet.n, 0, sizeof reading->packet.n);
    for (; (value = next_value(reading, &line)) != NULL; n++) {
        const enum packet_column column =
            n < reading->columns->len ? g_array_index(reading->columns, enum packet_column, n)
                                      : PACKET_N_COLUMNS;
        if (column != PACKET_N_COLUMNS) {
            add_values(&reading->packet, column, value);
        }
    }
    if (n != reading->columns->len) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_INPUT,
                    "it has %u columns, and the header row %u (-E quote=d quotes values that "
                    "contain the separator)",
                    n, reading->columns->len);
        return false;
    }
    return packet_feed_add(&reading->feed, &reading->packet, error);
}

/* ---- header ---- */

static void take_header(struct reading *reading, char *line, bool have[PACKET_N_COLUMNS])
{
    char *names = line + (skip_mark(line) - line);
    const char *at = names + is_quote(*names);
    char *name;

    while (is_name_char(*at)) {
        at++;
    }
    at += is_quote(*at);
    reading->separator = *at != '\0' ? *at : '\t';
    while ((name = next_value(reading, &names)) != NULL) {
        const enum packet_column column = packet_column(name);
        g_array_append_val(reading->columns, column);
        if (column != PACKET_N_COLUMNS) {
            have[column] = true;
        }
    }
}

static bool read_header(struct reading *reading, GError **error)
{
    bool have[PACKET_N_COLUMNS] = {false};
    char *line;
    gsize length;
    const enum lines_found found = lines_next(&reading->lines, &line, &length, error);

    if (found == LINES_FAILED) {
        return false;
    }
    if (found != LINES_LINE || strlen(line) != length) {
        g_set_error_literal(error, TCPSTORY_ERROR, EXIT_INPUT, "the header row is not whole");
        return false;
    }
    g_strchomp(line);
    take_header(reading, line, have);
    return packet_check_columns(have, reading->feed.story, error);
}

/* ---- all ---- */

/* Reads packets until the end; false and error when something is wrong before. */
static bool read_packets(struct reading *reading, GError **error)
{
    enum lines_found found = LINES_LINE;
    const char *wrong = NULL;
    char *line;
    gsize length;

    while ((found = lines_next(&reading->lines, &line, &length, error)) == LINES_LINE) {
        if (strlen(line) != length) {
            wrong = "it contains a NUL byte";
            break;
        }
        if (length > 0 && line[length - 1] == '\r') {
            line[length - 1] = '\0';
        }
        if (!take_packet(reading, line, error)) {
            g_prefix_error(error, "line %" G_GUINT64_FORMAT ": ", reading->lines.number);
            return false;
        }
    }
    if (found == LINES_CUT) {
        wrong = "it was cut short: its end is missing";
    } else if (found == LINES_TOO_LONG) {
        wrong = "it is longer than 1 MiB";
    }
    if (wrong != NULL) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_INPUT, "line %" G_GUINT64_FORMAT ": %s",
                    reading->lines.number, wrong);
    }
    return wrong == NULL && found == LINES_END;
}

bool read_fields(struct story *story, const struct byte_source *source, GError **error)
{
    struct reading reading = {.columns = g_array_new(FALSE, FALSE, sizeof(enum packet_column))};
    g_autoptr(GError) trouble = NULL;
    bool ok;

    lines_init(&reading.lines, source);
    reader_engine_init(&reading.feed, story);
    ok = read_header(&reading, error);
    if (ok) {
        read_packets(&reading, &trouble);
        ok = reader_engine_finish(&reading.feed, trouble, error);
    }
    reader_engine_clear(&reading.feed);
    lines_clear(&reading.lines);
    g_array_unref(reading.columns);
    return ok;
}
