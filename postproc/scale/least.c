/* least.c - see least.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "least.h"

void least_init(struct least *least)
{
    *least = (struct least){0};
}

void least_clear(struct least *least)
{
    g_free(least->keys);
    *least = (struct least){0};
}

static bool is_less(const struct least_key *a, const struct least_key *b)
{
    if (a->first != b->first) {
        return a->first < b->first;
    }
    return a->second != b->second ? a->second < b->second : a->stream < b->stream;
}

void least_push(struct least *least, const struct least_key *key)
{
    guint i = least->n++;

    if (i == least->room) {
        least->room = MAX(2 * i, 8);
        least->keys = g_renew(struct least_key, least->keys, least->room);
    }
    for (; i > 0 && is_less(key, &least->keys[(i - 1) / 2]); i = (i - 1) / 2) {
        least->keys[i] = least->keys[(i - 1) / 2];
    }
    least->keys[i] = *key;
}

/* Closes the hole at the root with `last`, which belongs to none of the first `n` keys: it goes
 * where the path of the least children ends. */
static void sift_down(struct least_key *keys, guint n, const struct least_key *last)
{
    guint i = 0;

    for (guint child = 1; child < n; child = 2 * i + 1) {
        child += child + 1 < n && is_less(&keys[child + 1], &keys[child]);
        if (!is_less(&keys[child], last)) {
            break;
        }
        keys[i] = keys[child];
        i = child;
    }
    keys[i] = *last;
}

bool least_pop(struct least *least, struct least_key *key)
{
    if (least->n == 0) {
        return false;
    }
    *key = least->keys[0];
    least->n--;
    sift_down(least->keys, least->n, &least->keys[least->n]);
    return true;
}

void least_exchange(struct least *least, struct least_key *key)
{
    const struct least_key mine = *key;

    if (least->n > 0 && is_less(&least->keys[0], key)) {
        *key = least->keys[0];
        sift_down(least->keys, least->n, &mine);
    }
}
