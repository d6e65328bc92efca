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
    struct tuple_numbering is; /* `of` is owned, and NULL until it is built */
    unsigned scope;
    guint users; /* who have taken it */
};

struct tuple_numbers {
    const struct story *story;
    GMutex lock;     /* of what follows */
    GCond built;     /* something is built */
    GPtrArray *kept; /* of struct numbering, the latest asked for first */
};

static void free_numbering(gpointer data)
{
    struct numbering *numbering = data;

    g_free((guint *)numbering->is.of);
    g_free(numbering);
}

TupleNumbers *tuple_numbers_new(const struct story *story)
{
    TupleNumbers *numbers = g_new0(TupleNumbers, 1);

    numbers->story = story;
    g_mutex_init(&numbers->lock);
    g_cond_init(&numbers->built);
    numbers->kept = g_ptr_array_new_with_free_func(free_numbering);
    return numbers;
}

void tuple_numbers_free(TupleNumbers *numbers)
{
    if (numbers != NULL) {
        g_ptr_array_unref(numbers->kept);
        g_mutex_clear(&numbers->lock);
        g_cond_clear(&numbers->built);
        g_free(numbers);
    }
}

static struct tuple_numbering number_all(const struct story *story, unsigned scope)
{
    g_autoptr(TupleIndex) index = tuple_index_new(story, scope);
    guint *of = g_new(guint, MAX(story->connections->len, 1u)); /* never NULL */

    tuple_index_add_many(index, NULL, story->connections->len, of);
    return (struct tuple_numbering){tuple_index_size(index), of};
}

static guint most_kept(const struct story *story)
{
    const gsize each = MAX(story->connections->len, 1u) * sizeof(guint);

    return MAX((guint)(MOST_BYTES / each), LEAST_KEPT);
}

/* Makes room for one more: those that nobody has now and that were asked for longest ago go. */
static void make_room(TupleNumbers *numbers)
{
    const guint most = most_kept(numbers->story);

    for (guint i = numbers->kept->len; i-- > 0 && numbers->kept->len >= most;) {
        const struct numbering *numbering = g_ptr_array_index(numbers->kept, i);
        if (numbering->users == 0) {
            g_ptr_array_remove_index(numbers->kept, i);
        }
    }
}

/* The place of a scope; as many as there are when it is none. */
static guint find(const TupleNumbers *numbers, unsigned scope)
{
    guint at = 0;

    while (at < numbers->kept->len &&
           ((struct numbering *)g_ptr_array_index(numbers->kept, at))->scope != scope) {
        at++;
    }
    return at;
}

/* A new one, which nobody else has asked for. The lock is held. */
static struct numbering *build(TupleNumbers *numbers, unsigned scope)
{
    struct numbering *numbering = g_new0(struct numbering, 1);

    make_room(numbers);
    numbering->scope = scope;
    numbering->users = 1;
    g_ptr_array_insert(numbers->kept, 0, numbering);
    g_mutex_unlock(&numbers->lock);
    const struct tuple_numbering made = number_all(numbers->story, scope);
    g_mutex_lock(&numbers->lock);
    numbering->is = made;
    g_cond_broadcast(&numbers->built);
    return numbering;
}

/* The one at a place, once it is built. The lock is held. */
static struct numbering *wait_for(TupleNumbers *numbers, guint at)
{
    struct numbering *numbering = g_ptr_array_steal_index(numbers->kept, at);

    numbering->users++;
    g_ptr_array_insert(numbers->kept, 0, numbering);
    while (numbering->is.of == NULL) {
        g_cond_wait(&numbers->built, &numbers->lock);
    }
    return numbering;
}

const struct tuple_numbering *tuple_numbers_take(TupleNumbers *numbers, unsigned scope)
{
    g_mutex_lock(&numbers->lock);
    const guint at = find(numbers, scope);
    const struct numbering *taken =
        at < numbers->kept->len ? wait_for(numbers, at) : build(numbers, scope);
    g_mutex_unlock(&numbers->lock);
    return &taken->is;
}

void tuple_numbers_drop(TupleNumbers *numbers, const struct tuple_numbering *numbering)
{
    g_mutex_lock(&numbers->lock);
    ((struct numbering *)numbering)->users--;
    g_mutex_unlock(&numbers->lock);
}

void tuple_numbers_prepare(TupleNumbers *numbers, unsigned scope)
{
    g_mutex_lock(&numbers->lock);
    if (find(numbers, scope) == numbers->kept->len &&
        numbers->kept->len < most_kept(numbers->story)) {
        build(numbers, scope)->users--;
    }
    g_mutex_unlock(&numbers->lock);
}
