/* story_model_test.c - postproc/story/story.c: from changes to intervals, in both views.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "../../postproc/base/errors.c"
#include "../../postproc/story/marks.c"
#include "../../postproc/story/story.c"

/* A change of the client of stream 0, in a few numbers. */
struct step {
    int64_t at, from;
    enum tsm_state state;
    enum tsm_basis basis;
    uint32_t frame;
};

static struct tsm_record start_of(uint32_t stream, int64_t ns)
{
    return (struct tsm_record){
        .type = TSM_RECORD_START,
        .u.start = {.time_ns = ns, .stream = stream, .frame = 1, .previous_stream = TSM_NO_STREAM},
    };
}

static struct tsm_record change_of(uint32_t stream, const struct step *step)
{
    return (struct tsm_record){
        .type = TSM_RECORD_CHANGE,
        .u.change = {stream,
                     {
                         .at_ns = step->at,
                         .from_ns = step->from,
                         .at_frame = step->frame + 1000,
                         .from_frame = step->frame,
                         .possible = tsm_only(step->state),
                         .state = (uint8_t)step->state,
                         .basis = (uint8_t)step->basis,
                         .side = TSM_CLIENT,
                         .cause = TSM_SND_SEGMENT,
                     }},
    };
}

static void add(struct story *story, struct tsm_record record)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(story_add(story, &record, &error));
    g_assert_no_error(error);
}

static void add_fails(struct story *story, struct tsm_record record, const char *message)
{
    g_autoptr(GError) error = NULL;

    g_assert_false(story_add(story, &record, &error));
    g_assert_error(error, TCPSTORY_ERROR, EXIT_INPUT);
    g_assert_cmpstr(error->message, ==, message);
}

/* The steps of a connection that begins at 10 make these intervals: "STATE@from ...". */
static void check(enum story_view view, const struct step *steps, gsize n, const char *want)
{
    const struct story_wants wants = {.view = view, .segments_of = TSM_NO_STREAM};
    g_autoptr(Story) story = story_new("x", &wants);
    g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(struct story_interval));
    g_autoptr(GString) got = g_string_new(NULL);

    add(story, start_of(0, 10));
    for (gsize i = 0; i < n; i++) {
        add(story, change_of(0, &steps[i]));
    }
    story_intervals(story, story_connection(story, 0), TSM_CLIENT, list);
    for (guint i = 0; i < list->len; i++) {
        const struct story_interval *interval = &g_array_index(list, struct story_interval, i);
        g_string_append_printf(got, "%s%s@%d", i > 0 ? " " : "",
                               tsm_state_name((enum tsm_state)interval->state),
                               (int)interval->from_ns);
    }
    g_assert_cmpstr(got->str, ==, want);
}

#define CHECK(view, steps, want) check(view, steps, G_N_ELEMENTS(steps), want)

static void test_plain(void)
{
    static const struct step steps[] = {
        {10, 10, TSM_SYN_SENT, TSM_PROVEN, 1},
        {20, 20, TSM_ESTABLISHED, TSM_PROVEN, 2},
        {30, 30, TSM_FIN_WAIT_1, TSM_PROVEN, 3},
    };

    CHECK(STORY_LIVE, steps, "SYN_SENT@10 ESTABLISHED@20 FIN_WAIT_1@30");
    CHECK(STORY_HINDSIGHT, steps, "SYN_SENT@10 ESTABLISHED@20 FIN_WAIT_1@30");
}

/* At 30 it becomes known that since 15 all was different. */
static void test_correction(void)
{
    static const struct step steps[] = {
        {10, 10, TSM_SYN_RCVD, TSM_PROVEN, 1},      {15, 15, TSM_ESTABLISHED, TSM_PRESUMED, 2},
        {20, 20, TSM_CLOSE_WAIT, TSM_PRESUMED, 3},  {30, 15, TSM_SYN_RCVD, TSM_PROVEN, 2},
        {40, 40, TSM_ESTABLISHED, TSM_PRESUMED, 5},
    };

    CHECK(STORY_LIVE, steps, "SYN_RCVD@10 ESTABLISHED@15 CLOSE_WAIT@20 SYN_RCVD@30 ESTABLISHED@40");
    CHECK(STORY_HINDSIGHT, steps, "SYN_RCVD@10 ESTABLISHED@40");
}

