/* time_window.c - see time_window.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "time_window.h"

#include "duration.h"
#include "tuple_index.h"

int64_t window_start(const struct anomaly_survey *survey, const GArray *numbers, guint i)
{
    return story_connection(survey->story, g_array_index(numbers, guint, i))->start_ns;
}

guint window_find(const struct anomaly_survey *survey, const GArray *numbers, int64_t window_ns,
                  guint *from, guint *to)
{
    guint most = 0;
    guint left = 0;

    *from = *to = 0;
    for (guint right = 0; right < numbers->len; right++) {
        while (duration_forward(window_start(survey, numbers, left),
                                window_start(survey, numbers, right)) > window_ns) {
            left++;
        }
        if (right - left + 1 > most) {
            most = right - left + 1;
            *from = left;
            *to = right + 1;
        }
    }
    while (*from > 0 && duration_forward(window_start(survey, numbers, *from - 1),
                                         window_start(survey, numbers, *from)) <= window_ns) {
        --*from;
    }
    while (*to > 0 && *to < numbers->len &&
           duration_forward(window_start(survey, numbers, *to - 1),
                            window_start(survey, numbers, *to)) <= window_ns) {
        ++*to;
    }
    return most;
}

guint window_different(const struct anomaly_survey *survey, const guint *numbers, guint n,
                       unsigned scope)
{
    g_autoptr(TupleIndex) seen = tuple_index_new(survey->story, scope);

    tuple_index_add_many(seen, numbers, n, NULL);
    return tuple_index_size(seen);
}
