/* story_outcome_test.c - postproc/story/outcome.c: the words for openings and endings.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "../../postproc/base/errors.c"
#include "../../postproc/story/marks.c"
#include "../../postproc/story/outcome.c"
#include "../../postproc/story/story.c"

#define CAUSE(name) (UINT32_C(1) << TSM_##name)
#define IN(name) ((tsm_state_set)(1u << TSM_##name))
#define NEVER INT64_MAX
#define S(seconds) (INT64_C(1000000000) * (seconds))

/* Ends at the capture's end. Times in seconds: how long it repeated, and was quiet since. */
#define HEARD                        \
    {                                \
        .ns = S(1000), .heard = true \
    }
#define LACKING(quiet_s)                                \
    {                                                   \
        .ns = S(quiet_s), .unacked = 100, .heard = true \
    }
#define REPEATED(n, during_s, quiet_s)                                                            \
    {                                                                                             \
        .ns = S(quiet_s), .repeated_ns = S(during_s), .repeats = (n), .unacked = 1, .heard = true \
    }
#define ALL_CLOSE_STEPS (TSM_CLOSE_1 | TSM_CLOSE_2 | TSM_CLOSE_3 | TSM_CLOSE_4)

/* Facts of one connection, and the words they make. */
static const struct {
    const char *name;
    struct outcome_facts facts;
    const char *opening, *ending, *word;
} rows[] = {
    {"clean",
     {.open_steps = 7, .close_steps = ALL_CLOSE_STEPS, .server_spoke = true},
     "connected",
     "clean",
     "clean"},
    {"clean, then a RST", /* TIME_WAIT assassinated: nothing is lost */
     {.causes = {CAUSE(SND_RST), 0},
      .reset_ns = {50, NEVER},
      .open_steps = 7,
      .close_steps = ALL_CLOSE_STEPS,
      .server_spoke = true},
     "connected",
     "clean",
     "clean"},
    {"last ACK not seen",
     {.open_steps = 7,
      .close_steps = TSM_CLOSE_1 | TSM_CLOSE_2 | TSM_CLOSE_3,
      .server_spoke = true},
     "connected",
     "closing",
     "closing"},
    {"half-closed",
     {.open_steps = 7, .close_steps = TSM_CLOSE_1 | TSM_CLOSE_2, .server_spoke = true},
     "connected",
     "half_closed",
     "half_closed"},
    {"half-closed, FIN_WAIT_2 timed out",
     {.causes = {CAUSE(TIMEOUT_FIN_WAIT_2), 0},
      .open_steps = 7,
      .close_steps = TSM_CLOSE_1 | TSM_CLOSE_2,
      .server_spoke = true},
     "connected",
     "half_closed",
     "half_closed"},
    {"open", {.open_steps = 7, .server_spoke = true}, "connected", "open", "open"},
    {"reset by the client",
     {.causes = {CAUSE(SND_RST), CAUSE(RCV_RST)},
      .reset_ns = {30, NEVER},
      .open_steps = 7,
      .server_spoke = true},
     "connected",
     "reset_by_client",
     "reset_by_client"},
    {"both reset, the server first",
     {.causes = {CAUSE(SND_RST), CAUSE(SND_RST)},
      .reset_ns = {31, 30},
      .open_steps = 7,
      .server_spoke = true},
     "connected",
     "reset_by_server",
     "reset_by_server"},
    {"reset after a FIN",
     {.causes = {CAUSE(SND_RST), CAUSE(RCV_RST)},
      .reset_ns = {30, NEVER},
      .open_steps = 7,
      .close_steps = TSM_CLOSE_1 | TSM_CLOSE_2,
      .server_spoke = true},
     "connected",
     "reset_by_client",
     "reset_by_client"},
    {"repeated in vain, then nothing", /* 2, 4, 8, 16 s: the next would come after 32 s */
     {.quiet = {REPEATED(5, 30, 49), HEARD}, .open_steps = 7},
     "connected",
     "timed_out",
     "timed_out"},
    {"repeated in vain, the next repeat may still come",
     {.quiet = {REPEATED(5, 30, 47), HEARD}, .open_steps = 7},
     "connected",
     "open",
     "open"},
    {"no TCP waits longer than 120 s",
     {.quiet = {REPEATED(15, 924, 145), HEARD}, .open_steps = 7},
     "connected",
     "timed_out",
     "timed_out"},
    {"given up by the engine, of which segments show nothing",
     {.causes = {CAUSE(GIVE_UP), 0}, .open_steps = 7},
     "connected",
     "open",
     "open"},
    {"repeated twice, then nothing", /* fewer than any TCP does */
     {.quiet = {REPEATED(2, 4, 100), HEARD}, .open_steps = 7},
     "connected",
     "silent",
     "silent"},
    {"not repeated at all",
     {.quiet = {LACKING(100), HEARD}, .open_steps = 7},
     "connected",
     "silent",
     "silent"},
    {"not repeated, the capture ends before it need be",
     {.quiet = {LACKING(3), HEARD}, .open_steps = 7},
     "connected",
     "open",
     "open"},
    {"not repeated, the other end goes on", /* its acknowledgments are missing */
     {.quiet = {LACKING(100), {.ns = S(1), .heard = true}}, .open_steps = 7},
     "connected",
     "open",
     "open"},
    {"not repeated, and the other end is not captured",
     {.quiet = {LACKING(100), {0}}, .open_steps = 7},
     "connected",
     "open",
     "open"},
    {"repeated for a while, and the other end is not captured", /* the answer may have come */
     {.quiet = {REPEATED(5, 30, 1000), {0}}, .open_steps = 7},
     "connected",
     "open",
     "open"},
    {"repeated for longer than any TCP need, and the other end is not captured",
     {.quiet = {REPEATED(9, 100, 1000), {0}}, .open_steps = 7},
     "connected",
     "timed_out",
     "timed_out"},
    {"idle, nothing lacks an answer",
     {.quiet = {HEARD, HEARD}, .open_steps = 7},
     "connected",
     "open",
     "open"},
    {"FIN not repeated",
     {.quiet = {LACKING(5), HEARD}, .open_steps = 7, .close_steps = TSM_CLOSE_1},
     "connected",
     "silent",
     "silent"},
    {"last ACK not seen, FIN not repeated", /* both closed: that says more */
     {.quiet = {HEARD, LACKING(100)},
      .open_steps = 7,
      .close_steps = TSM_CLOSE_1 | TSM_CLOSE_2 | TSM_CLOSE_3},
     "connected",
     "closing",
     "closing"},
    {"last ACK never came",
     {.quiet = {HEARD, REPEATED(8, 100, 200)},
      .open_steps = 7,
      .close_steps = TSM_CLOSE_1 | TSM_CLOSE_2 | TSM_CLOSE_3,
      .server_spoke = true},
     "connected",
     "timed_out",
     "timed_out"},
    {"repeated in vain, then a RST",
     {.causes = {CAUSE(SND_RST), 0},
      .reset_ns = {50, NEVER},
      .quiet = {REPEATED(5, 30, 100), HEARD},
      .open_steps = 7},
     "connected",
     "reset_by_client",
     "reset_by_client"},
    {"replaced",
     {.causes = {CAUSE(REPLACED), CAUSE(REPLACED)}, .open_steps = 7, .server_spoke = true},
     "connected",
     "replaced",
     "replaced"},
    {"handshake seen in one direction only",
     {.states = {IN(SYN_SENT) | IN(ESTABLISHED), IN(LISTEN) | IN(ESTABLISHED)}, .open_steps = 1},
     "connected",
     "open",
     "open"},
    {"refused",
     {.causes = {CAUSE(RCV_REFUSAL), CAUSE(SND_RST)},
      .reset_ns = {NEVER, 20},
      .open_steps = 1,
      .server_spoke = true},
     "refused",
     "-",
     "refused"},
    {"RST after SYN-ACK, from the client",
     {.causes = {CAUSE(SND_RST), CAUSE(RCV_RST)},
      .states = {IN(SYN_SENT) | IN(ESTABLISHED) | IN(CLOSED), IN(SYN_RCVD) | IN(LISTEN)},
      .reset_ns = {20, NEVER},
      .open_steps = 3,
      .server_spoke = true},
     "reset_in_handshake",
     "-",
     "reset_in_handshake"},
    {"RST after SYN-ACK, from the server",
     {.causes = {CAUSE(RCV_REFUSAL), CAUSE(SND_RST)},
      .reset_ns = {NEVER, 20},
      .open_steps = 3,
      .server_spoke = true},
     "reset_in_handshake",
     "-",
     "reset_in_handshake"},
    {"the client took its SYN back",
     {.causes = {CAUSE(SND_RST), 0}, .reset_ns = {20, NEVER}, .open_steps = 1},
     "reset_in_handshake",
     "-",
     "reset_in_handshake"},
    {"a RST that had no effect", /* its acknowledgment does not fit */
     {.causes = {0, CAUSE(SND_RST)},
      .reset_ns = {NEVER, 20},
      .open_steps = 1,
      .server_spoke = true},
     "incomplete",
     "-",
     "incomplete"},
    {"unanswered",
     {.causes = {CAUSE(GIVE_UP), 0}, .open_steps = 1},
     "unanswered",
     "-",
     "unanswered"},
    {"ICMP unreachable",
     {.causes = {CAUSE(RCV_ICMP_ERROR), 0}, .open_steps = 1},
     "icmp_rejected",
     "-",
     "icmp_rejected"},
    {"SYN-ACK, and no more",
     {.causes = {0, CAUSE(GIVE_UP)},
      .states = {IN(SYN_SENT) | IN(ESTABLISHED), IN(SYN_RCVD)},
      .open_steps = 3,
      .server_spoke = true},
     "incomplete",
     "-",
     "incomplete"},
    {"SYN answered by an old ACK",
     {.open_steps = 1, .server_spoke = true},
     "incomplete",
     "-",
     "incomplete"},
    {"midstream",
     {.states = {IN(ESTABLISHED), IN(ESTABLISHED)}, .server_spoke = true},
     "midstream",
     "open",
     "open"},
    {"midstream, closed",
     {.close_steps = ALL_CLOSE_STEPS, .server_spoke = true},
     "midstream",
     "clean",
     "clean"},
};

