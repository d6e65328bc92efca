/* tsm_recorder_test.c - no more connections at once than wanted, and what is told of those that are
 * evicted.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "tsm_recorder.h"

#define NS_PER_S INT64_C(1000000000)

/* A capture that is fed a segment a second, and the records that came of it. */
struct fixture {
    struct tsm_recorder recorder;
    GArray *records; /* of struct tsm_record */
    uint32_t frame;
};

static void keep(void *context, const struct tsm_record *record)
{
    g_array_append_vals(((struct fixture *)context)->records, record, 1);
}

static void set_up(struct fixture *f, gconstpointer data)
{
    const enum tsm_record_detail detail = (enum tsm_record_detail)GPOINTER_TO_UINT(data);

    f->records = g_array_new(FALSE, FALSE, sizeof(struct tsm_record));
    f->frame = 0;
    tsm_recorder_init(&f->recorder, &tsm_model_default, &(const struct tsm_hash_key){1, 2});
    f->recorder.detail = detail;
    tsm_recorder_want(&f->recorder, TSM_EXTRA_FLOWS);
    f->recorder.put = keep;
    f->recorder.context = f;
}

static void tear_down(struct fixture *f, gconstpointer data)
{
    (void)data;
    tsm_recorder_clear(&f->recorder);
    g_array_unref(f->records);
}

/* A segment of the client with that port, or to it. Returns the number of its stream. */
static uint32_t feed(struct fixture *f, uint16_t port, bool to_client, unsigned flags, uint32_t seq,
                     uint32_t ack)
{
    const struct tsm_tuple there = {
        .src = {10, 0, 0, 1}, .dst = {10, 0, 0, 2}, .sport = port, .dport = 80, .addr_len = 4};
    const struct tsm_tuple back = {
        .src = {10, 0, 0, 2}, .dst = {10, 0, 0, 1}, .sport = 80, .dport = port, .addr_len = 4};
    const struct tsm_segment seg = {
        .time_ns = f->frame * NS_PER_S,
        .frame = ++f->frame,
        .seq = seq,
        .ack = ack,
        .flags = (uint16_t)flags,
        .window = 65535,
        .ttl = 64,
    };
    struct tsm_fed fed;

    tsm_recorder_segment(&f->recorder, to_client ? &back : &there, &seg, &fed);
    g_assert_nonnull(fed.stream);
    tsm_recorder_frame(&f->recorder, seg.time_ns, true);
    return fed.stream->number;
}

static uint32_t open_stream(struct fixture *f, uint16_t port)
{
    feed(f, port, false, TSM_SYN, 100, 0);
    feed(f, port, true, TSM_SYN | TSM_ACK, 500, 101);
    return feed(f, port, false, TSM_ACK, 101, 501);
}

static void close_stream(struct fixture *f, uint16_t port)
{
    feed(f, port, false, TSM_FIN | TSM_ACK, 101, 501);
    feed(f, port, true, TSM_FIN | TSM_ACK, 501, 102);
    feed(f, port, false, TSM_ACK, 102, 502);
}

static const struct tsm_record *record_at(const struct fixture *f, guint i)
{
    return &g_array_index(f->records, struct tsm_record, i);
}

/* The totals of a stream; they are told once. */
static struct tsm_record_totals totals_of(const struct fixture *f, uint32_t stream)
{
    struct tsm_record_totals totals = {0};
    guint n = 0;

    for (guint i = 0; i < f->records->len; i++) {
        const struct tsm_record *record = record_at(f, i);
        if (record->type == TSM_RECORD_TOTALS && record->u.totals.stream == stream) {
            totals = record->u.totals;
            n++;
        }
    }
    g_assert_cmpuint(n, ==, 1);
    return totals;
}

/* The last belief about an endpoint that was told up to its stream's totals. */
static struct tsm_change last_change(const struct fixture *f, uint32_t stream, unsigned side)
{
    struct tsm_change last = {0};