/* A correction may reach back to the beginning, not beyond it. */
static void test_correction_of_all(void)
{
    static const struct step steps[] = {
        {10, 10, TSM_LISTEN, TSM_ASSUMED, 1},
        {20, 20, TSM_SYN_RCVD, TSM_PROVEN, 2},
        {30, 5, TSM_CLOSED, TSM_PROVEN, 1},
    };

    CHECK(STORY_HINDSIGHT, steps, "CLOSED@10");
    CHECK(STORY_LIVE, steps, "LISTEN@10 SYN_RCVD@20 CLOSED@30");
}

/* What lasts no time is not told. */
static void test_no_length(void)
{
    static const struct step steps[] = {
        {10, 10, TSM_CLOSED, TSM_ASSUMED, 1},
        {10, 10, TSM_SYN_SENT, TSM_PROVEN, 1},
        {20, 20, TSM_FIN_WAIT_2, TSM_PRESUMED, 2},
        {20, 20, TSM_TIME_WAIT, TSM_PRESUMED, 2},
    };

    CHECK(STORY_LIVE, steps, "SYN_SENT@10 TIME_WAIT@20");
    CHECK(STORY_HINDSIGHT, steps, "SYN_SENT@10 TIME_WAIT@20");
}

/* Equal neighbours are one interval; another basis makes another interval. */
static void test_neighbours(void)
{
    static const struct step same[] = {
        {10, 10, TSM_ESTABLISHED, TSM_PROVEN, 1},
        {20, 20, TSM_ESTABLISHED, TSM_PROVEN, 2},
    };
    static const struct step other_basis[] = {
        {10, 10, TSM_ESTABLISHED, TSM_PRESUMED, 1},
        {20, 20, TSM_ESTABLISHED, TSM_PROVEN, 2},
    };

    CHECK(STORY_HINDSIGHT, same, "ESTABLISHED@10");
    CHECK(STORY_HINDSIGHT, other_basis, "ESTABLISHED@10 ESTABLISHED@20");
}

/* The capture's clock goes back: no overlap, no hole, the order of the changes is kept. */
static void test_clock_back(void)
{
    static const struct step steps[] = {
        {10, 10, TSM_SYN_SENT, TSM_PROVEN, 1},
        {30, 30, TSM_ESTABLISHED, TSM_PROVEN, 2},
        {20, 20, TSM_FIN_WAIT_1, TSM_PROVEN, 3},
        {5, 5, TSM_FIN_WAIT_2, TSM_PRESUMED, 4},
    };

    CHECK(STORY_LIVE, steps, "SYN_SENT@10 FIN_WAIT_2@30");
    CHECK(STORY_HINDSIGHT, steps, "SYN_SENT@10 FIN_WAIT_2@30");
}

/* The first interval begins with the connection even when its first change says later. */
static void test_first_begins_at_start(void)
{
    static const struct step steps[] = {{25, 25, TSM_ESTABLISHED, TSM_ASSUMED, 1}};

    CHECK(STORY_LIVE, steps, "ESTABLISHED@10");
}

static void test_frames(void)
{
    static const struct step step = {30, 10, TSM_ESTABLISHED, TSM_PROVEN, 7};
    const struct story_wants wants = {.view = STORY_LIVE, .segments_of = TSM_NO_STREAM};
    g_autoptr(Story) live = story_new("x", &wants);
    g_autoptr(Story) hindsight = story_new("x", NULL);

    add(live, start_of(0, 10));
    add(live, change_of(0, &step));
    add(hindsight, start_of(0, 10));
    add(hindsight, change_of(0, &step));
    g_assert_cmpuint(story_last(live, story_connection(live, 0), TSM_CLIENT)->frame, ==, 1007);
    g_assert_cmpuint(story_last(hindsight, story_connection(hindsight, 0), TSM_CLIENT)->frame, ==,
                     7);
    g_assert_null(story_last(live, story_connection(live, 0), TSM_SERVER));
}

/* Since when it is in its last state, however often its basis changed meanwhile. */
static void test_last_since(void)
{
    static const struct step steps[] = {
        {10, 10, TSM_SYN_SENT, TSM_PROVEN, 1},
        {20, 20, TSM_ESTABLISHED, TSM_PRESUMED, 2},
        {30, 30, TSM_ESTABLISHED, TSM_PROVEN, 3},
    };
    g_autoptr(Story) story = story_new("x", NULL);

    add(story, start_of(0, 10));
    for (gsize i = 0; i < G_N_ELEMENTS(steps); i++) {
        add(story, change_of(0, &steps[i]));
    }
    g_assert_cmpint(story_last_since(story, story_connection(story, 0), TSM_CLIENT), ==, 20);
}