/* 0 in a row means "did not reset". */
static struct outcome_facts facts_of(gsize row)
{
    struct outcome_facts facts = rows[row].facts;

    for (unsigned side = 0; side < 2; side++) {
        facts.reset_ns[side] = facts.reset_ns[side] == 0 ? NEVER : facts.reset_ns[side];
    }
    return facts;
}

static void test_words(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct outcome_facts facts = facts_of(i);
        const enum outcome_opening opening = outcome_opening(&facts);
        const enum outcome_ending ending = outcome_ending(&facts, opening);

        g_test_message("%s", rows[i].name);
        g_assert_cmpstr(outcome_opening_word(opening), ==, rows[i].opening);
        g_assert_cmpstr(outcome_ending_word(ending), ==, rows[i].ending);
        g_assert_cmpstr(outcome_word(opening, ending), ==, rows[i].word);
    }
}

static void put(struct story *story, enum tsm_side side, int64_t ns, enum tsm_state state,
                unsigned cause)
{
    const struct tsm_record record = {
        .type = TSM_RECORD_CHANGE,
        .u.change = {0,
                     {.at_ns = ns,
                      .from_ns = ns,
                      .possible = tsm_only(state),
                      .state = (uint8_t)state,
                      .side = (uint8_t)side,
                      .cause = (uint8_t)cause}},
    };

    g_assert_true(story_add(story, &record, NULL));
}

