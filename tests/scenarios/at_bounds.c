/* at_bounds.c - see thresholds.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "at_bounds.h"

#include <stdio.h>
#include <string.h>

#include "anomaly_text.h"
#include "ask_rules.h"
#include "judge.h"
#include "rules.h"

/* Returns the number of hits that say nothing, or speak of nothing. */
static unsigned check_hits(const Anomalies *found)
{
    unsigned faults = 0;

    for (guint i = 0; i < found->hits->len; i++) {
        const struct anomaly *hit = anomalies_at(found, i);
        g_autoptr(GString) text = g_string_new(NULL);
        anomaly_text_fill(text, hit->text, hit, found->story);
        if (text->len == 0 || strpbrk(text->str, "{}") != NULL ||
            (hit->scope != 0 && hit->members == 0)) {
            printf("%s: a hit of %s with %u members: %s\n", found->story->name, hit->rule->id,
                   hit->members, text->str);
            faults++;
        }
    }
    return faults;
}

static unsigned judge_with(const struct story *story, const struct anomaly_rule *rule,
                           const struct anomaly_limit *limit, int64_t value)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(Thresholds) settings = thresholds_new();
    unsigned faults = 0;

    g_string_printf(text, "%s.%s=", rule->id, limit->name);
    anomaly_limit_value(text, limit, value);
    if (thresholds_set(settings, text->str, NULL)) {
        g_autoptr(Anomalies) found = anomalies_find(story, settings);
        faults = check_hits(found);
    }
    if (faults > 0) {
        printf("%s: with --set %s\n", story->name, text->str);
    }
    return faults;
}

static unsigned walk(const struct story *story, const struct anomaly_rule *rule,
                     const struct anomaly_limit *limit)
{
    const int64_t one = limit->unit == ANOMALY_SECONDS ? ANOMALY_NS(1) : 1;
    const int64_t values[] = {0,
                              one,
                              limit->least,
                              limit->most,
                              G_MAXINT64,
                              limit->least - one,
                              one + limit->least,
                              limit->most - one,
                              limit->most + one};
    unsigned faults = 0;

    for (gsize i = 0; i < G_N_ELEMENTS(values); i++) {
        faults += judge_with(story, rule, limit, values[i]);
    }
    return faults;
}

unsigned thresholds_run(const struct script *script)
{
    g_autoptr(Story) story = judge_story(script);
    unsigned faults = 0;

    for (guint i = 0; i < rules_count(); i++) {
        const struct anomaly_rule *rule = rules_at(i);
        for (guint k = 0; k < ANOMALY_MAX_LIMITS && rule->limits[k].name != NULL; k++) {
            faults += walk(story, rule, &rule->limits[k]);
        }
    }
    return faults;
}
