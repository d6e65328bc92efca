/* time_arg.c - reads points in time; see time_arg.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "time_arg.h"

#include <string.h>

#include "duration.h"
#include "errors.h"
#include "text.h"

#define S_NS G_GINT64_CONSTANT(1000000000)

const char time_arg_help[] =
    "TIME is epoch seconds (1795328916.27), +1.5 or +1m30s from the capture's start, -5s from\n"
    "its end, a date (2026-11-22 11:20, 2026-11-22T11:20:41.5Z), a time of the day (11:20),\n"
    "#FRAME (after that frame), now, or end. Dates and times are local time without a zone,\n"
    "UTC with --utc. Units are d, h, m or min, s, ms and us.\n";

/* ".27" = 270000000; what follows nine digits does not count. *end is behind the digits. */
static int64_t read_fraction(const char *text, const char **end)
{
    int64_t ns = 0;
    int64_t unit = S_NS / 10;

    if (*text == '.' || *text == ',') {
        for (text++; g_ascii_isdigit(*text); text++) {
            ns += (*text - '0') * unit;
            unit /= 10;
        }
    }
    *end = text;
    return ns;
}

/* "12", "12.5", ".5": nanoseconds; false when it is anything else, or beyond the year 2262. */
static bool read_seconds(const char *text, int64_t *ns)
{
    const char *point = text + strspn(text, "0123456789");
    g_autofree char *whole = g_strndup(text, (gsize)(point - text));
    guint64 seconds = 0;
    const char *end;
    const int64_t rest = read_fraction(point, &end);

    if (*end != '\0' || *text == '\0' || strcmp(text, ".") == 0 ||
        (whole[0] != '\0' &&
         !g_ascii_string_to_unsigned(whole, 10, 0, INT64_MAX / S_NS - 1, &seconds, NULL))) {
        return false;
    }
    *ns = (int64_t)seconds * S_NS + rest;
    return true;
}

static const struct {
    const char *name;
    int64_t ns;
} units[] = {
    {"d", 86400 * S_NS}, {"h", 3600 * S_NS},     {"min", 60 * S_NS}, {"ms", S_NS / 1000},
    {"m", 60 * S_NS},    {"us", S_NS / 1000000}, {"s", S_NS},
};

/* The unit at the beginning of a text, 0 = there is none; *end is behind it. */
static int64_t read_unit(const char *text, const char **end)
{
    const gsize length = strspn(text, "dhminsu");

    for (gsize i = 0; i < G_N_ELEMENTS(units); i++) {
        if (length == strlen(units[i].name) && strncmp(text, units[i].name, length) == 0) {
            *end = text + length;
            return units[i].ns;
        }
    }
    return 0;
}

/* "90", "1.5", "1m30s", "250ms": nanoseconds. */
static bool read_length(const char *text, int64_t *ns)
{
    int64_t sum = 0;

    if (read_seconds(text, ns)) {
        return true;
    }
    do {
        g_autofree char *number = g_strndup(text, strspn(text, "0123456789."));
        int64_t part;
        const int64_t unit = read_unit(text + strlen(number), &text);
        if (unit == 0 || !read_seconds(number, &part)) {
            return false;
        }
        const double length = (double)part / (double)S_NS * (double)unit;
        if (length >= (double)INT64_MAX) {
            return false;
        }
        sum = duration_sum(sum,
                           part % S_NS == 0 ? duration_times(unit, part / S_NS) : (int64_t)length);
    } while (*text != '\0');
    *ns = sum;
    return true;
}

/* "23:20", "23:20:05.5": since midnight. */
static bool read_clock(const char *text, int64_t *ns)
{
    g_auto(GStrv) parts = g_strsplit(text, ":", 3);
    const guint n = g_strv_length(parts);
    guint64 hours;
    guint64 minutes;
    int64_t seconds = 0;

    if (n < 2 || strlen(parts[0]) > 2 || strlen(parts[1]) != 2 ||
        !g_ascii_string_to_unsigned(parts[0], 10, 0, 23, &hours, NULL) ||
        !g_ascii_string_to_unsigned(parts[1], 10, 0, 59, &minutes, NULL) ||
        (n == 3 && (!read_seconds(parts[2], &seconds) || seconds >= 60 * S_NS))) {
        return false;
    }
    *ns = (int64_t)(hours * 3600 + minutes * 60) * S_NS + seconds;
    return true;
}

/* A date without seconds gets them: "2026-11-22 11:20". */
static char *complete_date(const char *text)
{
    const gsize length = strlen("2026-11-22T11:20");
    const gsize digits = strspn(text, "0123456789-T :");

    return digits >= length && text[13] == ':' && text[length] != ':'
               ? g_strdup_printf("%.*s:00%s", (int)length, text, text + length)
               : g_strdup(text);
}