    for (guint i = 0; i < f->records->len; i++) {
        const struct tsm_record *record = record_at(f, i);
        if (record->type == TSM_RECORD_TOTALS && record->u.totals.stream == stream) {
            return last;
        }
        if (record->type == TSM_RECORD_CHANGE && record->u.change.stream == stream &&
            record->u.change.change.side == side) {
            last = record->u.change.change;
        }
    }
    g_assert_not_reached();
}

/* What the capture's record says, at the end. */
static struct tsm_record_capture finish(struct fixture *f)
{
    tsm_recorder_finish(&f->recorder);
    tsm_recorder_project(&f->recorder);
    g_assert_cmpint(record_at(f, f->records->len - 2)->type, ==, TSM_RECORD_CAPTURE);
    return record_at(f, f->records->len - 2)->u.capture;
}

static void test_no_bound(struct fixture *f, gconstpointer data)
{
    struct tsm_record_capture capture;

    (void)data;
    for (uint16_t port = 0; port < 100; port++) {
        feed(f, 1000 + port, false, TSM_SYN, 100, 0);
    }
    capture = finish(f);
    g_assert_cmpuint(capture.max_connections, ==, 0);
    g_assert_cmpuint(capture.closed_out, ==, 0);
    g_assert_cmpuint(totals_of(f, 0).closed_out_ns, ==, 0);
}

/* As many as are wanted: nobody is evicted. One more: one is. */
static void test_bound_is_reached(struct fixture *f, gconstpointer data)
{
    (void)data;
    f->recorder.max_connections = 2;
    open_stream(f, 1000);
    open_stream(f, 1001);
    feed(f, 1000, false, TSM_ACK, 101, 501);
    g_assert_cmpuint(f->recorder.totals.closed_out, ==, 0);
    feed(f, 1002, false, TSM_SYN, 100, 0);
    const struct tsm_record_capture capture = finish(f);
    g_assert_cmpuint(capture.max_connections, ==, 2);
    g_assert_cmpuint(capture.closed_out, ==, 1);
    g_assert_cmpuint(capture.closed_open, ==, 1);
    g_assert_cmpint(totals_of(f, 0).closed_out_ns, ==, 0);
    g_assert_cmpint(totals_of(f, 1).closed_out_ns, ==, 7 * NS_PER_S);
    g_assert_cmpuint(totals_of(f, 1).side[TSM_CLIENT].segments, ==, 2);
    g_assert_cmpint(totals_of(f, 2).closed_out_ns, ==, 0);
}

/* All that a stream has told when it is evicted: as at the end of the capture, and no more. */
static void test_last_records(struct fixture *f, gconstpointer data)
{
    GString *types = g_string_new(NULL);

    (void)data;
    f->recorder.max_connections = 1;
    open_stream(f, 1000);
    feed(f, 1001, false, TSM_SYN, 100, 0);
    feed(f, 1001, false, TSM_SYN, 100, 0);
    finish(f);
    for (guint i = 0; i < f->records->len; i++) {
        const struct tsm_record *record = record_at(f, i);
        if ((record->type == TSM_RECORD_FLOW && record->u.flow.stream == 0) ||
            (record->type == TSM_RECORD_FACTS && record->u.facts.stream == 0) ||
            (record->type == TSM_RECORD_TOTALS && record->u.totals.stream == 0)) {
            g_string_append_c(types, (char)record->type);
        }
    }
    g_assert_cmpstr(types->str, ==, "LFFE");
    g_assert_cmpuint(last_change(f, 0, TSM_CLIENT).state, ==, TSM_ESTABLISHED);
    g_string_free(types, TRUE);
}

