/* site_config.h - what a site and a user want of all runs: thresholds, and findings that are known
 * to be harmless.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SITE_CONFIG_H
#define SITE_CONFIG_H

#include "options.h"
#include "suppression.h"
#include "thresholds.h"

typedef struct site_config {
    Thresholds *thresholds;
    GPtrArray *suppressions; /* of struct suppression * */
} SiteConfig;

/* Reads /etc/tcpstory.conf, then tcpstory/config in $XDG_CONFIG_HOME or ~/.config, where they
 * exist; only the file of --config instead; none with --no-config. What comes later wins, --set
 * last. Fails with EXIT_USAGE, and names file and line. Hosts are mapped as those of the stories
 * are. Release with site_config_clear() in any case. */
bool site_config_read(struct site_config *site, const struct options *options,
                      const struct anonymizer *anonymizer, GError **error);
void site_config_clear(struct site_config *site);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SiteConfig, site_config_clear)

#endif
