/* workers.c - see workers.h.
 *
 * Threads are started for each run and end with it: that takes some 50 us, runs are few, and nobody
 * has to know when the last one was.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "workers.h"

#include "memory.h"

#define PIECES_EACH 4

static guint workers = 1;

void workers_use(guint most)
{
    workers = CLAMP(most, 1, WORKERS_MOST);
}

guint workers_count(void)
{
    return workers;
}

guint workers_pieces(guint things, guint least)
{
    return workers == 1 ? 1 : CLAMP(things / least, 1, workers * PIECES_EACH);
}

/* A run. */
struct crew {
    void (*work)(void *context, guint i);
    void *context;
    guint n;
    guint next; /* the next piece: changed by all */
};

static void take_pieces(struct crew *crew)
{
    guint i;

    while ((i = (guint)g_atomic_int_add(&crew->next, 1)) < crew->n) {
        crew->work(crew->context, i);
    }
}

static gpointer help(gpointer crew)
{
    struct memory_stack stack;

    memory_watch_thread(&stack);
    take_pieces(crew);
    memory_unwatch_thread();
    return NULL;
}

void workers_run(guint n, void (*work)(void *context, guint i), void *context)
{
    struct crew crew = {work, context, n, 0};
    GThread *helpers[WORKERS_MOST];
    guint started = 0;

    while (started + 1 < MIN(workers, n) &&
           (helpers[started] = g_thread_try_new("worker", help, &crew, NULL)) != NULL) {
        started++;
    }
    take_pieces(&crew);
    while (started > 0) {
        g_thread_join(helpers[--started]);
    }
}
