/* rules.c - the chapters of rules as one table; see rules.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules.h"

#include "errors.h"
#include "text.h"

static const struct anomaly_rule *const chapters[] = {
    rules_quality, rules_provenance, rules_opening, rules_handshake,   rules_listener, rules_flood,
    rules_scan,    rules_options,    rules_answers, rules_established, rules_silence,  rules_reset,
    rules_path,    rules_abort,      rules_closing, rules_time_wait,   rules_late};

const struct anomaly_rule *rules_at(guint number)
{
    for (gsize i = 0; i < G_N_ELEMENTS(chapters); i++) {
        for (const struct anomaly_rule *rule = chapters[i]; rule->id != NULL; rule++) {
            if (number-- == 0) {
                return rule;
            }
        }
    }
    return NULL;
}

guint rules_count(void)
{
    guint n = 0;

    for (gsize i = 0; i < G_N_ELEMENTS(chapters); i++) {
        for (const struct anomaly_rule *rule = chapters[i]; rule->id != NULL; rule++) {
            n++;
        }
    }
    return n;
}

bool rules_find(const char *name, guint *number, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    const struct anomaly_rule *rule;
    const char *nearest;

    for (guint i = 0; (rule = rules_at(i)) != NULL; i++) {
        if (g_ascii_strcasecmp(rule->id, name) == 0 || g_str_equal(rule->name, name)) {
            *number = i;
            return true;
        }
        g_ptr_array_add(names, (char *)rule->name);
        g_ptr_array_add(names, (char *)rule->id);
    }
    g_ptr_array_add(names, NULL);
    nearest = text_nearest(name, (const char *const *)names->pdata);
    g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE, "there is no anomaly '%s'%s%s%s", name,
                nearest != NULL ? "; did you mean '" : "; 'tcpstory explain' lists them",
                nearest != NULL ? nearest : "", nearest != NULL ? "'?" : "");
    return false;
}

void rules_help(GString *out)
{
    for (guint i = 0; i < rules_count(); i++) {
        const struct anomaly_rule *rule = rules_at(i);
        for (guint k = 0; k < ANOMALY_MAX_LIMITS && rule->limits[k].name != NULL; k++) {
            g_autofree char *name = g_strdup_printf("%s.%s", rule->id, rule->limits[k].name);
            g_string_append_printf(out, "  %-16s ", name);
            anomaly_limit_text(out, &rule->limits[k]);
            g_string_append_c(out, '\n');
        }
    }
}
