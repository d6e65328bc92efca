/* community_id_test.c - postproc/story/community_id.c against the published test vectors.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _POSIX_C_SOURCE 200809L
#include "../../postproc/story/community_id.c"

#include <arpa/inet.h>

/* baseline/baseline_deflt.json of https://github.com/corelight/community-id-spec: its rows of
 * protocol 6, seed 0; and the id of two ends on one address, which only ports order, as Wireshark
 * computes it. */
static const struct {
    const char *source;
    uint16_t sport;
    const char *destination;
    uint16_t dport;
    const char *id;
} rows[] = {
    {"2001:470:e5bf:dead:4957:2174:e82c:4887", 63943, "2607:f8b0:400c:c03::1a", 25,
     "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4="},
    {"2607:f8b0:400c:c03::1a", 25, "2001:470:e5bf:dead:4957:2174:e82c:4887", 63943,
     "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4="},
    {"128.232.110.120", 34855, "66.35.250.204", 80, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
    {"66.35.250.204", 80, "128.232.110.120", 34855, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
    {"127.0.0.1", 42634, "127.0.0.1", 9502, "1:DvFOWrImf0pBmA9ZzE4B2LRbvYA="},
    {"127.0.0.1", 9502, "127.0.0.1", 42634, "1:DvFOWrImf0pBmA9ZzE4B2LRbvYA="},
};

static void read_address(const char *text, uint8_t *address, uint8_t *length)
{
    const bool v6 = strchr(text, ':') != NULL;

    *length = v6 ? 16 : 4;
    g_assert_cmpint(inet_pton(v6 ? AF_INET6 : AF_INET, text, address), ==, 1);
}

static void test_vectors(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct tsm_tuple tuple = {.sport = rows[i].sport, .dport = rows[i].dport};
        g_autoptr(GString) id = g_string_new(NULL);
        read_address(rows[i].source, tuple.src, &tuple.addr_len);
        read_address(rows[i].destination, tuple.dst, &tuple.addr_len);
        community_id(id, &tuple);
        g_assert_cmpstr(id->str, ==, rows[i].id);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/community_id/vectors", test_vectors);
    return g_test_run();
}
