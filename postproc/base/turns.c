/* turns.c - see turns.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "turns.h"

#include <stdbool.h>

struct turn {
    GPtrArray *waiting; /* what it has made before its turn */
    bool ended;
};

struct turns {
    void (*take)(void *context, gpointer thing);
    void *context;
    guint n, most;
    GMutex lock; /* of what follows */
    GCond moved; /* it is another one's turn */
    guint now;   /* whose turn it is; n = all have ended */
    struct turn *turns;
};

struct turns *turns_new(guint n, guint waiting, void (*take)(void *context, gpointer thing),
                        void *context)
{
    struct turns *turns = g_new0(struct turns, 1);

    *turns = (struct turns){.take = take, .context = context, .n = n, .most = waiting};
    g_mutex_init(&turns->lock);
    g_cond_init(&turns->moved);
    turns->turns = g_new0(struct turn, n);
    for (guint i = 0; i < n; i++) {
        turns->turns[i].waiting = g_ptr_array_new();
    }
    return turns;
}

void turns_free(struct turns *turns)
{
    for (guint i = 0; i < turns->n; i++) {
        g_ptr_array_unref(turns->turns[i].waiting);
    }
    g_mutex_clear(&turns->lock);
    g_cond_clear(&turns->moved);
    g_free(turns->turns);
    g_free(turns);
}

/* It is the turn of that piece: what it has made by now is taken. */
static void take_waiting(const struct turns *turns, struct turn *turn)
{
    for (guint i = 0; i < turn->waiting->len; i++) {
        turns->take(turns->context, turn->waiting->pdata[i]);
    }
    g_ptr_array_set_size(turn->waiting, 0);
}

void turns_give(struct turns *turns, guint i, gpointer thing)
{
    g_mutex_lock(&turns->lock);
    while (i > turns->now && turns->turns[i].waiting->len >= turns->most) {
        g_cond_wait(&turns->moved, &turns->lock);
    }
    if (i > turns->now) {
        g_ptr_array_add(turns->turns[i].waiting, thing);
    } else {
        turns->take(turns->context, thing);
    }
    g_mutex_unlock(&turns->lock);
}

void turns_end(struct turns *turns, guint i)
{
    g_mutex_lock(&turns->lock);
    turns->turns[i].ended = true;
    while (turns->now < turns->n && turns->turns[turns->now].ended) {
        turns->now++;
        if (turns->now < turns->n) {
            take_waiting(turns, &turns->turns[turns->now]);
        }
    }
    g_cond_broadcast(&turns->moved);
    g_mutex_unlock(&turns->lock);
}
