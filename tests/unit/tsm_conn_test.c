/* tsm_conn_test.c - what must hold of a connection whatever segments it is fed.
 *
 * The sequences come from traffic.c. What single segments mean is tested by scenarios.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>
#include <string.h>

#include "traffic.h"

/* ---- verdicts as text, so that a difference can be read ---- */

static void append_belief(GString *text, const struct tsm_belief *b)
{
    char set[TSM_SET_TEXT];

    g_string_append_printf(text, " %s(%s){%s}", tsm_state_name((enum tsm_state)b->state),
                           tsm_basis_name((enum tsm_basis)b->basis),
                           tsm_set_text(b->possible, set, sizeof set));
}

static void append_beliefs(GString *text, const struct tsm_belief *beliefs)
{
    append_belief(text, &beliefs[TSM_CLIENT]);
    append_belief(text, &beliefs[TSM_SERVER]);
}

static void append_verdict(GString *text, const struct tsm_verdict *v)
{
    char step[TSM_STEP_TEXT];

    g_string_append_printf(text, "%s %s", tsm_side_name((enum tsm_side)v->sender),
                           tsm_action_name((enum tsm_action)v->action));
    append_beliefs(text, v->before);
    g_string_append(text, " ->");
    append_beliefs(text, v->after);
    g_string_append_printf(text, " %s notes %x call %u changed %d completes %d\n",
                           tsm_step_text(v->open_step, v->close_steps, step, sizeof step), v->notes,
                           v->call, v->changed, v->completes_handshake);
}

static void append_changes(GString *text, const struct tsm_verdict *v)
{
    for (unsigned i = 0; i < v->n_changes; i++) {
        const struct tsm_change *c = &v->changes[i];
        g_string_append_printf(text, "    %u %s from %u by %u\n", c->side,
                               tsm_state_name((enum tsm_state)c->state), c->from_frame, c->cause);
    }
}

/* ---- feeding ---- */

static void start(struct tsm_conn *conn, const struct sequence *s, unsigned end)
{
    tsm_conn_init(conn, 0, &s->sent[0].seg, end, 40000, 80);
}

/* What the engine says of a whole sequence, `flip` exchanging the ends. Free with g_free(). */
static char *told_of(const struct sequence *s, unsigned flip)
{
    GString *text = g_string_new(NULL);
    struct tsm_verdict verdict;
    struct tsm_conn conn;

    start(&conn, s, s->sent[0].end ^ flip);
    for (unsigned i = 0; i < s->length; i++) {
        tsm_conn_feed(&conn, &tsm_model_default, &s->sent[i].seg, s->sent[i].end ^ flip, &verdict);
        g_string_append_printf(text, "%u ", i + 1);
        append_verdict(text, &verdict);
        append_changes(text, &verdict);
    }
    return g_string_free(text, FALSE);
}

/* Both texts must be equal; the first line that differs is shown. */
static void assert_same(const char *expected, const char *got)
{
    g_auto(GStrv) a = g_strsplit(expected, "\n", -1);
    g_auto(GStrv) b = g_strsplit(got, "\n", -1);

    for (unsigned i = 0; a[i] != NULL && b[i] != NULL; i++) {
        if (strcmp(a[i], b[i]) != 0) {
            g_test_message("expected %s", a[i]);
            g_test_message("got      %s", b[i]);
            g_test_fail();
            return;
        }
    }
    g_assert_cmpstr(expected, ==, got);
}

/* ---- the properties ---- */

/* Which of the two ends of the address pair is which says nothing. */
static void mirrored(const struct sequence *s, GRand *rand)
{
    g_autofree char *expected = told_of(s, 0);
    g_autofree char *got = told_of(s, 1);

    (void)rand;
    assert_same(expected, got);
}

static void test_mirror(void)
{
    traffic_for_all(mirrored);
}

