/* thresholds.c - reads thresholds; see thresholds.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "thresholds.h"

#include <math.h>
#include <string.h>

#include "errors.h"
#include "rules.h"
#include "text.h"

struct thresholds {
    int64_t (*limits)[ANOMALY_MAX_LIMITS]; /* by rule */
};

Thresholds *thresholds_new(void)
{
    Thresholds *settings = g_new(Thresholds, 1);
    const guint n = rules_count();

    settings->limits = g_malloc0_n(n, sizeof settings->limits[0]);
    for (guint i = 0; i < n; i++) {
        for (guint k = 0; k < ANOMALY_MAX_LIMITS; k++) {
            settings->limits[i][k] = rules_at(i)->limits[k].value;
        }
    }
    return settings;
}

void thresholds_free(Thresholds *settings)
{
    if (settings != NULL) {
        g_free(settings->limits);
        g_free(settings);
    }
}

const int64_t *thresholds_of(const Thresholds *settings, guint rule)
{
    return settings->limits[rule];
}

static bool find_limit(const struct anomaly_rule *rule, const char *name, guint *found,
                       GError **error)
{
    const char *names[ANOMALY_MAX_LIMITS + 1] = {NULL};
    g_autofree char *all = NULL;

    for (guint i = 0; i < ANOMALY_MAX_LIMITS && rule->limits[i].name != NULL; i++) {
        names[i] = rule->limits[i].name;
        if (g_str_equal(names[i], name)) {
            *found = i;
            return true;
        }
    }
    all = g_strjoinv(", ", (char **)names);
    g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE,
                "anomaly %s (%s) has no threshold '%s'; it has: %s", rule->id, rule->name, name,
                names[0] != NULL ? all : "none");
    return false;
}

static bool fail_value(const struct anomaly_rule *rule, const struct anomaly_limit *limit,
                       const char *text, GError **error)
{
    static const char *const kinds[] = {"a whole number", "a number of seconds", "a percentage"};
    g_autoptr(GString) bounds = g_string_new(NULL);

    anomaly_limit_bounds(bounds, limit);
    g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE, "threshold %s.%s: '%s' is not %s from %s",
                rule->id, limit->name, text, kinds[limit->unit], bounds->str);
    return false;
}

/* A number within the bounds of the limit; nanoseconds for seconds. */
static bool read_value(const struct anomaly_rule *rule, const struct anomaly_limit *limit,
                       const char *text, int64_t *value, GError **error)
{
    const double scale = limit->unit == ANOMALY_SECONDS ? 1e9 : 1;
    char *end = NULL;
    const double number = g_ascii_strtod(text, &end) * scale;
    const bool whole = number == floor(number);

    if (end == text || *end != '\0' ||
        !(number >= (double)limit->least && number <= (double)limit->most) ||
        (limit->unit == ANOMALY_COUNT && !whole)) {
        return fail_value(rule, limit, text, error);
    }
    *value = (int64_t)number;
    return true;
}

bool thresholds_assign(Thresholds *settings, const char *rule, const char *name, const char *value,
                       GError **error)
{
    guint number;
    guint limit;

    return rules_find(rule, &number, error) && find_limit(rules_at(number), name, &limit, error) &&
           read_value(rules_at(number), &rules_at(number)->limits[limit], value,
                      &settings->limits[number][limit], error);
}

bool thresholds_set(Thresholds *settings, const char *assignment, GError **error)
{
    g_autofree char *rule = g_strdup(assignment);
    char *name = strchr(rule, '.');
    char *value = name != NULL ? strchr(name, '=') : NULL;

    if (value == NULL) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE,
                    "--set wants RULE.THRESHOLD=VALUE, such as A01.silence=5, not '%s'",
                    assignment);
        return false;
    }
    *name++ = '\0';
    *value++ = '\0';
    return thresholds_assign(settings, g_strstrip(rule), g_strstrip(name), g_strstrip(value),
                             error);
}
