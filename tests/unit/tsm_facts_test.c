/* tsm_facts_test.c - the facts of an endpoint: what conversations leave in them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "tsm_record.h"

#define MS G_GINT64_CONSTANT(1000000)

/* A conversation between C (10.0.0.1:40000, ISN 100) and S (10.0.0.2:80, ISN 500). */
struct talk {
    struct tsm_table *table;
    struct tsm_stream *stream;
    uint32_t frame;
};

static const struct tsm_tuple to_server = {
    .src = {10, 0, 0, 1}, .dst = {10, 0, 0, 2}, .sport = 40000, .dport = 80, .addr_len = 4};
static const struct tsm_tuple to_client = {
    .src = {10, 0, 0, 2}, .dst = {10, 0, 0, 1}, .sport = 80, .dport = 40000, .addr_len = 4};

static void begin(struct talk *talk, gconstpointer data)
{
    (void)data;
    talk->table = tsm_table_new(&tsm_model_default, &(const struct tsm_hash_key){1, 2});
    tsm_table_want(talk->table, TSM_EXTRA_SPENT);
}

static void end(struct talk *talk, gconstpointer data)
{
    (void)data;
    tsm_table_free(talk->table);
}

/* A segment of a side; numbers relative to the ISNs, `ms` from the start. Returns its frame. */
static uint32_t say(struct talk *talk, enum tsm_side side, int64_t ms, struct tsm_segment seg,
                    uint16_t window)
{
    struct tsm_fed fed;

    seg.seq += side == TSM_CLIENT ? 100 : 500;
    seg.ack += side == TSM_CLIENT ? 500 : 100;
    seg.window = window;
    seg.time_ns = ms * MS;
    seg.frame = ++talk->frame;
    tsm_table_feed(talk->table, side == TSM_CLIENT ? &to_server : &to_client, &seg, &fed);
    talk->stream = fed.stream;
    return seg.frame;
}

#define SAY(side, ms, ...) say(talk, side, ms, (struct tsm_segment){.ttl = 64, __VA_ARGS__}, 64240)
#define SAY_SHUT(side, ms, ...) say(talk, side, ms, (struct tsm_segment){.ttl = 64, __VA_ARGS__}, 0)

static void handshake(struct talk *talk)
{
    SAY(TSM_CLIENT, 0, .flags = TSM_SYN, .mss = 1460, .known = TSM_HAS_SACK_PERM);
    SAY(TSM_SERVER, 10, .flags = TSM_SYN | TSM_ACK, .ack = 1, .mss = 1400);
    SAY(TSM_CLIENT, 20, .flags = TSM_ACK, .seq = 1, .ack = 1);
}

static struct tsm_record_facts facts_of(struct talk *talk, enum tsm_side side)
{
    struct tsm_record record;

    tsm_record_of_facts(&record, talk->stream, side);
    return record.u.facts;
}

static void test_syn(struct talk *talk, gconstpointer data)
{
    (void)data;
    handshake(talk);
    const struct tsm_record_facts c = facts_of(talk, TSM_CLIENT), s = facts_of(talk, TSM_SERVER);
    g_assert_cmpuint(c.seen.first_flags, ==, TSM_SYN);
    g_assert_cmpuint(c.seen.syn_seq, ==, 100);
    g_assert_cmpuint(c.seen.mss, ==, 1460);
    g_assert_cmpuint(c.seen.offered, ==, TSM_HAS_SACK_PERM);
    g_assert_cmpuint(s.seen.mss, ==, 1400);
    g_assert_cmpuint(s.seen.isns, ==, 1);
    g_assert_cmpuint(c.next_seq, ==, 101);
    g_assert_cmpuint(c.first_data_frame, ==, 0);
    g_assert_cmpuint(c.last_frame, ==, 3);
}

static void test_other_isn(struct talk *talk, gconstpointer data)
{
    (void)data;
    SAY(TSM_CLIENT, 0, .flags = TSM_SYN);
    SAY(TSM_SERVER, 10, .flags = TSM_SYN | TSM_ACK, .ack = 1);
    SAY(TSM_SERVER, 11, .flags = TSM_SYN | TSM_ACK, .ack = 1, .seq = 7777);
    g_assert_cmpuint(facts_of(talk, TSM_SERVER).seen.isns, ==, 2);
}

