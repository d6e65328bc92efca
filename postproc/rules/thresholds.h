/* thresholds.h - the thresholds of the rules as the user wants them: the table's, then the
 * configuration file's, then those of --set.
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

/* Takes in a file: a section [RULE] with lines NAME=VALUE. NULL is the user's own,
 * tcpstory/config in $XDG_CONFIG_HOME or ~/.config, which need not exist. Fails with EXIT_USAGE. */
bool thresholds_read(Thresholds *settings, const char *path, GError **error);

/* The thresholds of a rule (number as in rules.h), in the order of its row. Owned by settings. */
const int64_t *thresholds_of(const Thresholds *settings, guint rule);

#endif