/* One at a time: each takes the place of the one before, and what comes later begins a new one. */
static void test_one(struct fixture *f, gconstpointer data)
{
    struct tsm_record_capture capture;

    (void)data;
    f->recorder.max_connections = 1;
    g_assert_cmpuint(open_stream(f, 1000), ==, 0);
    g_assert_cmpuint(open_stream(f, 1001), ==, 1);
    g_assert_cmpuint(feed(f, 1000, true, TSM_ACK, 501, 101), ==, 2);
    g_assert_cmpuint(feed(f, 1000, false, TSM_ACK, 101, 501), ==, 2);
    g_assert_cmpuint(feed(f, 1001, false, TSM_ACK, 101, 501), ==, 3);
    capture = finish(f);
    g_assert_cmpuint(capture.closed_out, ==, 3);
    g_assert_cmpuint(capture.closed_open, ==, 3);
    for (uint32_t stream = 0; stream < 4; stream++) {
        totals_of(f, stream);
    }
}

/* Finished connections go first, and TIME_WAIT runs out although nobody follows it any more. */
static void test_over(struct fixture *f, gconstpointer data)
{
    struct tsm_record_capture capture;

    (void)data;
    f->recorder.max_connections = 2;
    open_stream(f, 1000);
    open_stream(f, 1001);
    close_stream(f, 1001);
    open_stream(f, 1002);
    capture = finish(f);
    g_assert_cmpuint(capture.closed_out, ==, 1);
    g_assert_cmpuint(capture.closed_open, ==, 0);
    g_assert_cmpint(totals_of(f, 1).closed_out_ns, ==, 9 * NS_PER_S);
    g_assert_cmpuint(last_change(f, 1, TSM_CLIENT).state, ==, TSM_CLOSED);
    g_assert_cmpint(last_change(f, 1, TSM_CLIENT).from_ns, >=,
                    5 * NS_PER_S + tsm_model_default.time_wait_ns);
}

/* A tuple that is used again and again, each time anew. */
static void test_reused_tuple(struct fixture *f, gconstpointer data)
{
    (void)data;
    f->recorder.max_connections = 3;
    open_stream(f, 2000);
    for (uint32_t i = 0; i < 1000; i++) {
        feed(f, 1000, false, TSM_SYN, 100 + i, 0);
    }
    g_assert_cmpuint(feed(f, 2000, false, TSM_ACK, 101, 501), ==, 0);
    g_assert_cmpuint(finish(f).closed_open, ==, 0);
    totals_of(f, 1000);
}

/* A frame may hold several headers, and ICMP errors quote streams that nobody has seen. */
static void test_quotes(struct fixture *f, gconstpointer data)
{
    const struct tsm_icmp_error unreachable = {.type = 3, .code = 1, .fatal = true};
    const struct tsm_segment quoted = {.time_ns = NS_PER_S, .frame = 1, .flags = TSM_SYN};
    struct tsm_tuple tuple = {.src = {10, 0, 0, 3}, .dst = {10, 0, 0, 4}, .addr_len = 4};
    struct tsm_fed fed;

    (void)data;
    f->recorder.max_connections = 1;
    open_stream(f, 1000);
    for (tuple.sport = 1; tuple.sport < 100; tuple.sport++) {
        tsm_recorder_quote(&f->recorder, &tuple, &quoted, 20, &unreachable, &fed);
        g_assert_null(fed.stream);
        tsm_recorder_unread(&f->recorder, &tuple, &quoted, 20);
    }
    g_assert_cmpuint(feed(f, 1000, false, TSM_ACK, 101, 501), ==, 0);
    g_assert_cmpuint(finish(f).closed_out, ==, 0);
}

/* Live, each is told once, when it ends or is evicted; those that were told are not counted. */
static void test_live(struct fixture *f, gconstpointer data)
{
    struct tsm_record_capture capture;

    (void)data;
    f->recorder.max_connections = 2;
    for (uint16_t port = 1000; port < 1050; port++) {
        open_stream(f, port);
        if (port % 2 == 0) {
            close_stream(f, port);
        }
    }
    capture = finish(f);
    g_assert_cmpuint(capture.closed_out, >, 20);
    g_assert_cmpuint(capture.closed_out, ==, capture.closed_open);
    for (uint32_t stream = 0; stream < 50; stream++) {
        g_assert_true((totals_of(f, stream).closed_out_ns != 0) ==
                      (stream % 2 == 1 && stream < 47));
    }
}

