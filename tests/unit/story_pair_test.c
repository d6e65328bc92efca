/* story_pair_test.c - postproc/story/pair.c: the same connections captured at both ends.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "pair.h"
#include "stories.h"

static Story *story(void)
{
    const struct story_wants wants = {.segments_of = TSM_NO_STREAM, .keeps_facts = true};

    return story_new("x", &wants);
}

/* The client's first sequence number; without it the SYN was not captured. */
static void syn(Story *in, guint stream, uint32_t seq)
{
    const struct tsm_record record = {
        .type = TSM_RECORD_FACTS,
        .u.facts = {.seen = {.isns = 1, .syn_seq = seq}, .stream = stream, .side = TSM_CLIENT},
    };

    stories_record(in, &record);
}

static void segment(Story *in, guint stream, enum tsm_side sender, uint16_t flags)
{
    const struct tsm_record record = {
        .type = TSM_RECORD_SEGMENT,
        .u.segment = {.stream = stream, .frame = 7, .sender = (uint8_t)sender, .flags = flags},
    };

    stories_record(in, &record);
}

static const struct pair *at(const GArray *pairs, guint i)
{
    return &g_array_index(pairs, struct pair, i);
}

static const char *verdict(const GArray *pairs, guint i)
{
    return pair_verdict_word(at(pairs, i)->verdict);
}

/* The SYN's number says which belong together, behind a NAT too; without it the addresses do. */
static void test_belonging(void)
{
    g_autoptr(Story) client = story(), server = story();
    const struct tsm_tuple inner = stories_tuple(1, 1000, 9, 80);
    const struct tsm_tuple outer = stories_tuple(2, 2000, 9, 80);
    const struct tsm_tuple other = stories_tuple(3, 3000, 9, 80);

    stories_add(client, &inner, 10);
    syn(client, 0, 111);
    stories_add(client, &other, 10); /* its SYN was not captured at either end */
    stories_add(client, &inner, 20);
    syn(client, 2, 222); /* did not arrive */
    stories_add(server, &other, 10);
    stories_add(server, &inner, 10); /* the same addresses, but not its SYN */
    syn(server, 1, 333);
    stories_add(server, &outer, 10);
    syn(server, 2, 111);

    g_autoptr(GArray) pairs = pairs_of(client, server);
    g_assert_cmpuint(pairs->len, ==, 4);
    g_assert_true(at(pairs, 0)->connection[TSM_SERVER] == story_connection(server, 2));
    g_assert_true(at(pairs, 1)->connection[TSM_SERVER] == story_connection(server, 0));
    g_assert_null(at(pairs, 2)->connection[TSM_SERVER]);
    g_assert_cmpstr(verdict(pairs, 2), ==, "client_only");
    g_assert_null(at(pairs, 3)->connection[TSM_CLIENT]);
    g_assert_true(at(pairs, 3)->connection[TSM_SERVER] == story_connection(server, 1));
    g_assert_cmpstr(verdict(pairs, 3), ==, "server_only");
}

/* Each belongs to one at most: the first. */
static void test_twice(void)
{
    g_autoptr(Story) client = story(), server = story();
    const struct tsm_tuple tuple = stories_tuple(1, 1000, 9, 80);

    stories_add(client, &tuple, 10);
    stories_add(client, &tuple, 20);
    stories_add(server, &tuple, 10);
    g_autoptr(GArray) pairs = pairs_of(client, server);
    g_assert_cmpuint(pairs->len, ==, 2);
    g_assert_nonnull(at(pairs, 0)->connection[TSM_SERVER]);
    g_assert_cmpstr(verdict(pairs, 1), ==, "client_only");
    g_autoptr(GArray) reversed = pairs_of(server, client);
    g_assert_cmpuint(reversed->len, ==, 2);
    g_assert_true(at(reversed, 0)->connection[TSM_SERVER] == story_connection(client, 0));
    g_autoptr(Story) empty = story();
    g_autoptr(GArray) none = pairs_of(empty, empty);
    g_assert_cmpuint(none->len, ==, 0);
}

/* A pair with these last states, each by the capture made at that end. */
static enum pair_verdict judge(enum tsm_state client_state, enum tsm_state server_state)
{
    g_autoptr(Story) client = story(), server = story();
    const struct tsm_tuple tuple = stories_tuple(1, 1000, 9, 80);