/* Facts come from the intervals of both ends. */
static void test_facts(void)
{
    const struct tsm_record start = {.type = TSM_RECORD_START, .u.start = {.time_ns = 10}};
    g_autoptr(Story) story = story_new("x", NULL);
    g_autoptr(GArray) scratch = g_array_new(FALSE, FALSE, sizeof(struct story_interval));
    struct outcome_facts facts;

    g_assert_true(story_add(story, &start, NULL));
    put(story, TSM_CLIENT, 10, TSM_SYN_SENT, TSM_SND_SYN);
    put(story, TSM_CLIENT, 20, TSM_ESTABLISHED, TSM_RCV_SYN_ACK);
    put(story, TSM_CLIENT, 30, TSM_CLOSED, TSM_RCV_RST);
    put(story, TSM_SERVER, 10, TSM_ESTABLISHED, TSM_CAUSE_START);
    put(story, TSM_SERVER, 31, TSM_CLOSED, TSM_SND_RST);
    outcome_facts(story, story_connection(story, 0), scratch, &facts);
    g_assert_cmphex(facts.causes[TSM_CLIENT], ==,
                    CAUSE(SND_SYN) | CAUSE(RCV_SYN_ACK) | CAUSE(RCV_RST));
    g_assert_cmphex(facts.states[TSM_CLIENT], ==, IN(SYN_SENT) | IN(ESTABLISHED) | IN(CLOSED));
    g_assert_cmpint(facts.reset_ns[TSM_CLIENT], ==, NEVER);
    g_assert_cmpint(facts.reset_ns[TSM_SERVER], ==, 30); /* when it took effect */
}