/* GLib reads microseconds only, so the fraction is taken out first. */
static bool read_date(const char *given, bool utc, int64_t *ns)
{
    g_autofree char *text = complete_date(given);
    const char *point = strpbrk(text, ".,");
    const char *zone = "";
    const int64_t rest = point != NULL ? read_fraction(point, &zone) : 0;
    g_autofree char *day = point != NULL ? g_strndup(text, (gsize)(point - text)) : g_strdup(text);
    g_autofree char *whole =
        g_strconcat(day, strlen(day) == strlen("2026-11-22") ? "T00:00:00" : "", zone, NULL);
    g_autoptr(GTimeZone) local = utc ? g_time_zone_new_utc() : g_time_zone_new_local();
    g_autoptr(GDateTime) date = g_date_time_new_from_iso8601(whole, local);

    if (date == NULL || g_date_time_get_year(date) > 2261) {
        return false;
    }
    *ns = g_date_time_to_unix(date) * S_NS + rest;
    return true;
}

static bool read_frame(const char *text, uint32_t *frame)
{
    guint64 number;

    if (!g_ascii_string_to_unsigned(text, 10, 1, UINT32_MAX, &number, NULL)) {
        return false;
    }
    *frame = (uint32_t)number;
    return true;
}

bool time_arg_read(struct time_arg *moment, const char *option, const char *text, bool utc,
                   GError **error)
{
    bool ok = true;

    *moment = (struct time_arg){.kind = TIME_ARG_EPOCH, .utc = utc};
    if (strcmp(text, "end") == 0) {
        moment->kind = TIME_ARG_END;
    } else if (strcmp(text, "now") == 0) {
        moment->ns = g_get_real_time() * 1000;
    } else if (text[0] == '-') {
        moment->kind = TIME_ARG_BEFORE_END;
        ok = read_length(text + 1, &moment->ns);
    } else if (read_clock(text, &moment->ns)) {
        moment->kind = TIME_ARG_CLOCK;
    } else if (text[0] == '+') {
        moment->kind = TIME_ARG_AFTER_START;
        ok = read_length(text + 1, &moment->ns);
    } else if (text[0] == '#') {
        moment->kind = TIME_ARG_AFTER_FRAME;
        ok = read_frame(text + 1, &moment->frame);
    } else {
        ok = read_seconds(text, &moment->ns) || read_date(text, utc, &moment->ns);
    }
    if (!ok) {
        g_set_error(
            error, TCPSTORY_ERROR, EXIT_USAGE,
            "--%s: '%s' is no TIME: that is 1795328916.27 (epoch seconds), +1.5 or +1m30s "
            "(from the capture's start), -5s (from its end), 2026-11-22T11:20:41.5Z, 11:20, "
            "'#123' (after that frame), now or end",
            option, text);
    }
    return ok;
}

bool time_arg_read_length(int64_t *ns, const char *option, const char *text, GError **error)
{
    if (read_length(text, ns) && *ns > 0) {
        return true;
    }
    g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE, "--%s: '%s' is not a number of seconds above 0",
                option, text);
    return false;
}

/* The time of the day on the day of a moment, so many days later. */
static int64_t clock_on(const struct time_arg *moment, int64_t day_ns, int days)
{
    g_autoptr(GTimeZone) zone = moment->utc ? g_time_zone_new_utc() : g_time_zone_new_local();
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(day_ns / S_NS);
    g_autoptr(GDateTime) then = utc != NULL ? g_date_time_to_timezone(utc, zone) : NULL;
    g_autoptr(GDateTime) day = then != NULL ? g_date_time_add_days(then, days) : NULL;

    if (day == NULL) {
        return day_ns;
    }
    const int seconds = (int)(moment->ns / S_NS);
    g_autoptr(GDateTime) clock = g_date_time_new(
        zone, g_date_time_get_year(day), g_date_time_get_month(day),
        g_date_time_get_day_of_month(day), seconds / 3600, seconds / 60 % 60, seconds % 60);
    return clock != NULL ? g_date_time_to_unix(clock) * S_NS + moment->ns % S_NS : day_ns;
}

/* The first one in the capture; when it is not in it, that of the day on which it began. */
static int64_t clock_in(const struct time_arg *moment, const struct story *story)
{
    const int64_t first = clock_on(moment, story_start(story), 0);
    const int64_t next = clock_on(moment, story_start(story), 1);

    return first < story_start(story) && next <= story_end(story) ? next : first;
}

bool time_arg_in(const struct time_arg *moment, const struct story *story, int64_t *ns,
                 GError **error)
{
    switch (moment->kind) {
    case TIME_ARG_EPOCH:
        *ns = moment->ns;
        return true;
    case TIME_ARG_AFTER_START:
        *ns = duration(-moment->ns, story_start(story));
        return true;
    case TIME_ARG_BEFORE_END:
        *ns = duration(moment->ns, story_end(story));
        return true;
    case TIME_ARG_CLOCK:
        *ns = clock_in(moment, story);
        return true;
    case TIME_ARG_END:
        *ns = story_end(story);
        return true;
    case TIME_ARG_AFTER_FRAME:
        break;
    }
    if (story->has_capture && moment->frame > story->capture.frames) {
        g_autofree char *name = text_safe_copy(story->name);
        g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE, "%s has no frame %u: it has %u", name,
                    moment->frame, story->capture.frames);
        return false;
    }
    *ns = story_frame_time(story, moment->frame);
    return true;
}
