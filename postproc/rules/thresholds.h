/* thresholds.h - the thresholds of the rules as the user wants them: the table's, then those
 * of the configuration files, then those of --set.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef THRESHOLDS_H
#define THRESHOLDS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Thresholds of all rules, in the order of the table. */
typedef struct thresholds Thresholds;

/* The table's own. Free with thresholds_free(). */
Thresholds *thresholds_new(void);
void thresholds_free(Thresholds *settings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Thresholds, thresholds_free)

/* Takes in "RULE.NAME=VALUE"; seconds may have decimals. Fails with EXIT_USAGE and names the
 * nearest rule, the thresholds that there are, or the bounds that the value leaves. */
bool thresholds_set(Thresholds *settings, const char *assignment, GError **error);

/* Takes in the value of a threshold of a rule, each as text: "A01", "silence", "5". Fails likewise.
 */
bool thresholds_assign(Thresholds *settings, const char *rule, const char *name, const char *value,
                       GError **error);

/* The thresholds of a rule (number as in rules.h), in the order of its row. Owned by settings. */
const int64_t *thresholds_of(const Thresholds *settings, guint rule);

#endif