/* Numbers of streams need not begin at 0, be dense, or come in order. */
static void test_stream_numbers(void)
{
    static const struct step step = {10, 10, TSM_ESTABLISHED, TSM_PROVEN, 1};
    static const uint32_t streams[] = {7, 1, UINT32_MAX - 1, 3, 0};
    const struct story_wants wants = {.view = STORY_LIVE, .segments_of = TSM_NO_STREAM};
    g_autoptr(Story) story = story_new("x", &wants);

    for (gsize i = 0; i < G_N_ELEMENTS(streams); i++) {
        add(story, start_of(streams[i], 10));
    }
    for (gsize i = 0; i < G_N_ELEMENTS(streams); i++) {
        add(story, change_of(streams[i], &step));
        g_assert_cmpuint(story_connection(story, (guint)i)->stream, ==, streams[i]);
        g_assert_nonnull(story_last(story, story_connection(story, (guint)i), TSM_CLIENT));
    }
    add_fails(story, start_of(3, 10), "stream 3 begins twice");
    add_fails(story, change_of(2, &step), "stream 2 was not begun by a record of type S");
}

/* Taken-back intervals give their place to later ones. */
static void test_places_are_used_again(void)
{
    g_autoptr(Story) story = story_new("x", NULL);

    add(story, start_of(0, 10));
    for (int i = 0; i < 1000; i++) {
        const struct step presumed = {20, 20, TSM_ESTABLISHED, TSM_PRESUMED, 2};
        const struct step refuted = {30, 10, TSM_SYN_SENT, TSM_PROVEN, 1};
        add(story, change_of(0, &refuted));
        add(story, change_of(0, &presumed));
    }
    g_assert_cmpuint(story->intervals->len, <=, 2);
}

/* Steps are kept of as many connections as are wanted. */
static void test_steps(void)
{
    const struct story_wants wants = {.segments_of = TSM_NO_STREAM, .steps_of = 1};
    g_autoptr(Story) story = story_new("x", &wants);
    struct tsm_record record = {
        .type = TSM_RECORD_SEGMENT,
        .u.segment = {.time_ns = 12, .stream = 0, .frame = 2, .open_step = 2, .notes = 5},
    };

    add(story, start_of(0, 10));
    add(story, start_of(1, 10));
    add(story, record);
    record.u.segment.stream = 1;
    add(story, record);
    record.u.segment.stream = 0;
    record.u.segment.open_step = 0;
    record.u.segment.close_steps = TSM_CLOSE_1;
    record.u.segment.sender = TSM_SERVER;
    record.u.segment.time_ns = 30;
    add(story, record);

    g_assert_cmpuint(story->steps->len, ==, 2);
    g_assert_cmpuint(story_connection(story, 1)->open_steps, ==, 2);
    g_assert_cmpuint(story_connection(story, 1)->notes, ==, 5);
    g_assert_cmpuint(story_connection(story, 0)->close_steps, ==, TSM_CLOSE_1);
    g_assert_cmpuint(story_connection(story, 0)->closed_by, ==, 1 + TSM_SERVER);
    g_assert_cmpint(story_connection(story, 0)->end_ns, ==, 30);
}

static void test_totals(void)
{
    g_autoptr(Story) story = story_new("x", NULL);
    const struct tsm_record totals = {
        .type = TSM_RECORD_TOTALS,
        .u.totals = {.start_ns = 10,
                     .end_ns = 99,
                     .setup_ns = 3,
                     .closed_by = 2,
                     .syn_tries = 4,
                     .steps = 0xf7,
                     .side = {{6, 1, 102}, {5, 0, 18}}},
    };
    const struct story_connection *c;

    add(story, start_of(0, 10));
    c = story_connection(story, 0);
    g_assert_false(c->counted);
    g_assert_cmpint(c->setup_ns, ==, -1);
    add(story, totals);
    g_assert_true(c->counted);
    g_assert_cmpint(c->end_ns, ==, 99);
    g_assert_cmpint(c->setup_ns, ==, 3);
    g_assert_cmpuint(c->open_steps, ==, 7);
    g_assert_cmpuint(c->close_steps, ==, 15);
    g_assert_cmpuint(c->segments[TSM_CLIENT], ==, 6);
    g_assert_cmpuint(c->retransmissions[TSM_CLIENT], ==, 1);
    g_assert_cmpuint(c->bytes[TSM_SERVER], ==, 18);
}

static struct tsm_record segment_of(int64_t ns, unsigned flags, uint32_t notes)
{
    return (struct tsm_record){
        .type = TSM_RECORD_SEGMENT,
        .u.segment = {.time_ns = ns,
                      .stream = 0,
                      .frame = (uint32_t)ns,
                      .flags = (uint16_t)flags,
                      .notes = notes,
                      .sender = TSM_SERVER,
                      .action = flags & TSM_RST ? TSM_ACT_RST : TSM_ACT_OTHER},
    };
}

