/* settings.h - the thresholds of the rules as the user wants them: the table's, then the
 * configuration file's, then those of --set.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Thresholds of all rules, in the order of the table. */
typedef struct settings Settings;

/* The table's own. Free with settings_free(). */
Settings *settings_new(void);
void settings_free(Settings *settings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Settings, settings_free)

/* Takes in "RULE.NAME=VALUE"; seconds may have decimals. Fails with EXIT_USAGE and names the
 * nearest rule, the thresholds that there are, or the bounds that the value leaves. */
bool settings_set(Settings *settings, const char *assignment, GError **error);

/* Takes in a file: a section [RULE] with lines NAME=VALUE. NULL is the user's own,
 * tcpstory/config in $XDG_CONFIG_HOME or ~/.config, which need not exist. Fails with EXIT_USAGE. */
bool settings_read(Settings *settings, const char *path, GError **error);

/* The thresholds of a rule (number as in rules.h), in the order of its row. Owned by settings. */
const int64_t *settings_of(const Settings *settings, guint rule);

#endif