/* Initial sequence numbers say nothing, wherever they are on the circle. */
static void shifted(const struct sequence *s, GRand *rand)
{
    const uint32_t by[2] = {g_rand_int(rand), g_rand_int(rand)};
    struct sequence moved = *s;

    for (unsigned i = 0; i < moved.length; i++) {
        struct sent *sent = &moved.sent[i];
        sent->seg.seq += by[sent->end];
        if (tsm_has(&sent->seg, TSM_ACK)) {
            sent->seg.ack += by[1 - sent->end];
        }
        sent->seg.sack_left += by[1 - sent->end];
        sent->seg.sack_right += by[1 - sent->end];
    }
    g_autofree char *expected = told_of(s, 0);
    g_autofree char *got = told_of(&moved, 0);
    assert_same(expected, got);
}

static void test_shift(void)
{
    traffic_for_all(shifted);
}

/* Nor does the time of day, or the number of the first frame. */
static void postponed(const struct sequence *s, GRand *rand)
{
    const int64_t by_ns = NS_PER_MS * g_rand_int_range(rand, 1, INT32_MAX);
    struct sequence moved = *s;

    for (unsigned i = 0; i < moved.length; i++) {
        moved.sent[i].seg.time_ns += by_ns;
    }
    g_autofree char *expected = told_of(s, 0);
    g_autofree char *got = told_of(&moved, 0);
    assert_same(expected, got);
}

static void test_time_of_day(void)
{
    traffic_for_all(postponed);
}

static bool same_belief(const struct tsm_belief *a, const struct tsm_belief *b)
{
    return a->state == b->state && a->basis == b->basis && a->possible == b->possible;
}

static void assert_same_beliefs(const struct tsm_belief *expected, const struct tsm_belief *got,
                                unsigned frame)
{
    if (!same_belief(&expected[0], &got[0]) || !same_belief(&expected[1], &got[1])) {
        g_autoptr(GString) text = g_string_new("expected");
        append_beliefs(text, expected);
        g_string_append(text, ", got");
        append_beliefs(text, got);
        g_test_message("frame %u: %s", frame, text->str);
        g_test_fail();
    }
}

/* A segment captured twice (100 us later, TTL one less) does no more than the time that passes. */
static void duplicated(const struct sequence *s, GRand *rand)
{
    struct tsm_verdict verdict, twice;
    struct tsm_conn conn, doubled;

    (void)rand;
    start(&conn, s, s->sent[0].end);
    start(&doubled, s, s->sent[0].end);
    for (unsigned i = 0; i < s->length && !g_test_failed(); i++) {
        struct tsm_segment copy = s->sent[i].seg;
        copy.time_ns += NS_PER_MS / 10;
        copy.ttl--;
        tsm_conn_feed(&conn, &tsm_model_default, &s->sent[i].seg, s->sent[i].end, &verdict);
        tsm_conn_feed(&doubled, &tsm_model_default, &s->sent[i].seg, s->sent[i].end, &verdict);
        assert_same_beliefs(conn.belief, doubled.belief, i + 1);
        tsm_conn_advance(&conn, &tsm_model_default, copy.time_ns, &verdict);
        tsm_conn_feed(&doubled, &tsm_model_default, &copy, s->sent[i].end, &twice);
        if ((twice.notes & TSM_NOTE_DUPLICATE) == 0 || twice.changed) {
            g_test_message("frame %u: the copy is no duplicate, or changed something", i + 1);
            g_test_fail();
        }
        assert_same_beliefs(conn.belief, doubled.belief, i + 1);
    }
}

static void test_duplicate(void)
{
    traffic_for_all(duplicated);
}

/* Two hosts that lose nothing: what each sends next, and what it has received. */
struct honest {
    struct sequence sequence;
    uint32_t next[2];
    int64_t now_ns;
};

static void say(struct honest *h, unsigned end, unsigned flags, uint32_t payload)
{
    struct sent *sent = &h->sequence.sent[h->sequence.length++];

    h->now_ns += 10 * NS_PER_MS;
    *sent = (struct sent){
        .seg = {.time_ns = h->now_ns,
                .frame = h->sequence.length,
                .seq = h->next[end],
                .ack = (flags & TSM_ACK) != 0 ? h->next[1 - end] : 0,
                .payload = payload,
                .flags = (uint16_t)flags,
                .window = 64240,
                .ip_id = (uint16_t)(100 + h->sequence.length),
                .ttl = 64},
        .end = end,
    };
    h->next[end] = tsm_segment_end(&sent->seg);
}