/* What is foretold is what would be told if the capture ended there; then it goes on as ever. */
static void test_foretell(struct fixture *f, gconstpointer data)
{
    (void)data;
    open_stream(f, 1000);
    close_stream(f, 1000);
    feed(f, 1001, false, TSM_SYN, 100, 0);
    for (unsigned i = 0; i < 100; i++) { /* TIME_WAIT ends meanwhile */
        tsm_recorder_frame(&f->recorder, f->frame++ * NS_PER_S, true);
    }
    tsm_recorder_foretell(&f->recorder);
    g_autoptr(GArray) foretold = g_steal_pointer(&f->records);
    const guint changes = foretold->len;

    f->records = g_array_new(FALSE, FALSE, sizeof(struct tsm_record));
    f->recorder.projects = false;
    finish(f);
    g_assert_cmpuint(changes, >, f->records->len); /* those before the end are in it, too */
    for (guint i = 1; i <= f->records->len; i++) {
        char before[TSM_RECORD_TEXT], after[TSM_RECORD_TEXT];

        tsm_record_format(&g_array_index(foretold, struct tsm_record, changes - i), before);
        tsm_record_format(record_at(f, f->records->len - i), after);
        g_assert_cmpstr(before, ==, after);
    }
}

/* What timers do at the end, and will do after it, is told; the table stays as it stood. */
static void test_end_is_told(struct fixture *f, gconstpointer data)
{
    guint projected = 0;

    (void)data;
    open_stream(f, 1000);
    close_stream(f, 1000);
    finish(f);
    for (guint i = 0; i < f->records->len; i++) {
        projected += record_at(f, i)->type == TSM_RECORD_PROJECTED;
    }
    g_assert_cmpuint(projected, >, 0);
    g_assert_cmpuint(tsm_table_stream(f->recorder.table, 0)->conn->belief[TSM_CLIENT].state, ==,
                     TSM_TIME_WAIT);
}

/* Nothing for two hours: the stream's end is told, and when it goes on it begins again as it was.
 */
static void test_resumed(struct fixture *f, gconstpointer data)
{
    struct tsm_change standing[2] = {{0}, {0}};
    guint starts = 0, totals = 0;

    (void)data;
    open_stream(f, 1000);
    f->frame += 7300;
    feed(f, 2000, false, TSM_SYN, 100, 0); /* time passes for all */
    feed(f, 1000, false, TSM_ACK, 101, 501);
    for (guint i = 0; i < f->records->len; i++) {
        const struct tsm_record *record = record_at(f, i);
        starts += record->type == TSM_RECORD_START && record->u.start.stream == 0;
        totals += record->type == TSM_RECORD_TOTALS && record->u.totals.stream == 0;
        if (record->type == TSM_RECORD_CHANGE &&
            record->u.change.change.cause == TSM_CAUSE_RESUMED) {
            standing[record->u.change.change.side] = record->u.change.change;
        }
    }
    g_assert_cmpuint(starts, ==, 2);
    g_assert_cmpuint(totals, ==, 1);
    for (unsigned side = 0; side < 2; side++) {
        g_assert_cmpint(standing[side].state, ==, TSM_ESTABLISHED);
        g_assert_cmpint(standing[side].from_ns, <, 3 * NS_PER_S);
        g_assert_cmpint(standing[side].at_ns, >, 7300 * NS_PER_S);
    }
}

/* The lines of records: of what timers will do, or of all else. The caller frees them. */
static char *lines_of(const struct fixture *f, guint from, guint to, bool projected)
{
    GString *lines = g_string_new(NULL);

    for (guint i = from; i < to; i++) {
        char line[TSM_RECORD_TEXT];
        if ((record_at(f, i)->type == TSM_RECORD_PROJECTED) == projected) {
            tsm_record_format(record_at(f, i), line);
            g_string_append(lines, line);
        }
    }
    return g_string_free(lines, FALSE);
}

