/* story_places_test.c - postproc/story/places.c: how many places there are, and those that most
 * connections have.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "places.h"
#include "stories.h"

/* Of all connections but those that began at 0: "4: 10.0.0.1:80 x3, ...". */
static char *places_of(const struct story *story, unsigned scope)
{
    g_autoptr(TupleNumbers) numbers = tuple_numbers_new(story);
    GString *text = g_string_new(NULL);
    const struct tuple_numbering *all = tuple_numbers_take(numbers, scope);
    g_autofree guint *counts = g_new0(guint, all->n);

    for (guint i = 0; i < story->connections->len; i++) {
        counts[all->of[i]] += story_connection(story, i)->start_ns > 0;
    }
    tuple_numbers_drop(numbers, all);
    const struct places places = places_find(story, numbers, scope, counts);
    g_string_append_printf(text, "%u:", places.n);
    for (guint i = 0; i < places.n_top; i++) {
        g_string_append(text, i > 0 ? ", " : " ");
        places_text(&places, i, text);
        g_string_append_printf(text, " x%u", places.top[i].n);
    }
    return g_string_free(text, FALSE);
}

#define CHECK(story, scope, want)                            \
    do {                                                     \
        g_autofree char *got_ = places_of((story), (scope)); \
        g_assert_cmpstr(got_, ==, (want));                   \
    } while (0)

static void add(struct story *story, uint8_t client, uint8_t server, uint16_t port, int64_t ns)
{
    const struct tsm_tuple tuple = stories_tuple(client, 1000, server, port);

    stories_add(story, &tuple, ns);
}

/* The highest count first, of an address with its port or without. Who does not count is none. */
static void test_counts(void)
{
    g_autoptr(Story) story = story_new("counts", NULL);

    CHECK(story, TUPLE_LISTENER, "0:");
    add(story, 1, 8, 80, 0);
    add(story, 1, 9, 80, 1);
    add(story, 2, 9, 443, 1);
    add(story, 2, 9, 443, 1);
    CHECK(story, TUPLE_LISTENER, "2: 10.0.0.9:443 x2, 10.0.0.9:80 x1");
    CHECK(story, TUPLE_SERVER_HOST, "1: 10.0.0.9 x3");
    CHECK(story, TUPLE_CLIENT_HOST, "2: 10.0.0.2 x2, 10.0.0.1 x1");
}

/* Equal counts come in the order of address and port, IPv4 before IPv6, whatever came first. */
static void test_order(void)
{
    g_autoptr(Story) story = story_new("order", NULL);
    struct tsm_tuple tuple = {.addr_len = 16, .dport = 1};

    stories_add(story, &tuple, 1);
    add(story, 1, 2, 30, 1);
    CHECK(story, TUPLE_LISTENER, "2: 10.0.0.2:30 x1, [::]:1 x1");
    add(story, 1, 2, 10, 1);
    add(story, 1, 1, 40, 1);
    add(story, 1, 1, 20, 1);
    CHECK(story, TUPLE_LISTENER, "5: 10.0.0.1:20 x1, 10.0.0.1:40 x1, 10.0.0.2:10 x1");
}

/* All are counted, and the most frequent are found wherever they stand. */
static void test_many(void)
{
    g_autoptr(Story) story = story_new("many", NULL);

    for (guint i = 0; i < 1000; i++) {
        add(story, 1, 3, (uint16_t)(1 + i), 1);
        add(story, 1, 3, (uint16_t)(1 + i / 500 * 700), 1);
    }
    CHECK(story, TUPLE_LISTENER, "1000: 10.0.0.3:1 x501, 10.0.0.3:701 x501, 10.0.0.3:2 x1");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/places/counts", test_counts);
    g_test_add_func("/places/order", test_order);
    g_test_add_func("/places/many", test_many);
    return g_test_run();
}
