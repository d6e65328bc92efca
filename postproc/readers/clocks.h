/* clocks.h - how far the clocks of a capture's taps are apart, and their times corrected.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef READERS_CLOCKS_H
#define READERS_CLOCKS_H

#include "read_capture.h"
#include "tsm_skew.h"

/* What taps are. */
enum clocks_of {
    CLOCKS_OF_INTERFACES, /* of one capture */
    CLOCKS_OF_ROLES,      /* who saw clients (0) and who saw servers (1), of one capture that does
                             not tell its interfaces apart: see tsm_header_is_servers() */
    CLOCKS_OF_FILES,
};

/* All zero = one clock. */
struct clocks {
    struct tsm_clock taps[TSM_SKEW_TAPS];
    guint n; /* 0 = there is one tap, or nothing could be read */
    enum clocks_of of;
};

/* Lets tcpstory-frames read the captures and compares the clocks of their taps; captures are then
 * where they were. */
void clocks_find(struct clocks *clocks, enum clocks_of of, const struct capture_input *capture);

/* The same of files, each of which is a tap. Those that cannot be opened are unknown. */
void clocks_of_files(struct clocks *clocks, const char *const *files);

/* Whether one is to be corrected; whether one cannot be, as it agrees with no one offset. */
bool clocks_are_off(const struct clocks *clocks);
bool clocks_disagree(const struct clocks *clocks);

/* A time of a tap as tap 0 would have told it. */
int64_t clocks_correct(const struct clocks *clocks, guint tap, int64_t ns);

/* By how much times may be moved back at most, at that time. */
int64_t clocks_most_ns(const struct clocks *clocks, int64_t ns);

/* Appends what was corrected: "clocks of its taps differ: that of interface 1
 * is 200 us ahead (to within 1 us); times are corrected". Nothing when
 * nothing was. `names` of CLOCKS_OF_FILES, else NULL. */
void clocks_tell(const struct clocks *clocks, const char *const *names, GString *text);

#endif
