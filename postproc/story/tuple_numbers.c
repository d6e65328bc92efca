/* tuple_numbers.c - see tuple_numbers.h.
 *
 * What was asked for is kept, the latest in front, as long as it is not too much.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tuple_numbers.h"

#define MOST_BYTES (32u << 20)
#define LEAST_KEPT 2u

struct numbering {
    unsigned scope;
    guint n;   /* different ones */
    guint *of; /* by number of the connection; owned */
};

struct tuple_numbers {
    const struct story *story;
    GArray *kept; /* of struct numbering, the latest asked for first */
};

static void clear_numbering(gpointer data)
{
    g_free(((struct numbering *)data)->of);
}

TupleNumbers *tuple_numbers_new(const struct story *story)
{
    TupleNumbers *numbers = g_new(TupleNumbers, 1);

    numbers->story = story;
    numbers->kept = g_array_new(FALSE, FALSE, sizeof(struct numbering));
    g_array_set_clear_func(numbers->kept, clear_numbering);
    return numbers;
}

void tuple_numbers_free(TupleNumbers *numbers)
{
    if (numbers != NULL) {
        g_array_unref(numbers->kept);
        g_free(numbers);
    }
}

static struct numbering number_all(const struct story *story, unsigned scope)
{
    g_autoptr(TupleIndex) index = tuple_index_new(story, scope);
    struct numbering numbering = {scope, 0, g_new(guint, story->connections->len)};

    for (guint i = 0; i < story->connections->len; i++) {
        numbering.of[i] = tuple_index_add(index, i);
    }
    numbering.n = tuple_index_size(index);
    return numbering;
}

/* Puts it in front, in the place of the one at `from`. */
static void put_first(GArray *kept, guint from, struct numbering numbering)
{
    struct numbering *all = &g_array_index(kept, struct numbering, 0);

    memmove(all + 1, all, from * sizeof *all);
    all[0] = numbering;
}

static guint most_kept(const struct story *story)
{
    const gsize each = MAX(story->connections->len, 1u) * sizeof(guint);

    return MAX((guint)(MOST_BYTES / each), LEAST_KEPT);
}

const guint *tuple_numbers_of(TupleNumbers *numbers, unsigned scope, guint *n)
{
    GArray *kept = numbers->kept;
    guint at = 0;

    while (at < kept->len && g_array_index(kept, struct numbering, at).scope != scope) {
        at++;
    }
    if (at < kept->len) {
        put_first(kept, at, g_array_index(kept, struct numbering, at));
    } else {
        const guint most = most_kept(numbers->story);
        if (kept->len >= most) {
            g_array_set_size(kept, most - 1);
        }
        const struct numbering made = number_all(numbers->story, scope);
        g_array_set_size(kept, kept->len + 1);
        put_first(kept, kept->len - 1, made);
    }
    *n = g_array_index(kept, struct numbering, 0).n;
    return g_array_index(kept, struct numbering, 0).of;
}