/* A handshake, requests and answers, and a close by either side, with or without a last word. */
static struct sequence honest_conversation(GRand *rand)
{
    struct honest h = {.next = {g_rand_int(rand), g_rand_int(rand)}};
    const unsigned closer = (unsigned)g_rand_int_range(rand, 0, 2);
    const int turns = g_rand_int_range(rand, 0, 5);

    say(&h, 0, TSM_SYN, 0);
    say(&h, 1, TSM_SYN | TSM_ACK, 0);
    say(&h, 0, TSM_ACK, 0);
    for (int i = 0; i < turns; i++) {
        const unsigned end = (unsigned)g_rand_int_range(rand, 0, 2);
        say(&h, end, TSM_ACK, (uint32_t)g_rand_int_range(rand, 1, 2000));
        say(&h, 1 - end, TSM_ACK, 0);
    }
    say(&h, closer, TSM_FIN | TSM_ACK, 0);
    say(&h, 1 - closer, TSM_ACK, 0);
    if (g_rand_boolean(rand)) {
        say(&h, 1 - closer, TSM_ACK, 100);
        say(&h, closer, TSM_ACK, 0);
    }
    say(&h, 1 - closer, TSM_FIN | TSM_ACK, 0);
    say(&h, closer, TSM_ACK, 0);
    return h.sequence;
}

/* A segment that arrives late, or again, says nothing against what its own sender has proven since.
 */
static void check_belated(const struct sequence *s, unsigned late, unsigned upto)
{
    struct sent copy = s->sent[late];
    struct tsm_verdict verdict;
    struct tsm_conn conn;

    start(&conn, s, s->sent[0].end);
    for (unsigned i = 0; i < upto; i++) {
        tsm_conn_feed(&conn, &tsm_model_default, &s->sent[i].seg, s->sent[i].end, &verdict);
    }
    const struct tsm_belief was = conn.belief[copy.end];

    copy.seg.time_ns = s->sent[upto - 1].seg.time_ns + NS_PER_MS;
    copy.seg.frame = upto + 1;
    tsm_conn_feed(&conn, &tsm_model_default, &copy.seg, copy.end, &verdict);
    if (was.basis == TSM_PROVEN && was.possible == tsm_only((enum tsm_state)was.state) &&
        conn.belief[copy.end].state != was.state) {
        g_test_message("frame %u again after frame %u: %s becomes %s", late + 1, upto,
                       tsm_state_name((enum tsm_state)was.state),
                       tsm_state_name((enum tsm_state)conn.belief[copy.end].state));
        g_test_fail();
    }
}

static void test_belated(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(20261122);

    for (unsigned n = 0; n < 300; n++) {
        const struct sequence s = honest_conversation(rand);
        for (unsigned upto = 1; upto <= s.length; upto++) {
            for (unsigned late = 0; late < upto; late++) {
                check_belated(&s, late, upto);
            }
        }
    }
}

/* Asking in between changes nothing: feeding lets time pass by itself. */
static void interrupted(const struct sequence *s, GRand *rand)
{
    struct tsm_verdict verdict;
    struct tsm_conn conn, asked;

    start(&conn, s, s->sent[0].end);
    start(&asked, s, s->sent[0].end);
    for (unsigned i = 0; i < s->length && !g_test_failed(); i++) {
        const int64_t now = s->sent[i].seg.time_ns;
        tsm_conn_feed(&conn, &tsm_model_default, &s->sent[i].seg, s->sent[i].end, &verdict);
        tsm_conn_feed(&asked, &tsm_model_default, &s->sent[i].seg, s->sent[i].end, &verdict);
        assert_same_beliefs(conn.belief, asked.belief, i + 1);
        if (i + 1 < s->length) {
            const int64_t gap = s->sent[i + 1].seg.time_ns - now;
            const int64_t then = now + (int64_t)(g_rand_double(rand) * (double)gap);
            tsm_conn_advance(&asked, &tsm_model_default, then, &verdict);
        }
    }
}

static void test_advance(void)
{
    traffic_for_all(interrupted);
}

