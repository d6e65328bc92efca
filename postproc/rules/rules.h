/* rules.h - the table of anomaly rules, in chapters: each chapter is one file, and each rule one
 * row and one function there.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef RULES_H
#define RULES_H

#include "anomaly.h"

/* The number of rules, those on capture quality included, and the rule of a number below it.
 * Quality comes first, then the order of the catalogue. */
guint rules_count(void);
const struct anomaly_rule *rules_at(guint number);

/* The number of a rule by its id or name ("A01", "a01", "syn_unanswered"). Fails with EXIT_USAGE
 * and names the nearest. */
bool rules_find(const char *name, guint *number, GError **error);

/* Appends a line for each threshold of all rules: name as for --set, value, bounds, meaning. */
void rules_help(GString *out);

/* The chapters; each ends with a row whose id is NULL. */
extern const struct anomaly_rule rules_quality[];
extern const struct anomaly_rule rules_provenance[]; /* of quality, too */
extern const struct anomaly_rule rules_opening[];
extern const struct anomaly_rule rules_handshake[];
extern const struct anomaly_rule rules_listener[]; /* of the opening, too */
extern const struct anomaly_rule rules_flood[];    /* and these */
extern const struct anomaly_rule rules_scan[];     /* and these */
extern const struct anomaly_rule rules_options[];  /* and these */
extern const struct anomaly_rule rules_established[];
extern const struct anomaly_rule rules_silence[]; /* of open connections, too */
extern const struct anomaly_rule rules_reset[];
extern const struct anomaly_rule rules_abort[];
extern const struct anomaly_rule rules_closing[];
extern const struct anomaly_rule rules_time_wait[];
extern const struct anomaly_rule rules_late[];
extern const struct anomaly_rule rules_answers[];
extern const struct anomaly_rule rules_path[];

#endif