/* Both at once tells the same, but in another order. */
static void test_conclude(struct fixture *f, gconstpointer data)
{
    (void)data;
    open_stream(f, 1000);
    close_stream(f, 1000);
    open_stream(f, 1001);
    close_stream(f, 1001);
    feed(f, 1002, false, TSM_SYN, 100, 0);
    const guint before = f->records->len;
    tsm_recorder_conclude(&f->recorder);
    const guint after = f->records->len;
    finish(f);
    for (unsigned i = 0; i < 2; i++) {
        g_autofree char *at_once = lines_of(f, before, after, i == 1);
        g_autofree char *parted = lines_of(f, after, f->records->len, i == 1);
        g_assert_cmpstr(at_once, !=, "");
        g_assert_cmpstr(at_once, ==, parted);
    }
}

static void feed_some(struct fixture *f)
{
    open_stream(f, 1001);
    close_stream(f, 1001);
    open_stream(f, 1002);
    feed(f, 1001, false, TSM_SYN, 9000, 0); /* on the tuple of the first */
    feed(f, 1003, false, TSM_SYN, 100, 0);
}

static guint end_in_steps(struct fixture *f, uint32_t most)
{
    guint steps = 1;

    f->recorder.projects = false;
    while (tsm_recorder_finish_some(&f->recorder, most)) {
        steps++;
    }
    tsm_recorder_project(&f->recorder);
    return steps;
}

/* A stream at a time: the same records, and no stream is left. */
static void test_finish_some(struct fixture *f, gconstpointer data)
{
    struct fixture whole;

    set_up(&whole, data);
    whole.recorder.projects = false;
    feed_some(&whole);
    finish(&whole);
    feed_some(f);
    g_assert_cmpuint(end_in_steps(f, 1), ==, 4);
    g_assert_cmpuint(f->records->len, ==, whole.records->len);
    for (guint i = 0; i < f->records->len; i++) {
        char text[TSM_RECORD_TEXT], wanted[TSM_RECORD_TEXT];
        tsm_record_format(record_at(f, i), text);
        tsm_record_format(record_at(&whole, i), wanted);
        g_assert_cmpstr(text, ==, wanted);
    }
    g_assert_null(tsm_table_stream(f->recorder.table, 0));
    g_assert_nonnull(tsm_table_stream(whole.recorder.table, 0));
    tear_down(&whole, data);
}

int main(int argc, char **argv)
{
    // clang-format off
    static const struct {
        const char *name;
        enum tsm_record_detail detail;
        void (*test)(struct fixture *f, gconstpointer data);
    } tests[] = {
        {"no-bound",     TSM_RECORD_EVENTS, test_no_bound},
        {"bound",        TSM_RECORD_EVENTS, test_bound_is_reached},
        {"last-records", TSM_RECORD_ALL,    test_last_records},
        {"one",          TSM_RECORD_EVENTS, test_one},
        {"over",         TSM_RECORD_EVENTS, test_over},
        {"reused-tuple", TSM_RECORD_EVENTS, test_reused_tuple},
        {"quotes",       TSM_RECORD_EVENTS, test_quotes},
        {"live",         TSM_RECORD_LIVE,   test_live},
        {"foretell",     TSM_RECORD_EVENTS, test_foretell},
        {"conclude",     TSM_RECORD_EVENTS, test_conclude},
        {"finish-some",  TSM_RECORD_EVENTS, test_finish_some},
        {"end-is-told",  TSM_RECORD_EVENTS, test_end_is_told},
        {"resumed",      TSM_RECORD_LIVE,   test_resumed},
    };
    // clang-format on

    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
        g_autofree char *name = g_strdup_printf("/recorder/%s", tests[i].name);
        g_test_add(name, struct fixture, GUINT_TO_POINTER(tests[i].detail), set_up, tests[i].test,
                   tear_down);
    }
    return g_test_run();
}
