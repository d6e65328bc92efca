/* verb_table.h - the verbs of tcpstory, as a table: a verb is a row of verb_table.c and a file
 * verb_NAME.c.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef VERB_TABLE_H
#define VERB_TABLE_H

#include "options.h"
#include "table.h"

struct verb {
    const char *name;
    const char *operand; /* what it wants before the captures; NULL = nothing */
    const char *summary;
    unsigned options;          /* enum option_group bits */
    const struct table *table; /* that it prints; NULL = none */
    unsigned writes;           /* enum format_kind bits; a table's goes without saying */
    /* The JSON schema of what it prints without --columns; NULL = follows from the columns. The
     * caller owns it. */
    struct json_t *(*schema)(void);
    const char *about; /* ends --help: what it prints, and examples */
    /* Does it, given valid options. Returns false and sets error when it could do nothing; *status
     * is the exit status otherwise (EXIT_DONE before). */
    bool (*run)(const struct options *options, int *status, GError **error);
};

extern const struct verb verb_report;
extern const struct verb verb_list;
extern const struct verb verb_show;
extern const struct verb verb_timeline;
extern const struct verb verb_netstat;
extern const struct verb verb_live;
extern const struct verb verb_sockets;
extern const struct verb verb_sockstat;
extern const struct verb verb_listeners;
extern const struct verb verb_anomalies;
extern const struct verb verb_incidents;
extern const struct verb verb_explain;
extern const struct verb verb_diff;
extern const struct verb verb_plan;
extern const struct verb verb_map;
extern const struct verb verb_merge;
extern const struct verb verb_reduce;
extern const struct verb verb_records;
extern const struct verb verb_extract;

/* The verb number i, the default one first; NULL beyond the last. */
const struct verb *verbs_at(guint i);

/* The verb of that name; NULL when there is none. */
const struct verb *verbs_find(const char *name);

#endif