/* A connection is a value: a copy goes on by itself, and nothing is allocated or shared. */
static void copied(const struct sequence *s, GRand *rand)
{
    const unsigned half = (unsigned)g_rand_int_range(rand, 1, (gint32)s->length);
    struct tsm_verdict verdict, again;
    struct tsm_conn conn, copy;

    start(&conn, s, s->sent[0].end);
    for (unsigned i = 0; i < half; i++) {
        tsm_conn_feed(&conn, &tsm_model_default, &s->sent[i].seg, s->sent[i].end, &verdict);
    }
    memcpy(&copy, &conn, sizeof copy);
    for (unsigned i = half; i < s->length; i++) {
        tsm_conn_feed(&conn, &tsm_model_default, &s->sent[i].seg, s->sent[i].end, &verdict);
    }
    for (unsigned i = half; i < s->length; i++) {
        tsm_conn_feed(&copy, &tsm_model_default, &s->sent[i].seg, s->sent[i].end, &again);
        assert_same_beliefs(again.after, copy.belief, i + 1);
    }
    assert_same_beliefs(conn.belief, copy.belief, s->length);
}

static void test_value(void)
{
    traffic_for_all(copied);
    g_assert_cmpuint(sizeof(struct tsm_conn), <=, 2264);
}

/* ---- what holds of every verdict ---- */

static void check_belief(const struct tsm_belief *b)
{
    g_assert_cmpuint(b->state, <, TSM_N_STATES);
    g_assert_cmpuint(b->basis, <, TSM_N_BASES);
    g_assert_true(tsm_contains(b->possible, (enum tsm_state)b->state));
    g_assert_cmphex(b->possible >> TSM_N_STATES, ==, 0);
}

/* The changes lead from the belief before them to the belief after them. */
static void check_changes(const struct tsm_verdict *v, const struct tsm_belief *was,
                          const struct tsm_belief *now)
{
    struct tsm_belief led[2] = {was[0], was[1]};

    g_assert_cmpuint(v->n_changes, <=, TSM_MAX_CHANGES);
    for (unsigned i = 0; i < v->n_changes; i++) {
        const struct tsm_change *c = &v->changes[i];
        g_assert_cmpuint(c->side, <, 2);
        g_assert_cmpuint(c->cause, <, TSM_N_CAUSES);
        if (c->from_ns > c->at_ns) {
            g_test_message("frame %u: a change begins after it was made, by %u", c->at_frame,
                           c->cause);
            g_test_fail();
        }
        led[c->side].state = c->state;
        led[c->side].basis = c->basis;
        led[c->side].possible = c->possible;
        check_belief(&led[c->side]);
    }
    assert_same_beliefs(led, now, 0);
}

static void check_verdict(const struct tsm_verdict *v, const struct tsm_conn *conn)
{
    for (unsigned side = 0; side < 2; side++) {
        check_belief(&v->before[side]);
        check_belief(&v->after[side]);
    }
    assert_same_beliefs(v->after, conn->belief, 0);
    g_assert_cmpuint(v->sender, <, 2);
    g_assert_cmpuint(v->action, <, TSM_N_ACTIONS);
    g_assert_cmpuint(v->call, <, TSM_N_CALLS);
    g_assert_cmpuint(v->open_step, <=, 3);
    g_assert_cmphex(v->close_steps & ~0xfu, ==, 0);
    g_assert_cmphex(v->notes >> TSM_N_NOTES, ==, 0);
    g_assert_cmpuint(conn->ep[0].n_pending, <=, TSM_MAX_PENDING);
    g_assert_cmpuint(conn->ep[1].n_pending, <=, TSM_MAX_PENDING);
    g_assert_cmpuint(conn->ep[0].n_ranges, <=, TSM_MAX_RANGES);
    g_assert_cmpuint(conn->ep[1].n_ranges, <=, TSM_MAX_RANGES);
}