static void put_facts(struct story *story, int64_t last_ns, struct tsm_mark repeats)
{
    const struct tsm_record record = {
        .type = TSM_RECORD_FACTS,
        .u.facts = {.seen = {.repeats = repeats},
                    .last_ns = last_ns,
                    .last_frame = 9,
                    .unacked = 5,
                    .side = TSM_CLIENT},
    };

    g_assert_true(story_add(story, &record, NULL));
}

/* What an end repeated counts when it sent nothing else afterwards, but for the rest of a burst. */
static void test_silence(void)
{
    const struct tsm_record start = {.type = TSM_RECORD_START, .u.start = {.time_ns = S(10)}};
    const struct tsm_record capture = {.type = TSM_RECORD_CAPTURE,
                                       .u.capture = {.start_ns = S(10), .end_ns = S(100)}};
    const struct tsm_mark repeats = {S(20), S(36), 3, 8, 4};
    g_autoptr(Story) story = story_new("x", NULL);
    g_autoptr(GArray) scratch = g_array_new(FALSE, FALSE, sizeof(struct story_interval));
    struct outcome_facts facts;

    g_assert_true(story_add(story, &start, NULL));
    g_assert_true(story_add(story, &capture, NULL));
    outcome_facts(story, story_connection(story, 0), scratch, &facts);
    g_assert_false(facts.quiet[TSM_CLIENT].heard);

    put_facts(story, S(38), repeats);
    outcome_facts(story, story_connection(story, 0), scratch, &facts);
    g_assert_true(facts.quiet[TSM_CLIENT].heard);
    g_assert_cmpuint(facts.quiet[TSM_CLIENT].repeats, ==, 4);
    g_assert_cmpint(facts.quiet[TSM_CLIENT].repeated_ns, ==, S(16));
    g_assert_cmpint(facts.quiet[TSM_CLIENT].ns, ==, S(62));
    g_assert_cmpuint(facts.quiet[TSM_CLIENT].unacked, ==, 5);

    put_facts(story, S(38) + 1, repeats);
    outcome_facts(story, story_connection(story, 0), scratch, &facts);
    g_assert_cmpuint(facts.quiet[TSM_CLIENT].repeats, ==, 0);
    g_assert_cmpint(facts.quiet[TSM_CLIENT].repeated_ns, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/outcome/words", test_words);
    g_test_add_func("/outcome/facts", test_facts);
    g_test_add_func("/outcome/silence", test_silence);
    return g_test_run();
}
