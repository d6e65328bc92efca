/* taps.c - see taps.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "taps.h"

#include "blanks.h"
#include "pair.h"
#include "story_internal.h"

/* ---- an end ---- */

/* Free with g_array_unref(). */
static GArray *intervals_of(const struct story *story, const struct story_connection *connection,
                            enum tsm_side side)
{
    GArray *list = g_array_new(FALSE, FALSE, sizeof(struct story_interval));

    story_intervals(story, connection, side, list);
    return list;
}

static const struct story_interval *nth(const GArray *list, guint i)
{
    return &g_array_index(list, struct story_interval, i);
}

static void add_interval(struct story *to, struct story_connection *connection, enum tsm_side side,
                         struct story_interval interval)
{
    interval.earlier = connection->newest[side];
    g_array_append_val(to->intervals, interval);
    connection->newest[side] = to->intervals->len;
}

static void copy_intervals(struct story *to, struct story_connection *connection,
                           const struct story *from, const struct story_connection *other,
                           enum tsm_side side)
{
    g_autoptr(GArray) list = intervals_of(from, other, side);

    connection->newest[side] = 0;
    for (guint i = 0; i < list->len; i++) {
        add_interval(to, connection, side, *nth(list, i));
    }
}

/* The marks of a connection without those of an end. */
static void drop_marks(struct story *story, struct story_connection *connection, enum tsm_side side)
{
    uint32_t kept = 0;

    connection->mark_kinds = 0;
    for (uint32_t place = connection->marks; place != 0;) {
        struct story_mark *mark = mark_at(story, place);
        const uint32_t next = mark->earlier;
        if (mark->side != side) {
            mark->earlier = kept;
            kept = place;
            connection->mark_kinds |= UINT64_C(1) << mark->kind;
        }
        place = next;
    }
    connection->marks = kept;
}

static void copy_marks(struct story *to, struct story_connection *connection,
                       const struct story *from, uint32_t marks, enum tsm_side side)
{
    for (uint32_t place = marks; place != 0; place = mark_at(from, place)->earlier) {
        struct story_mark mark = *mark_at(from, place);
        if (mark.side == side) {
            mark.earlier = connection->marks;
            g_array_append_val(to->marks, mark);
            connection->marks = to->marks->len;
            connection->mark_kinds |= UINT64_C(1) << mark.kind;
        }
    }
}

/* The end as another story has it. */
static void take_end(struct story *to, struct story_connection *connection,
                     const struct story *from, const struct story_connection *other,
                     enum tsm_side side)
{
    struct tsm_record_facts facts = *story_facts(from, other, side);
    const struct story_repeats repeats = story_repeats(from, other);

    facts.stream = 0; /* as story_add_facts() keeps them */
    facts.side = 0;
    copy_intervals(to, connection, from, other, side);
    connection->facts[side] = story_pack(to, &facts, WORDS_OF(struct tsm_record_facts));
    connection->heard[side] = other->heard[side];
    story_set_repeats(to, connection, side, repeats.ns[side], repeats.count[side]);
    connection->segments[side] = other->segments[side];
    connection->retransmissions[side] = other->retransmissions[side];
    connection->bytes[side] = other->bytes[side];
    drop_marks(to, connection, side);
    copy_marks(to, connection, from, other->marks, side);
}

/* ---- an end that is silent ---- */

/* Since when its peer's side takes it as perhaps gone, to the end: it answered nothing of what was
 * repeated. INT64_MAX = never. */
static int64_t doubted_since(const GArray *by_peer)
{
    int64_t since_ns = INT64_MAX;

    for (guint i = by_peer->len; i-- > 0;) {
        const struct story_interval *interval = nth(by_peer, i);
        if (interval->state == TSM_CLOSED || (interval->possible & tsm_only(TSM_CLOSED)) == 0) {
            break;
        }
        since_ns = interval->from_ns;
    }
    return since_ns;
}

static struct story_interval perhaps_gone(struct story_interval interval, int64_t since_ns)
{
    if (interval.from_ns < since_ns) {
        interval.from_ns = since_ns;
        interval.frame = 0;
        interval.cause = TSM_CAUSE_SILENCE;
    }
    interval.possible |= tsm_only(TSM_CLOSED);
    interval.basis = interval.basis == TSM_PROVEN ? TSM_PRESUMED : interval.basis;
    return interval;
}

/* Its own side sees what the end sends, and no doubt where nothing arrives that it would answer:
 * but what is heard no more, though its peer went on, may be gone, however well it was known. */
static void doubt_silent(struct story *to, struct story_connection *connection, enum tsm_side side,
                         const GArray *by_peer)
{
    g_autoptr(GArray) list = intervals_of(to, connection, side);
    const int64_t heard_ns = connection->heard[side].last_ns;
    const int64_t since_ns = MAX(doubted_since(by_peer), heard_ns);

    if (since_ns == INT64_MAX || connection->heard[tsm_other(side)].last_ns <= heard_ns) {
        return;
    }
    connection->newest[side] = 0;
    for (guint i = 0; i < list->len; i++) {
        const struct story_interval interval = *nth(list, i);
        const bool goes_on = i + 1 == list->len || nth(list, i + 1)->from_ns > since_ns;
        const bool doubtful = goes_on && interval.state >= TSM_ESTABLISHED &&
                              (interval.possible & tsm_only(TSM_CLOSED)) == 0;
        if (!doubtful || interval.from_ns < since_ns) {
            add_interval(to, connection, side, interval);
        }
        if (doubtful) {
            add_interval(to, connection, side, perhaps_gone(interval, since_ns));
        }
    }
}