/* A RST ends the attempt: the next SYN-ACK answers another SYN. */
static void test_other_attempt(struct talk *talk, gconstpointer data)
{
    (void)data;
    SAY(TSM_CLIENT, 0, .flags = TSM_SYN);
    SAY(TSM_SERVER, 10, .flags = TSM_SYN | TSM_ACK, .ack = 1);
    SAY(TSM_CLIENT, 11, .flags = TSM_RST, .seq = 1);
    SAY(TSM_CLIENT, 20, .flags = TSM_SYN);
    SAY(TSM_SERVER, 30, .flags = TSM_SYN | TSM_ACK, .ack = 1, .seq = 7777);
    g_assert_cmpuint(facts_of(talk, TSM_SERVER).seen.isns, ==, 1);
}

/* Whose IP identification a RST of the client has. */
static unsigned reset_with_id(struct talk *talk, uint16_t id)
{
    SAY(TSM_CLIENT, 0, .flags = TSM_SYN, .ip_id = 65535);
    SAY(TSM_SERVER, 10, .flags = TSM_SYN | TSM_ACK, .ack = 1, .ip_id = 7000);
    SAY(TSM_CLIENT, 20, .flags = TSM_ACK, .seq = 1, .ack = 1, .ip_id = 0xfffe);
    SAY(TSM_SERVER, 30, .flags = TSM_ACK, .seq = 1, .ack = 1, .payload = 9, .ip_id = 7001);
    SAY(TSM_CLIENT, 40, .flags = TSM_RST, .seq = 1, .ip_id = id);
    return facts_of(talk, TSM_CLIENT).seen.rst_signs;
}

static void test_reset_own_id(struct talk *talk, gconstpointer data)
{
    (void)data;
    g_assert_cmpuint(reset_with_id(talk, 14), ==, TSM_RST_BARE | TSM_RST_OWN_ID);
}

static void test_reset_peers_id(struct talk *talk, gconstpointer data)
{
    (void)data;
    g_assert_cmpuint(reset_with_id(talk, 7001), ==, TSM_RST_BARE | TSM_RST_PEERS_ID);
}

static void test_reset_any_id(struct talk *talk, gconstpointer data)
{
    (void)data;
    g_assert_cmpuint(reset_with_id(talk, 15), ==, TSM_RST_BARE);
}

/* The same data again and again, whatever else the peer says; then it is acknowledged. */
static void test_stuck(struct talk *talk, gconstpointer data)
{
    (void)data;
    handshake(talk);
    SAY(TSM_SERVER, 30, .flags = TSM_ACK, .seq = 1, .ack = 1, .payload = 1448);
    SAY(TSM_SERVER, 31, .flags = TSM_ACK, .seq = 1449, .ack = 1, .payload = 300);
    SAY(TSM_CLIENT, 40, .flags = TSM_ACK, .seq = 1, .ack = 1, .known = TSM_HAS_SACK,
        .sack_left = 1449 + 500, .sack_right = 1749 + 500);
    SAY(TSM_SERVER, 230, .flags = TSM_ACK, .seq = 1, .ack = 1, .payload = 1448);
    SAY(TSM_CLIENT, 240, .flags = TSM_ACK, .seq = 1, .ack = 1, .payload = 5);
    SAY(TSM_SERVER, 630, .flags = TSM_ACK, .seq = 1, .ack = 6, .payload = 1448);
    const struct tsm_record_facts stuck = facts_of(talk, TSM_SERVER);
    g_assert_cmpuint(stuck.seen.stuck.count, ==, 2);
    g_assert_cmpuint(stuck.seen.stuck_payload, ==, 1448);
    g_assert_cmpuint(stuck.seen.sacked, ==, 300);
    SAY(TSM_CLIENT, 640, .flags = TSM_ACK, .seq = 6, .ack = 1749);
    const struct tsm_record_facts freed = facts_of(talk, TSM_SERVER);
    g_assert_cmpuint(freed.seen.stuck.count, ==, 0);
    g_assert_cmpint(freed.seen.stall_ns, ==, 609 * MS);
    g_assert_cmpuint(freed.seen.stall_frame, ==, stuck.seen.stuck.first_frame);
}