static void sound(const struct sequence *s, GRand *rand)
{
    struct tsm_verdict verdict;
    struct tsm_conn conn;

    (void)rand;
    start(&conn, s, s->sent[0].end);
    for (unsigned i = 0; i < s->length && !g_test_failed(); i++) {
        struct tsm_belief was[2];
        memcpy(was, conn.belief, sizeof was);
        tsm_conn_feed(&conn, &tsm_model_default, &s->sent[i].seg, s->sent[i].end, &verdict);
        check_verdict(&verdict, &conn);
        check_changes(&verdict, was, conn.belief);
    }
}

static void test_sound(void)
{
    traffic_for_all(sound);
}

/* A segment proves something of its sender: it is never left as an assumption of the start. */
static void test_first_segment(void)
{
    for (unsigned flags = 0; flags < 0x40; flags++) {
        const struct tsm_segment seg = {.time_ns = 1,
                                        .frame = 1,
                                        .seq = 100,
                                        .ack = 200,
                                        .flags = (uint16_t)flags,
                                        .window = 1000,
                                        .ttl = 64};
        struct tsm_verdict verdict;
        struct tsm_conn conn;
        tsm_conn_init(&conn, 0, &seg, 0, 40000, 80);
        tsm_conn_feed(&conn, &tsm_model_default, &seg, 0, &verdict);
        check_verdict(&verdict, &conn);
    }
}

/* A connection of random segments, ICMP errors and a very long wait. */
static void feed_garbage(GRand *rand, unsigned n)
{
    const struct tsm_icmp_error error = {.type = 3, .code = 1, .fatal = true};
    struct tsm_segment seg = traffic_garbage(rand);
    struct tsm_verdict verdict;
    struct tsm_conn conn;

    tsm_conn_init(&conn, n, &seg, n % 2, (uint16_t)seg.seq, (uint16_t)seg.ack);
    for (unsigned i = 0; i < 50; i++) {
        tsm_conn_feed(&conn, &tsm_model_default, &seg, g_rand_boolean(rand) ? 1 : 0, &verdict);
        check_verdict(&verdict, &conn);
        if (i % 10 == 3) {
            tsm_conn_icmp(&conn, &tsm_model_default, &seg, n % 2, &error, &verdict);
        }
        check_belief(&conn.belief[TSM_CLIENT]);
        seg = traffic_garbage(rand);
    }
    tsm_conn_advance(&conn, &tsm_model_default, INT64_MAX / 2, &verdict);
    check_belief(&conn.belief[TSM_CLIENT]);
    check_belief(&conn.belief[TSM_SERVER]);
}

static void test_garbage(void)
{
    GRand *rand = g_rand_new_with_seed(1981);

    for (unsigned i = 0; i < 4000 && !g_test_failed(); i++) {
        feed_garbage(rand, i);
    }
    g_rand_free(rand);
}

/* A given vantage is believed from the first segment on, whatever the gaps say. */
static void test_given_vantage(void)
{
    struct tsm_model model = tsm_model_default;
    const struct tsm_segment syn = {.time_ns = 1, .frame = 1, .flags = TSM_SYN, .window = 1000};
    struct tsm_verdict verdict;
    struct tsm_conn conn;

    for (unsigned vantage = TSM_AT_CLIENT; vantage <= TSM_AT_MIDDLE; vantage++) {
        model.vantage = (uint8_t)vantage;
        tsm_conn_init(&conn, 0, &syn, 0, 40000, 80);
        tsm_conn_feed(&conn, &model, &syn, 0, &verdict);
        g_assert_cmpuint(conn.vantage, ==, vantage);
    }
}

/* The capture's clock leaps by decades, as far as TSM_MAX_TIME_S lets it: no sum of times
 * overflows (what overflows is earlier than what it was added to), nor does what is projected. */
static void leaping(const struct sequence *s, GRand *rand)
{
    const int64_t most_ns = TSM_MAX_TIME_S * INT64_C(1000000000);
    int64_t leapt_ns = -most_ns;
    struct tsm_verdict verdict;
    struct tsm_conn conn;

    start(&conn, s, s->sent[0].end);
    for (unsigned i = 0; i <= s->length; i++) {
        struct tsm_segment seg = s->sent[MIN(i, s->length - 1)].seg;
        leapt_ns += (int64_t)(g_rand_double(rand) * (double)((most_ns - leapt_ns) / 4)) * 2;
        seg.time_ns = leapt_ns;
        if (i < s->length) {
            tsm_conn_feed(&conn, &tsm_model_default, &seg, s->sent[i].end, &verdict);
        } else {
            tsm_conn_project(&conn, &tsm_model_default, &verdict);
        }
        for (unsigned k = 0; k < verdict.n_changes; k++) {
            g_assert_cmpint(verdict.changes[k].from_ns, <=, verdict.changes[k].at_ns);
        }
    }
}

