/* suppression.h - findings that the user knows to be harmless: which they are, and how many of them
 * were taken out of what was found.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SUPPRESSION_H
#define SUPPRESSION_H

#include "hits.h"
#include "selection.h"

/* Findings of these kinds whose connections are all of this selection. */
struct suppression {
    char *name;
    char *reason;               /* NULL = none was given */
    GPtrArray *ids;             /* of char *, owned: "A24", "D03"; empty = any */
    struct selection selection; /* by hosts and ports; all zero = any connection */
};

/* Free with suppression_free(). */
struct suppression *suppression_new(const char *name);
void suppression_free(struct suppression *suppression);

/* Which of all (struct suppression *) is the first that the finding belongs to, with the place in
 * *number. A finding about no connection belongs to those only that select none. */
bool suppression_find(const GPtrArray *all, const struct story *story, const char *id,
                      const guint *members, guint n, guint *number);

/* What was taken out for one suppression. */
struct suppressed {
    char *name; /* owned, as is the reason */
    char *reason;
    guint anomalies;
    guint incidents;
};

/* Takes those hits out that belong to one of `all`, and counts them in found->suppressed, which has
 * an entry for each of `all` from then on. To be called once, before anybody holds places of hits.
 */
void anomalies_suppress(Anomalies *found, const GPtrArray *all);

/* Appends "12 findings (health checks 10, scanner 2)". Returns false, and appends nothing, when
 * none was taken out. */
bool suppressed_text(GString *out, const Anomalies *anomalies);

#endif