    stories_add(client, &tuple, 10);
    stories_add(server, &tuple, 10);
    stories_state(client, 0, TSM_CLIENT, 10, client_state);
    stories_state(client, 0, TSM_SERVER, 10, TSM_CLOSED); /* hearsay: does not count */
    stories_state(server, 0, TSM_SERVER, 10, server_state);
    g_autoptr(GArray) pairs = pairs_of(client, server);
    return at(pairs, 0)->verdict;
}

/* In conflict are an end that counts on its peer and a peer that is not there. */
static void test_minds(void)
{
    g_assert_cmpint(judge(TSM_ESTABLISHED, TSM_ESTABLISHED), ==, PAIR_AGREE);
    g_assert_cmpint(judge(TSM_ESTABLISHED, TSM_CLOSED), ==, PAIR_CONFLICT);
    g_assert_cmpint(judge(TSM_CLOSED, TSM_CLOSE_WAIT), ==, PAIR_CONFLICT);
    g_assert_cmpint(judge(TSM_ESTABLISHED, TSM_SYN_RCVD), ==, PAIR_CONFLICT);
    g_assert_cmpint(judge(TSM_FIN_WAIT_2, TSM_LISTEN), ==, PAIR_CONFLICT);
    g_assert_cmpint(judge(TSM_TIME_WAIT, TSM_CLOSED), ==, PAIR_AGREE);
    g_assert_cmpint(judge(TSM_LAST_ACK, TSM_CLOSED), ==, PAIR_AGREE); /* about to close */
    g_assert_cmpint(judge(TSM_CLOSED, TSM_LISTEN), ==, PAIR_AGREE);
    g_assert_cmpint(judge(TSM_UNKNOWN, TSM_CLOSED), ==, PAIR_AGREE); /* nobody knows */
}

/* What left one end and did not arrive was lost; what arrived and never left came from between. */
static void test_losses(void)
{
    static const struct {
        uint32_t at_client[2], at_server[2], lost[2], added[2];
    } rows[] = {
        {{5, 4}, {5, 4}, {0, 0}, {0, 0}},
        {{5, 4}, {4, 4}, {1, 0}, {0, 0}},
        {{5, 3}, {5, 4}, {0, 1}, {0, 0}},
        {{5, 5}, {7, 4}, {0, 0}, {2, 1}},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Story) client = story(), server = story();
        const struct tsm_tuple tuple = stories_tuple(1, 1000, 9, 80);
        stories_add(client, &tuple, 10);
        stories_add(server, &tuple, 10);
        stories_end(client, 0, 20, rows[i].at_client);
        stories_end(server, 0, 20, rows[i].at_server);
        g_autoptr(GArray) pairs = pairs_of(client, server);
        for (unsigned side = 0; side < 2; side++) {
            g_assert_cmpuint(at(pairs, 0)->lost[side], ==, rows[i].lost[side]);
            g_assert_cmpuint(at(pairs, 0)->added[side], ==, rows[i].added[side]);
        }
    }
}

/* Of several explanations the best is told: a RST from between before one that was lost. */
static void test_cause(void)
{
    const struct tsm_tuple tuple = stories_tuple(1, 1000, 9, 80);
    g_autoptr(Story) client = story(), server = story();

    stories_add(client, &tuple, 10);
    stories_add(server, &tuple, 10);
    g_autoptr(GArray) same = pairs_of(client, server);
    g_assert_cmpstr(at(same, 0)->cause, ==, "");
    segment(client, 0, TSM_CLIENT, TSM_FIN | TSM_ACK);
    g_autoptr(GArray) fin = pairs_of(client, server);
    g_assert_cmpstr(at(fin, 0)->cause, ==, "a FIN of the client was lost");
    segment(server, 0, TSM_SERVER, TSM_RST);
    g_autoptr(GArray) rst = pairs_of(client, server);
    g_assert_cmpstr(at(rst, 0)->cause, ==, "the server's RST was lost");
    segment(server, 0, TSM_CLIENT, TSM_RST);
    g_autoptr(GArray) forged = pairs_of(client, server);
    g_assert_cmpstr(at(forged, 0)->cause, ==, "a RST in the client's name came from between");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pair/belonging", test_belonging);
    g_test_add_func("/pair/twice", test_twice);
    g_test_add_func("/pair/minds", test_minds);
    g_test_add_func("/pair/losses", test_losses);
    g_test_add_func("/pair/cause", test_cause);
    return g_test_run();
}