static void test_leaps(void)
{
    static const int64_t at_s[] = {1, 1000000000, 4294967295};
    struct tsm_segment syn = {.frame = 1, .flags = TSM_SYN, .window = 1000};
    struct tsm_verdict verdict;
    struct tsm_conn conn;

    tsm_conn_init(&conn, 0, &syn, 0, 40000, 80);
    for (unsigned i = 0; i < G_N_ELEMENTS(at_s); i++) {
        syn.time_ns = at_s[i] * 1000 * NS_PER_MS;
        tsm_conn_feed(&conn, &tsm_model_default, &syn, 0, &verdict);
    }
    tsm_conn_advance(&conn, &tsm_model_default, syn.time_ns + NS_PER_MS, &verdict);
    g_assert_cmpuint(conn.belief[TSM_CLIENT].state, ==, TSM_SYN_SENT);
    traffic_for_all(leaping);
}

// clang-format off
static const struct {
    unsigned open_step, close_steps;
    const char *text;
} steps[] = {
    {0, 0,                         ""},
    {1, 0,                         "open 1/3"},
    {2, 0,                         "open 2/3"},
    {3, 0,                         "open 3/3"},
    {0, TSM_CLOSE_1,               "close 1/4"},
    {0, TSM_CLOSE_2 | TSM_CLOSE_3, "close 2+3/4"},
    {0, TSM_CLOSE_4,               "close 4/4"},
};
// clang-format on

static void test_step_text(void)
{
    char buf[TSM_STEP_TEXT];

    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
        g_assert_cmpstr(tsm_step_text(steps[i].open_step, steps[i].close_steps, buf, sizeof buf),
                        ==, steps[i].text);
    }
}

/* Every combination fits, whatever a segment may carry. */
static void test_step_text_fits(void)
{
    char buf[TSM_STEP_TEXT];

    for (unsigned i = 0; i < 4 * 16; i++) {
        g_assert_cmpuint(strlen(tsm_step_text(i / 16, i % 16, buf, sizeof buf)), <, sizeof buf);
    }
}

static void test_names(void)
{
    g_assert_cmpstr(tsm_action_name(TSM_ACT_ACK_OF_FIN), ==, "ack of FIN");
    g_assert_cmpstr(tsm_call_name(TSM_CALL_CONNECT), ==, "connect()");
    g_assert_nonnull(tsm_action_name(TSM_N_ACTIONS));
    g_assert_nonnull(tsm_call_name(TSM_N_CALLS));
    for (unsigned cause = 0; cause <= TSM_N_CAUSES; cause++) {
        g_assert_nonnull(tsm_cause_name(cause));
    }
    g_assert_cmpstr(tsm_cause_name(TSM_RCV_FIN), ==, "RCV_FIN");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/conn/mirror", test_mirror);
    g_test_add_func("/conn/shift", test_shift);
    g_test_add_func("/conn/time-of-day", test_time_of_day);
    g_test_add_func("/conn/duplicate", test_duplicate);
    g_test_add_func("/conn/belated", test_belated);
    g_test_add_func("/conn/advance", test_advance);
    g_test_add_func("/conn/value", test_value);
    g_test_add_func("/conn/sound", test_sound);
    g_test_add_func("/conn/first-segment", test_first_segment);
    g_test_add_func("/conn/garbage", test_garbage);
    g_test_add_func("/conn/leaps", test_leaps);
    g_test_add_func("/conn/given-vantage", test_given_vantage);
    g_test_add_func("/conn/step-text", test_step_text);
    g_test_add_func("/conn/step-text-fits", test_step_text_fits);
    g_test_add_func("/conn/names", test_names);
    return g_test_run();
}