/* One byte into a closed window, again and again, is a probe. */
static void test_probe_with_data(struct talk *talk, gconstpointer data)
{
    (void)data;
    handshake(talk);
    SAY(TSM_CLIENT, 30, .flags = TSM_ACK, .seq = 1, .ack = 1, .payload = 100);
    SAY_SHUT(TSM_SERVER, 40, .flags = TSM_ACK, .seq = 1, .ack = 101);
    for (int i = 1; i <= 3; i++) {
        SAY(TSM_CLIENT, 1000 * i, .flags = TSM_ACK, .seq = 101, .ack = 1, .payload = 1);
        SAY_SHUT(TSM_SERVER, 1000 * i + 10, .flags = TSM_ACK, .seq = 1, .ack = 101);
    }
    g_assert_cmpuint(talk->stream->conn->ep[TSM_CLIENT].retransmissions, ==, 0);
    SAY(TSM_SERVER, 4000, .flags = TSM_ACK, .seq = 1, .ack = 102);
    g_assert_cmpint(facts_of(talk, TSM_SERVER).seen.closed_ns, ==, 3960 * MS);
}

/* Small data behind small data waits for a delayed ACK (Nagle); larger data does not. */
static unsigned held_behind(struct talk *talk, uint32_t payload, int64_t ack_ms)
{
    handshake(talk);
    SAY(TSM_CLIENT, 100, .flags = TSM_ACK, .seq = 1, .ack = 1, .payload = payload);
    SAY(TSM_SERVER, ack_ms, .flags = TSM_ACK, .seq = 1, .ack = 1 + payload);
    SAY(TSM_CLIENT, ack_ms + 1, .flags = TSM_ACK, .seq = 1 + payload, .ack = 1, .payload = 50);
    return facts_of(talk, TSM_CLIENT).seen.held;
}

static void test_held(struct talk *talk, gconstpointer data)
{
    (void)data;
    g_assert_cmpuint(held_behind(talk, 80, 140), ==, 1);
    g_assert_cmpint(facts_of(talk, TSM_CLIENT).seen.held_ns, ==, 30 * MS); /* but for the way */
}

static void test_held_by_large(struct talk *talk, gconstpointer data)
{
    (void)data;
    g_assert_cmpuint(held_behind(talk, 1448, 140), ==, 0);
}

static void test_held_by_path(struct talk *talk, gconstpointer data)
{
    (void)data;
    g_assert_cmpuint(held_behind(talk, 80, 120), ==, 0);
}

/* Captured near the receiver, with the sender 80 ms away: what comes that long after the late
 * acknowledgment comes at once; what comes later was not held by it. */
static unsigned held_far_away(struct talk *talk, int64_t data_ms)
{
    SAY(TSM_CLIENT, 0, .flags = TSM_SYN);
    SAY(TSM_SERVER, 1, .flags = TSM_SYN | TSM_ACK, .ack = 1);
    SAY(TSM_CLIENT, 81, .flags = TSM_ACK, .seq = 1, .ack = 1);
    SAY(TSM_CLIENT, 100, .flags = TSM_ACK, .seq = 1, .ack = 1, .payload = 80);
    SAY(TSM_SERVER, 140, .flags = TSM_ACK, .seq = 1, .ack = 81);
    SAY(TSM_CLIENT, data_ms, .flags = TSM_ACK, .seq = 81, .ack = 1, .payload = 50);
    return facts_of(talk, TSM_CLIENT).seen.held;
}

static void test_held_far_away(struct talk *talk, gconstpointer data)
{
    (void)data;
    g_assert_cmpuint(held_far_away(talk, 221), ==, 1);
}

static void test_not_held_far_away(struct talk *talk, gconstpointer data)
{
    (void)data;
    g_assert_cmpuint(held_far_away(talk, 260), ==, 0);
}

