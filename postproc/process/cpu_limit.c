/* cpu_limit.c - see cpu_limit.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE
#include "cpu_limit.h"

#include <sched.h>

#include "errors.h"

/* Leaves the first `most` processors of the set. */
static void keep_first(cpu_set_t *set, guint64 most)
{
    guint64 kept = 0;

    for (int i = 0; i < CPU_SETSIZE; i++) {
        if (CPU_ISSET(i, set) && ++kept > most) {
            CPU_CLR(i, set);
        }
    }
}

bool cpu_limit(const char *text, GError **error)
{
    guint64 most;
    cpu_set_t set;

    if (text == NULL) {
        return true;
    }
    if (!g_ascii_string_to_unsigned(text, 10, 1, G_MAXINT, &most, NULL)) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE,
                    "--jobs: '%s' is not a number of processors, 1 or more", text);
        return false;
    }
    if (sched_getaffinity(0, sizeof set, &set) == 0) {
        keep_first(&set, most);
        (void)sched_setaffinity(0, sizeof set, &set); /* it is only a wish */
    }
    return true;
}
