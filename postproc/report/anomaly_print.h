/* anomaly_print.h - anomalies as paragraphs for people: hits of one kind together, the worst first.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef ANOMALY_PRINT_H
#define ANOMALY_PRINT_H

#include "hits.h"
#include "out.h"
#include "text.h"

/* Hits of one rule and one severity: `n` of them from place `first` on, chosen by `wanted`. */
struct anomaly_kind {
    const struct anomaly_rule *rule;
    enum anomaly_severity severity;
    GArray *places;    /* of guint: places in `hits` */
    guint connections; /* members of all of them, each counted once */
    /* private */
    GHashTable *members; /* their numbers + 1 */
};

/* The kinds in the order of the hits; `wanted` chooses hits by their place (NULL = all). The caller
 * frees the array of struct anomaly_kind * with g_ptr_array_unref(). */
typedef bool (*anomaly_choice)(const Anomalies *anomalies, guint place, const void *data);
GPtrArray *anomaly_kinds(const Anomalies *anomalies, anomaly_choice wanted, const void *data);

/* How much is printed of each kind. */
struct anomaly_layout {
    guint hits;   /* at most; 0 = all */
    guint frames; /* of each hit's evidence, at most */
    guint causes; /* at most */
    guint checks; /* at most */
    bool filter;  /* the display filter of the worst */
    enum text_clock clock;
};

/* Prints a kind: what it is, its hits, causes and checks. */
void anomaly_print_kind(const Anomalies *anomalies, const struct anomaly_kind *kind,
                        const struct anomaly_layout *layout, struct out *out);

/* Prints a line for each closed gate that kept rules from judging, and how often. Nothing when none
 * did. */
void anomaly_print_gates(const Anomalies *anomalies, struct out *out);

/* What a person sees of a severity. */
enum out_style anomaly_style(enum anomaly_severity severity);

#endif
