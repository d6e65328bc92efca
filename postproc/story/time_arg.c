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
    "TIME is epoch seconds (1795328916.27), +SECONDS from the capture's start, "
    "a date\n(2026-11-22T11:20:41.5Z; local time without a zone, UTC with "
    "--utc), #FRAME (after\nthat frame), or end.\n";

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

/* GLib reads microseconds only, so the fraction is taken out first. */
static bool read_date(const char *text, bool utc, int64_t *ns)
{
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

    *moment = (struct time_arg){.kind = TIME_ARG_EPOCH};
    if (strcmp(text, "end") == 0) {
        moment->kind = TIME_ARG_END;
    } else if (text[0] == '+') {
        moment->kind = TIME_ARG_AFTER_START;
        ok = read_seconds(text + 1, &moment->ns);
    } else if (text[0] == '#') {
        moment->kind = TIME_ARG_AFTER_FRAME;
        ok = read_frame(text + 1, &moment->frame);
    } else {
        ok = read_seconds(text, &moment->ns) || read_date(text, utc, &moment->ns);
    }
    if (!ok) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE,
                    "--%s: '%s' is no TIME: that is 1795328916.27 (epoch seconds), +1.5 (from the "
                    "capture's start), 2026-11-22T11:20:41.5Z, '#123' (after that frame) or end",
                    option, text);
    }
    return ok;
}

bool time_arg_read_length(int64_t *ns, const char *option, const char *text, GError **error)
{
    if (read_seconds(text, ns) && *ns > 0) {
        return true;
    }
    g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE, "--%s: '%s' is not a number of seconds above 0",
                option, text);
    return false;
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
