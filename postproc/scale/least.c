/* least.c - see least.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "least.h"

void least_init(struct least *least)
{
    least->keys = g_array_new(FALSE, FALSE, sizeof(struct least_key));
}

void least_clear(struct least *least)
{
    g_clear_pointer(&least->keys, g_array_unref);
}

static struct least_key *at(const struct least *least, guint i)
{
    return &g_array_index(least->keys, struct least_key, i);
}

static bool is_less(const struct least_key *a, const struct least_key *b)
{
    if (a->first != b->first) {
        return a->first < b->first;
    }
    return a->second != b->second ? a->second < b->second : a->stream < b->stream;
}

static void swap(struct least *least, guint a, guint b)
{
    const struct least_key key = *at(least, a);

    *at(least, a) = *at(least, b);
    *at(least, b) = key;
}

void least_push(struct least *least, const struct least_key *key)
{
    guint i = least->keys->len;

    g_array_append_vals(least->keys, key, 1);
    while (i > 0 && is_less(at(least, i), at(least, (i - 1) / 2))) {
        swap(least, i, (i - 1) / 2);
        i = (i - 1) / 2;
    }
}

bool least_pop(struct least *least, struct least_key *key)
{
    const guint n = least->keys->len;
    guint i = 0;

    if (n == 0) {
        return false;
    }
    *key = *at(least, 0);
    *at(least, 0) = *at(least, n - 1);
    g_array_set_size(least->keys, n - 1);
    for (;;) {
        guint child = 2 * i + 1;
        if (child + 1 < n - 1 && is_less(at(least, child + 1), at(least, child))) {
            child++;
        }
        if (child >= n - 1 || !is_less(at(least, child), at(least, i))) {
            return true;
        }
        swap(least, i, child);
        i = child;
    }
}