/* Segments count by kind and sender, and only in a story that keeps facts. */
static void test_marks(const void *keeps)
{
    const bool kept = keeps != NULL;
    const struct story_wants wants = {.segments_of = TSM_NO_STREAM, .keeps_facts = kept};
    g_autoptr(Story) story = story_new("x", &wants);

    add(story, start_of(0, 10));
    add(story, segment_of(20, TSM_RST, TSM_NOTE_RST_IGNORED));
    add(story, segment_of(30, TSM_RST | TSM_ACK, 0));
    add(story, segment_of(40, TSM_SYN | TSM_ACK, 0));
    const struct story_connection *connection = story_connection(story, 0);
    const struct tsm_mark *rst = story_mark(story, connection, TSM_SERVER, MARK_RST);
    g_assert_cmpuint(rst->count, ==, kept ? 2 : 0);
    g_assert_cmpuint(rst->first_frame, ==, kept ? 20 : 0);
    g_assert_cmpint(rst->last_ns, ==, kept ? 30 : 0);
    g_assert_cmpuint(story_mark(story, connection, TSM_SERVER, TSM_NOTE_BIT_RST_IGNORED)->count, ==,
                     kept);
    g_assert_cmpuint(story_mark(story, connection, TSM_SERVER, MARK_SYN_ACK)->count, ==, kept);
    g_assert_cmpuint(story_mark(story, connection, TSM_SERVER, MARK_SYN)->count, ==, 0);
    g_assert_cmpuint(story_mark(story, connection, TSM_CLIENT, MARK_RST)->count, ==, 0);
}

static void test_facts(void)
{
    const struct tsm_record facts = {.type = TSM_RECORD_FACTS,
                                     .u.facts = {.stream = 1, .side = TSM_SERVER, .unacked = 7}};
    const struct story_wants wants = {.segments_of = TSM_NO_STREAM, .keeps_facts = true};
    g_autoptr(Story) story = story_new("x", &wants);

    add(story, start_of(0, 10));
    add(story, start_of(1, 10));
    add(story, facts);
    g_assert_cmpuint(story_facts(story, story_connection(story, 1), TSM_SERVER)->unacked, ==, 7);
    g_assert_cmpuint(story_facts(story, story_connection(story, 1), TSM_CLIENT)->unacked, ==, 0);
    g_assert_cmpuint(story_facts(story, story_connection(story, 0), TSM_SERVER)->unacked, ==, 0);
}

/* Facts of which one 32-bit word is not zero, in a place that differs by connection and side. */
static struct tsm_record_facts some_facts(uint32_t stream, unsigned side)
{
    uint32_t words[sizeof(struct tsm_record_facts) / sizeof(uint32_t)] = {0};
    struct tsm_record_facts facts;

    words[(2 * stream + side) % G_N_ELEMENTS(words)] = 0x01010101;
    memcpy(&facts, words, sizeof facts);
    facts.stream = stream;
    facts.side = (uint8_t)side;
    return facts;
}

/* Whatever was told comes back, in any order, and those of another connection stay as they are. */
static void test_all_facts(void)
{
    enum { N = 70 };
    const struct story_wants wants = {.segments_of = TSM_NO_STREAM, .keeps_facts = true};
    g_autoptr(Story) story = story_new("x", &wants);

    for (uint32_t stream = 0; stream < N; stream++) {
        add(story, start_of(stream, 10));
        for (unsigned side = 0; side < 2; side++) {
            add(story,
                (struct tsm_record){.type = TSM_RECORD_FACTS, .u.facts = some_facts(stream, side)});
        }
    }
    for (guint i = 0; i < 3 * N; i++) {
        const guint numbers[] = {i * 31 % N, i % N};
        for (unsigned side = 0; side < 2; side++) {
            const struct tsm_record_facts *told[2];
            for (guint k = 0; k < 2; k++) {
                told[k] =
                    story_facts(story, story_connection(story, numbers[k]), (enum tsm_side)side);
            }
            for (guint k = 0; k < 2; k++) {
                struct tsm_record_facts want = some_facts(numbers[k], side);
                want.stream = 0;
                want.side = 0;
                g_assert_cmpmem(told[k], sizeof *told[k], &want, sizeof want);
            }
        }
    }
}

