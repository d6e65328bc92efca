/* blanks_common.c - see blanks_common.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "blanks_common.h"

#include "tsm_blank.h"

static void add_common(GArray *to, const struct tsm_blank *a, const struct tsm_blank *b)
{
    const struct tsm_blank both = {
        .from_ns = MAX(a->from_ns, b->from_ns),
        .to_ns = MIN(a->to_ns, b->to_ns),
        .sign = MIN(a->sign, b->sign),
    };

    if (both.from_ns < both.to_ns) {
        g_array_append_val(to, both);
    }
}

GArray *blanks_common(const GArray *a, const GArray *b)
{
    GArray *common = g_array_new(FALSE, FALSE, sizeof(struct tsm_blank));

    for (guint i = 0; i < a->len; i++) {
        for (guint k = 0; k < b->len; k++) {
            add_common(common, &g_array_index(a, struct tsm_blank, i),
                       &g_array_index(b, struct tsm_blank, k));
        }
    }
    return common;
}
