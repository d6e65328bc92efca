/* clocks.h - how far the clocks of several taps are apart, and their times corrected.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef BASE_CLOCKS_H
#define BASE_CLOCKS_H

#include <glib.h>

#include "tsm_header.h"
#include "tsm_skew.h"

/* What taps are. */
enum clocks_of {
    CLOCKS_OF_INTERFACES, /* of one capture */
    CLOCKS_OF_ROLES,      /* who saw clients (0) and who saw servers (1), of one capture that does
                             not tell its interfaces apart: see clocks_role() */
    CLOCKS_OF_FILES,
};

/* All zero = one clock. */
struct clocks {
    struct tsm_clock taps[TSM_SKEW_TAPS];
    guint n; /* 0 = there is one tap, or nothing could be read */
    enum clocks_of of;
};

/* Whether one is to be corrected; whether one cannot be, as it agrees with no one offset. */
bool clocks_are_off(const struct clocks *clocks);
bool clocks_disagree(const struct clocks *clocks);

/* The tap of CLOCKS_OF_ROLES that a header is of, by its bytes. */
guint clocks_role(const struct tsm_header *header);

/* A time of a tap as tap 0 would have told it. */
int64_t clocks_correct(const struct clocks *clocks, guint tap, int64_t ns);

/* When `n` taps from `first` on are told together, in the order of their own times or nearly so,
 * and have come to `ns`: up to which corrected time nothing more is to be expected. */
int64_t clocks_settled_ns(const struct clocks *clocks, guint first, guint n, int64_t ns);

/* Appends what was corrected: "clocks of its taps differ: that of interface 1
 * is 200 us ahead (to within 1 us); times are corrected". Nothing when
 * nothing was. `names` of CLOCKS_OF_FILES, else NULL. */
void clocks_tell(const struct clocks *clocks, const char *const *names, GString *text);

#endif