/* Blocks of numbers that nobody sent. */
static void test_sack_outside(struct talk *talk, gconstpointer data)
{
    (void)data;
    handshake(talk);
    SAY(TSM_SERVER, 30, .flags = TSM_ACK, .seq = 1, .ack = 1, .payload = 1448);
    const uint32_t frame =
        SAY(TSM_CLIENT, 40, .flags = TSM_ACK, .seq = 1, .ack = 1449, .known = TSM_HAS_SACK,
            .sack_left = 800000000, .sack_right = 800001448);
    g_assert_cmpuint(facts_of(talk, TSM_CLIENT).seen.sack_outside, ==, 1);
    g_assert_cmpuint(facts_of(talk, TSM_CLIENT).seen.sack_frame, ==, frame);
}

static void test_turns(struct talk *talk, gconstpointer data)
{
    (void)data;
    handshake(talk);
    SAY(TSM_CLIENT, 30, .flags = TSM_ACK, .seq = 1, .ack = 1, .payload = 100);
    SAY(TSM_CLIENT, 31, .flags = TSM_ACK, .seq = 101, .ack = 1, .payload = 50);
    SAY(TSM_SERVER, 40, .flags = TSM_ACK, .seq = 1, .ack = 151, .payload = 10);
    const uint32_t last =
        SAY(TSM_CLIENT, 50, .flags = TSM_ACK, .seq = 151, .ack = 11, .payload = 120);
    const struct tsm_record_facts c = facts_of(talk, TSM_CLIENT);
    g_assert_cmpuint(c.seen.turns, ==, 2);
    g_assert_cmpuint(c.seen.largest, ==, 120);
    g_assert_cmpuint(c.seen.largest_acked, ==, 100);
    g_assert_cmpuint(c.seen.last_data_frame, ==, last);
    g_assert_cmpuint(c.unacked, ==, 120);
    g_assert_cmpuint(facts_of(talk, TSM_SERVER).seen.turns, ==, 1);
}

/* A silence that the peer answers is survived; one that it does not answer is not. */
static void test_pauses(struct talk *talk, gconstpointer data)
{
    (void)data;
    handshake(talk);
    SAY(TSM_CLIENT, 5020, .flags = TSM_ACK, .seq = 1, .ack = 1, .payload = 10);
    const uint32_t answer = SAY(TSM_SERVER, 5030, .flags = TSM_ACK, .seq = 1, .ack = 11);
    const uint32_t second =
        SAY(TSM_CLIENT, 95030, .flags = TSM_ACK, .seq = 11, .ack = 1, .payload = 10);
    const uint32_t again =
        SAY(TSM_CLIENT, 97030, .flags = TSM_ACK, .seq = 11, .ack = 1, .payload = 10);
    SAY(TSM_SERVER, 97040, .flags = TSM_RST, .seq = 1);
    const struct tsm_record_facts c = facts_of(talk, TSM_CLIENT), s = facts_of(talk, TSM_SERVER);
    g_assert_cmpint(c.seen.survived_ns, ==, 5000 * MS);
    g_assert_cmpint(c.seen.unanswered.ns, ==, 90000 * MS);
    g_assert_cmpuint(c.seen.unanswered.frame, ==, answer);
    g_assert_cmpuint(c.seen.unanswered.end_frame, ==, second);
    g_assert_cmpuint(c.seen.repeats.count, ==, 1);
    g_assert_cmpuint(c.seen.repeats.first_frame, ==, again);
    g_assert_cmpuint(c.seen.repeated_payload, ==, 10);
    g_assert_cmpuint(s.seen.rst_signs, ==, TSM_RST_BARE);
    g_assert_cmpuint(s.seen.ttl_most, ==, 64);
    g_assert_cmpuint(s.seen.rst_ttl_least, ==, 64);
}

static void test_repeats_answered(struct talk *talk, gconstpointer data)
{
    (void)data;
    handshake(talk);
    SAY(TSM_CLIENT, 30, .flags = TSM_ACK, .seq = 1, .ack = 1, .payload = 10);
    for (int64_t ms = 230; ms < 1000; ms += 200) {
        SAY(TSM_CLIENT, ms, .flags = TSM_ACK, .seq = 1, .ack = 1, .payload = 10);
    }
    g_assert_cmpuint(facts_of(talk, TSM_CLIENT).seen.repeats.count, ==, 4);
    SAY(TSM_SERVER, 1000, .flags = TSM_ACK, .seq = 1, .ack = 11);
    g_assert_cmpuint(facts_of(talk, TSM_CLIENT).seen.repeats.count, ==, 0);
}

