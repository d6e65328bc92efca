/* story_tally_test.c - postproc/story/tally.c: counts per address, and the highest of them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "stories.h"
#include "tally.h"

/* "10.0.0.1:80 x3, ..." of the highest counts. */
static char *top_text(const struct tally *tally, guint most)
{
    g_autoptr(GPtrArray) top = tally_top(tally, most);
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < top->len; i++) {
        const struct tally_entry *entry = g_ptr_array_index(top, i);
        g_string_append(text, i > 0 ? ", " : "");
        tally_text(entry, text);
        g_string_append_printf(text, " x%u", entry->n);
    }
    return g_string_free(text, FALSE);
}

#define CHECK_TOP(tally, most, want)                       \
    do {                                                   \
        g_autofree char *got_ = top_text((tally), (most)); \
        g_assert_cmpstr(got_, ==, (want));                 \
    } while (0)

static void test_counts(void)
{
    struct tally *tally = tally_new();
    const struct tsm_tuple a = stories_tuple(1, 1000, 9, 80);
    const struct tsm_tuple b = stories_tuple(1, 1001, 9, 443);

    CHECK_TOP(tally, 3, "");
    g_assert_cmpuint(tally_size(tally), ==, 0);
    g_assert_cmpuint(tally_add(tally, &a, TSM_SERVER, true), ==, 1);
    g_assert_cmpuint(tally_add(tally, &b, TSM_SERVER, true), ==, 1);
    g_assert_cmpuint(tally_add(tally, &b, TSM_SERVER, true), ==, 2);
    CHECK_TOP(tally, 3, "10.0.0.9:443 x2, 10.0.0.9:80 x1");
    CHECK_TOP(tally, 1, "10.0.0.9:443 x2");
    CHECK_TOP(tally, 0, "");
    tally_free(tally);
    tally_free(NULL);
}

/* Without a port the ports do not count; an entry with one is another, even of port 0. */
static void test_ports(void)
{
    struct tally *tally = tally_new();
    const struct tsm_tuple a = stories_tuple(1, 1000, 9, 80);
    const struct tsm_tuple b = stories_tuple(1, 0, 8, 80);

    tally_add(tally, &a, TSM_CLIENT, false);
    g_assert_cmpuint(tally_add(tally, &b, TSM_CLIENT, false), ==, 2);
    g_assert_cmpuint(tally_add(tally, &b, TSM_CLIENT, true), ==, 1);
    CHECK_TOP(tally, 9, "10.0.0.1 x2, 10.0.0.1:0 x1");
    tally_free(tally);
}

/* Equal counts come in the order of address and port, IPv4 before IPv6, whatever came first. */
static void test_order(void)
{
    struct tally *tally = tally_new();
    struct tsm_tuple tuple = {.addr_len = 16, .src = {0}, .sport = 1};

    tally_add(tally, &tuple, TSM_CLIENT, true);
    for (unsigned i = 4; i > 0; i--) {
        tuple = stories_tuple((uint8_t)(1 + i % 2), (uint16_t)(10 * i), 9, 80);
        tally_add(tally, &tuple, TSM_CLIENT, true);
    }
    CHECK_TOP(tally, 9,
              "10.0.0.1:20 x1, 10.0.0.1:40 x1, 10.0.0.2:10 x1, 10.0.0.2:30 x1, [::]:1 x1");
    CHECK_TOP(tally, 2, "10.0.0.1:20 x1, 10.0.0.1:40 x1");
    tally_free(tally);
}

/* It grows at 8, 16, 32 ... and nothing is counted twice or lost. */
static void test_growth(void)
{
    struct tally *tally = tally_new();

    for (unsigned round = 1; round <= 3; round++) {
        for (unsigned i = 0; i < 1000; i++) {
            const struct tsm_tuple tuple = stories_tuple(1, (uint16_t)i, 9, 80);
            g_assert_cmpuint(tally_add(tally, &tuple, TSM_CLIENT, true), ==, round);
            g_assert_cmpuint(tally_size(tally), ==, round == 1 ? i + 1 : 1000);
        }
    }
    tally_free(tally);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tally/counts", test_counts);
    g_test_add_func("/tally/ports", test_ports);
    g_test_add_func("/tally/order", test_order);
    g_test_add_func("/tally/growth", test_growth);
    return g_test_run();
}
