/* workers_test.c - postproc/base/workers.c and turns.c: pieces of work in several threads, and what
 * they make in its order.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "turns.h"
#include "workers.h"

#define PIECES 200u

static void count(void *context, guint i)
{
    g_atomic_int_inc(&((gint *)context)[i]);
}

static void check_each_once(guint workers)
{
    gint done[PIECES] = {0};

    workers_use(workers);
    workers_run(PIECES, count, done);
    workers_run(0, count, done);
    for (guint i = 0; i < PIECES; i++) {
        g_assert_cmpint(done[i], ==, 1);
    }
}

static void test_each_once(void)
{
    for (guint workers = 1; workers <= WORKERS_MOST; workers++) {
        check_each_once(workers);
    }
}

static void note_thread(void *context, guint i)
{
    ((GThread **)context)[i] = g_thread_self();
}

/* Who has not asked for threads gets none. */
static void test_alone(void)
{
    GThread *threads[PIECES];

    g_assert_cmpuint(workers_count(), ==, 1);
    workers_run(PIECES, note_thread, threads);
    for (guint i = 0; i < PIECES; i++) {
        g_assert_true(threads[i] == g_thread_self());
    }
}

/* The pieces are all things, none twice, and none of them is smaller than it is worth. */
static void test_pieces(void)
{
    workers_use(1);
    g_assert_cmpuint(workers_pieces(1000, 4), ==, 1);
    workers_use(3);
    g_assert_cmpuint(workers_pieces(0, 4), ==, 1);
    g_assert_cmpuint(workers_pieces(7, 4), ==, 1);
    g_assert_cmpuint(workers_pieces(8, 4), ==, 2);
    g_assert_cmpuint(workers_begin(10, 0, 3), ==, 0);
    g_assert_cmpuint(workers_begin(10, 3, 3), ==, 10);
    g_assert_cmpuint(workers_begin(G_MAXUINT, 7, 8), <, G_MAXUINT);
    workers_use(1000);
    g_assert_cmpuint(workers_count(), ==, WORKERS_MOST);
}

#define SCOPES 6u
#define EACH 300u

static void take(void *context, gpointer thing)
{
    g_ptr_array_add(context, thing);
}

/* The first pieces take longest, so what the others make has to wait. */
static void give_some(void *context, guint i)
{
    for (guint k = 0; k < EACH * i; k++) {
        turns_give(context, i, GUINT_TO_POINTER(i * 10000 + k));
    }
    g_usleep((SCOPES - i) * 1000);
    turns_end(context, i);
}

static void check_order(guint workers, guint waiting)
{
    g_autoptr(GPtrArray) taken = g_ptr_array_new();
    struct turns *turns = turns_new(SCOPES, waiting, take, taken);
    guint n = 0;

    workers_use(workers);
    workers_run(SCOPES, give_some, turns);
    turns_free(turns);
    for (guint i = 0; i < SCOPES; i++) {
        for (guint k = 0; k < EACH * i; k++) {
            g_assert_cmpuint(GPOINTER_TO_UINT(taken->pdata[n++]), ==, i * 10000 + k);
        }
    }
    g_assert_cmpuint(taken->len, ==, n);
}

static void test_order(void)
{
    for (guint workers = 1; workers <= SCOPES; workers++) {
        check_order(workers, 10);
        check_order(workers, 100000);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/workers/alone", test_alone);
    g_test_add_func("/workers/each-once", test_each_once);
    g_test_add_func("/workers/pieces", test_pieces);
    g_test_add_func("/turns/order", test_order);
    return g_test_run();
}