/* ---- a connection ---- */

/* What is told of either end and kept together. */
static void take_figures(struct story *to, struct story_connection *connection,
                         const struct story *from, const struct story_connection *other,
                         enum tsm_side side)
{
    struct story_bytes bytes = story_bytes(to, connection);
    struct tsm_record_metrics metrics = story_metrics(to, connection);
    const struct story_bytes other_bytes = story_bytes(from, other);

    bytes.out_of_order[side] = other_bytes.out_of_order[side];
    bytes.retransmitted[side] = other_bytes.retransmitted[side];
    bytes.lost[side] = other_bytes.lost[side];
    metrics.end[side] = story_metrics(from, other).end[side];
    connection->kinds = story_pack(to, &bytes, WORDS_OF(struct story_bytes));
    connection->metrics = story_pack(to, metrics.end, WORDS_OF(metrics.end));
}

static void join_pair(struct story *to, struct story_connection *connection,
                      const struct story *from, const struct story_connection *other)
{
    g_autoptr(GArray) client = intervals_of(from, other, TSM_CLIENT);
    g_autoptr(GArray) server = intervals_of(to, connection, TSM_SERVER);

    take_end(to, connection, from, other, TSM_SERVER);
    take_figures(to, connection, from, other, TSM_SERVER);
    doubt_silent(to, connection, TSM_CLIENT, client);
    doubt_silent(to, connection, TSM_SERVER, server);
    connection->notes |= other->notes;
    connection->open_steps |= other->open_steps;
    connection->close_steps |= other->close_steps;
    connection->start_ns = MIN(connection->start_ns, other->start_ns);
    connection->end_ns = MAX(connection->end_ns, other->end_ns);
    connection->vantage = TSM_AT_UNKNOWN;
}

/* A connection that only the other story has. */
static void add_connection(struct story *to, const struct story *from,
                           const struct story_connection *other, uint32_t stream)
{
    const struct tsm_spent spent = story_spent(from, other);
    struct story_connection connection = *other;

    connection.stream = stream;
    connection.previous_stream = TSM_NO_STREAM;
    connection.marks = connection.flow = connection.kinds = connection.metrics = 0;
    connection.repeats = 0;
    connection.mark_kinds = 0;
    connection.keeps_steps = false;
    connection.steps = 0;
    connection.spent = story_pack(to, &spent, WORDS_OF(struct tsm_spent));
    for (unsigned side = 0; side < 2; side++) {
        take_end(to, &connection, from, other, (enum tsm_side)side);
        take_figures(to, &connection, from, other, (enum tsm_side)side);
    }
    g_hash_table_insert(to->by_stream, GUINT_TO_POINTER(stream),
                        GUINT_TO_POINTER(to->connections->len));
    g_array_append_val(to->connections, connection);
}

/* ---- the whole ---- */

static void join_totals(struct story *to, const struct story *from)
{
    struct tsm_record_capture *totals = &to->capture;
    const struct tsm_record_capture *more = &from->capture;

    totals->start_ns = MIN(totals->start_ns, more->start_ns);
    totals->end_ns = MAX(totals->end_ns, more->end_ns);
    totals->frames += more->frames;
    totals->segments += more->segments;
    totals->unread += more->unread;
    totals->fragments += more->fragments;
    totals->quoted += more->quoted;
    totals->closed_out += more->closed_out;
    totals->closed_open += more->closed_open;
    totals->refused += more->refused;
    to->partial = to->partial || from->partial;
    to->first_ns = MIN(to->first_ns, from->first_ns);
    to->latest_ns = MAX(to->latest_ns, from->latest_ns);
}

void taps_join(struct story *at_client, const struct story *at_server)
{
    g_autoptr(GArray) pairs = pairs_of(at_client, at_server);
    g_autofree char *other = g_path_get_basename(at_server->name);
    g_autofree char *name = g_strdup_printf("%s and %s", at_client->name, other);
    uint32_t stream = 0;

    for (guint i = 0; i < at_client->connections->len; i++) {
        stream = MAX(stream, connection_at(at_client, i)->stream + 1);
    }
    for (guint i = 0; i < pairs->len; i++) {
        const struct pair *pair = &g_array_index(pairs, struct pair, i);
        if (pair->connection[TSM_CLIENT] != NULL && pair->connection[TSM_SERVER] != NULL) {
            const guint number = story_number(at_client, pair->connection[TSM_CLIENT]);
            join_pair(at_client, connection_at(at_client, number), at_server,
                      pair->connection[TSM_SERVER]);
        }
    }
    for (guint i = 0; i < pairs->len; i++) { /* the others now: connections move */
        const struct pair *pair = &g_array_index(pairs, struct pair, i);
        if (pair->connection[TSM_CLIENT] == NULL) {
            add_connection(at_client, at_server, pair->connection[TSM_SERVER], stream++);
        }
    }
    if (at_client->files->len == 0) {
        story_begin_file(at_client, at_client->name, 0);
    }
    story_begin_file(at_client, at_server->name, at_client->capture.frames);
    join_totals(at_client, at_server);
    story_common_blanks(at_client, at_server);
    g_free(at_client->name);
    at_client->name = g_steal_pointer(&name);
}