static struct tsm_record flow_of(uint32_t stream, uint32_t frame)
{
    return (struct tsm_record){.type = TSM_RECORD_FLOW,
                               .u.flow = {.stream = stream, .frame = frame}};
}

static bool is_odd(const struct story *story, const struct story_connection *connection, void *data)
{
    (void)story;
    (void)data;
    return connection->stream % 2 == 1;
}

/* The first flow of each, before and after others were left out; none when they are not kept. */
static void test_flows(const void *keeps)
{
    const struct story_wants wants = {.segments_of = TSM_NO_STREAM, .keeps_flows = keeps != NULL};
    g_autoptr(Story) story = story_new("x", &wants);

    for (uint32_t stream = 0; stream < 4; stream++) {
        add(story, start_of(stream, 10));
    }
    add(story, flow_of(3, 30));
    add(story, flow_of(0, 1));
    add(story, flow_of(3, 31));
    add(story, flow_of(1, 10));
    for (unsigned kept = 0; kept < 2; kept++) {
        const struct story_flow *first = story_first_flow(story, story_of_stream(story, 3));
        g_assert_true((first != NULL) == story->wants->keeps_flows);
        g_assert_true(first == NULL || first->row.frame == 30);
        first = story_first_flow(story, story_of_stream(story, 1));
        g_assert_true(first == NULL || first->row.frame == 10);
        story_filter(story, is_odd, NULL);
    }
    g_assert_cmpuint(story->flows->len, ==, story->wants->keeps_flows ? 3 : 0);
}

/* What timers do after the capture's end to a connection that was evicted does not count. */
static void test_closed_out(const void *projects)
{
    const struct tsm_record capture = {
        .type = TSM_RECORD_CAPTURE,
        .u.capture = {.end_ns = 100, .max_connections = 1, .closed_out = 1}};
    const struct tsm_record totals = {
        .type = TSM_RECORD_TOTALS,
        .u.totals = {.stream = 0, .end_ns = 10, .setup_ns = -1, .closed_out_ns = 30}};
    static const struct step steps[] = {{10, 10, TSM_FIN_WAIT_1, TSM_PROVEN, 1},
                                        {50, 50, TSM_TIME_WAIT, TSM_TIMED, 0},
                                        {110, 110, TSM_CLOSED, TSM_TIMED, 0}};
    const struct story_wants wants = {.segments_of = TSM_NO_STREAM, .projects = projects != NULL};
    g_autoptr(Story) story = story_new("x", &wants);

    add(story, start_of(0, 10));
    for (gsize i = 0; i < G_N_ELEMENTS(steps); i++) {
        add(story, change_of(0, &steps[i]));
    }
    add(story, totals);
    add(story, start_of(1, 40));
    add(story, capture);
    const struct story_connection *closed_out = story_connection(story, 0);
    g_assert_cmpuint(story_last(story, closed_out, TSM_CLIENT)->state, ==,
                     story->wants->projects ? TSM_CLOSED : TSM_TIME_WAIT);
    g_assert_cmpint(story_followed_to(story, closed_out), ==, 30);
    g_assert_cmpint(story_followed_to(story, story_connection(story, 1)), ==, 100);
    g_assert_cmpuint(story->warnings->len, ==, 1);
    g_assert_false(story->partial);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/plain", test_plain);
    g_test_add_func("/model/correction", test_correction);
    g_test_add_func("/model/correction/all", test_correction_of_all);
    g_test_add_func("/model/no-length", test_no_length);
    g_test_add_func("/model/neighbours", test_neighbours);
    g_test_add_func("/model/clock-back", test_clock_back);
    g_test_add_func("/model/first-begins-at-start", test_first_begins_at_start);
    g_test_add_func("/model/frames", test_frames);
    g_test_add_func("/model/last-since", test_last_since);
    g_test_add_func("/model/stream-numbers", test_stream_numbers);
    g_test_add_func("/model/places-are-used-again", test_places_are_used_again);
    g_test_add_func("/model/steps", test_steps);
    g_test_add_func("/model/totals", test_totals);
    g_test_add_data_func("/model/marks", "kept", test_marks);
    g_test_add_data_func("/model/marks-not-kept", NULL, test_marks);
    g_test_add_func("/model/facts", test_facts);
    g_test_add_func("/model/facts/all", test_all_facts);
    g_test_add_data_func("/model/flows", "kept", test_flows);
    g_test_add_data_func("/model/flows-not-kept", NULL, test_flows);
    g_test_add_data_func("/model/closed-out", NULL, test_closed_out);
    g_test_add_data_func("/model/closed-out/projected", "projects", test_closed_out);
    return g_test_run();
}