static void test_window(struct talk *talk, gconstpointer data)
{
    (void)data;
    handshake(talk);
    SAY(TSM_CLIENT, 30, .flags = TSM_ACK, .seq = 1, .ack = 1, .payload = 10);
    const uint32_t closed = SAY_SHUT(TSM_SERVER, 40, .flags = TSM_ACK, .seq = 1, .ack = 11);
    SAY(TSM_CLIENT, 240, .flags = TSM_ACK, .seq = 10, .ack = 1);
    SAY_SHUT(TSM_SERVER, 250, .flags = TSM_ACK, .seq = 1, .ack = 11);
    g_assert_cmpint(facts_of(talk, TSM_SERVER).seen.closed_since_ns, ==, 40 * MS);
    SAY(TSM_SERVER, 440, .flags = TSM_ACK, .seq = 1, .ack = 11);
    const struct tsm_record_facts s = facts_of(talk, TSM_SERVER);
    g_assert_cmpint(s.seen.closed_since_ns, ==, 0);
    g_assert_cmpint(s.seen.closed_longest_ns, ==, 400 * MS);
    g_assert_cmpuint(s.seen.closed_window.count, ==, 1);
    g_assert_cmpuint(s.seen.closed_window.frame, ==, closed);
}

/* Data that crosses the FIN, then data by one who knows of it. */
static void test_after_fin(struct talk *talk, gconstpointer data)
{
    (void)data;
    handshake(talk);
    SAY(TSM_SERVER, 30, .flags = TSM_FIN | TSM_ACK, .seq = 1, .ack = 1);
    const uint32_t crossed =
        SAY(TSM_CLIENT, 31, .flags = TSM_ACK, .seq = 1, .ack = 1, .payload = 10);
    const uint32_t knowing =
        SAY(TSM_CLIENT, 50, .flags = TSM_ACK, .seq = 11, .ack = 2, .payload = 10);
    const struct tsm_record_facts c = facts_of(talk, TSM_CLIENT);
    g_assert_cmpuint(c.seen.crossed_fin.count, ==, 1);
    g_assert_cmpuint(c.seen.crossed_fin.frame, ==, crossed);
    g_assert_cmpuint(c.seen.after_fin.count, ==, 1);
    g_assert_cmpuint(c.seen.after_fin.frame, ==, knowing);
}

/* Octets in holes that are acknowledged were not captured; those captured between them were. */
static void test_unseen(struct talk *talk, gconstpointer data)
{
    (void)data;
    handshake(talk);
    SAY(TSM_CLIENT, 30, .flags = TSM_ACK, .seq = 101, .ack = 1, .payload = 50);
    SAY(TSM_SERVER, 40, .flags = TSM_ACK, .seq = 1, .ack = 161);
    g_assert_cmpuint(facts_of(talk, TSM_CLIENT).seen.unseen, ==, 110);
    g_assert_cmpuint(facts_of(talk, TSM_SERVER).seen.unseen, ==, 0);
}

static void test_icmp(struct talk *talk, gconstpointer data)
{
    const struct tsm_icmp_error too_big = {.type = 3, .code = 4, .mtu = 1400};
    const struct tsm_icmp_error smaller = {.type = 3, .code = 4, .mtu = 1280};
    const struct tsm_icmp_error prohibited = {.type = 3, .code = 13, .fatal = true};
    const struct tsm_segment quoted = {.frame = 7, .seq = 100, .time_ns = 30 * MS};
    struct tsm_fed fed;

    (void)data;
    handshake(talk);
    tsm_table_quote(talk->table, &to_server, &quoted, false, &too_big, &fed);
    g_assert_cmpuint(facts_of(talk, TSM_CLIENT).seen.icmp.code, ==, 4);
    tsm_table_quote(talk->table, &to_server, &quoted, false, &smaller, &fed);
    tsm_table_quote(talk->table, &to_server, &quoted, false, &too_big, &fed);
    g_assert_cmpuint(facts_of(talk, TSM_CLIENT).seen.icmp.mtu, ==, 1280);
    tsm_table_quote(talk->table, &to_server, &quoted, false, &prohibited, &fed);
    tsm_table_quote(talk->table, &to_server, &quoted, false, &too_big, &fed);
    g_assert_cmpuint(facts_of(talk, TSM_CLIENT).seen.icmp.code, ==, 13);
    g_assert_cmpuint(facts_of(talk, TSM_CLIENT).seen.icmp_frame, ==, 7);
    g_assert_cmpuint(facts_of(talk, TSM_SERVER).seen.icmp_frame, ==, 0);
}

static void test_backwards(struct talk *talk, gconstpointer data)
{
    (void)data;
    handshake(talk);
    SAY(TSM_SERVER, 15, .flags = TSM_ACK, .seq = 1, .ack = 1, .payload = 5);
    g_assert_cmpuint(facts_of(talk, TSM_SERVER).seen.backwards, ==, 1);
    g_assert_cmpuint(facts_of(talk, TSM_CLIENT).seen.backwards, ==, 0);
}

static void test_arrival(struct talk *talk, gconstpointer data)
{
    const struct tsm_segment right = {.flags = TSM_ACK,
                                      .seq = 1,
                                      .ack = 1,
                                      .ip_id = 9,
                                      .checksum = TSM_CHECKSUM_RIGHT,
                                      .path = tsm_path(10, 0)};
    struct tsm_segment copy = right, wrong = right, partial = right;

    (void)data;
    handshake(talk); /* its paths and checksums are not known */
    say(talk, TSM_CLIENT, 30, right, 64240);
    copy.path = tsm_path(20, 0);
    const uint32_t copied = say(talk, TSM_CLIENT, 30, copy, 64240);
    wrong.checksum = TSM_CHECKSUM_WRONG;
    wrong.ip_id = 10;
    const uint32_t damaged = say(talk, TSM_CLIENT, 40, wrong, 64240);
    partial.checksum = TSM_CHECKSUM_PARTIAL;
    partial.ip_id = 11;
    say(talk, TSM_CLIENT, 50, partial, 64240);
    const struct tsm_facts facts = facts_of(talk, TSM_CLIENT).seen;
    g_assert_cmpuint(facts.path, ==, tsm_path(10, 0));
    g_assert_cmpuint(facts.other_paths, ==, 1);
    g_assert_cmpuint(facts.other_path_frame, ==, copied);
    g_assert_cmpuint(facts.checked, ==, 4);
    g_assert_cmpuint(facts.partial, ==, 1);
    g_assert_cmpuint(facts.wrong, ==, 1);
    g_assert_cmpuint(facts.wrong_frame, ==, damaged);
    g_assert_cmpuint(facts_of(talk, TSM_SERVER).seen.checked, ==, 0);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*test)(struct talk *talk, gconstpointer data);
    } tests[] = {
        {"syn", test_syn},
        {"other-isn", test_other_isn},
        {"other-attempt", test_other_attempt},
        {"reset-own-id", test_reset_own_id},
        {"reset-peers-id", test_reset_peers_id},
        {"reset-any-id", test_reset_any_id},
        {"stuck", test_stuck},
        {"probe-with-data", test_probe_with_data},
        {"held", test_held},
        {"held-by-large", test_held_by_large},
        {"held-by-path", test_held_by_path},
        {"held-far-away", test_held_far_away},
        {"not-held-far-away", test_not_held_far_away},
        {"sack-outside", test_sack_outside},
        {"turns", test_turns},
        {"pauses", test_pauses},
        {"repeats-answered", test_repeats_answered},
        {"window", test_window},
        {"after-fin", test_after_fin},
        {"unseen", test_unseen},
        {"icmp", test_icmp},
        {"backwards", test_backwards},
        {"arrival", test_arrival},
    };

    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
        g_autofree char *path = g_strconcat("/facts/", tests[i].name, NULL);
        g_test_add(path, struct talk, NULL, begin, tests[i].test, end);
    }
    return g_test_run();
}
