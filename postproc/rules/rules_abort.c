/* rules_abort.c - anomalies of connections that are reset where they should be closed, A38 to A40.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rule_case.h"
#include "rules.h"

#define RFC9293_RESET "RFC 9293 3.5.3"
#define RFC9293_CLOSE "RFC 9293 3.6"

/* ---- A38, A39, A40 ---- */

/* Thresholds of A39 and A40. */
enum { RESET_BYTES, RESET_MANY };

// clang-format off
#define LOST_BYTES                                                                             \
    {"bytes", ANOMALY_COUNT, 64, 0, G_MAXUINT32, "up to N lost bytes are a farewell: info"}
#define MANY_OF_ONE_END                                                                        \
    {"many", ANOMALY_COUNT, 5, 1, ANOMALY_MAX_COUNT, "N of one end or more are reported as one"}
// clang-format on

/* Whether the end `side` reset a connection that was open. */
static bool has_reset(const struct anomaly_case *c, enum tsm_side side)
{
    return case_was_open(c) &&
           c->connection->segments[side] > case_mark(c, side, MARK_RST)->count &&
           c->ending == (side == TSM_CLIENT ? ENDING_RESET_BY_CLIENT : ENDING_RESET_BY_SERVER);
}

/* Data that a reset by a server destroys: its answer, and the client's request. A client that
 * resets throws away only what it does not want. */
static uint32_t destroyed(const struct anomaly_case *c, enum tsm_side side)
{
    return side == TSM_SERVER ? case_unacked(c, TSM_CLIENT) + case_unacked(c, TSM_SERVER) : 0;
}

static void note_reset(const struct anomaly_case *c, enum tsm_side side, struct anomaly *hit)
{
    hit->figure[0] = hit->weight = destroyed(c, side);
    hit->severity = hit->figure[0] > 0 ? ANOMALY_WARNING : ANOMALY_INFO;
    hit->fault = fault_of(side);
    case_span(hit, case_mark(c, side, MARK_RST));
}

/* Who repeats in vain and then resets has given up: A30, A31. A RST that says that there was no
 * socket any more is no close, either: A27. */
static bool is_abort(const struct anomaly_case *c, enum tsm_side side, struct anomaly *hit)
{
    static const char *const text[] = {"{client} reset the connection instead of closing it",
                                       "{server} reset the connection instead of closing it"};

    if (!has_reset(c, side) || case_mark(c, TSM_CLIENT, MARK_FIN)->count > 0 ||
        case_mark(c, TSM_SERVER, MARK_FIN)->count > 0 || case_facts(c, side)->repeats.count >= 2 ||
        case_mark(c, side, TSM_NOTE_BIT_NO_SOCKET)->first_frame ==
            case_mark(c, side, MARK_RST)->first_frame) {
        return false;
    }
    note_reset(c, side, hit);
    hit->text = hit->figure[0] > 0
                    ? "{server} reset the connection instead of closing it; {b0} that "
                      "were on their way are lost"
                    : text[side];
    return true;
}

static void survey_aborts(struct anomaly_survey *survey, const int64_t *limit)
{
    static const struct aggregate aggregates[] = {
        {TUPLE_CLIENT_HOST, ANOMALY_INFO,
         "{client.host} reset {members:connection:connections} instead of closing them"},
        {TUPLE_LISTENER, ANOMALY_INFO,
         "{server} reset {members:connection:connections} instead of closing them; up to {b0} of "
         "one "
         "are lost"}};

    survey_aggregates(survey, aggregates, limit[0]);
}

/* The end `side` sent data although it knew that its peer had closed, and the peer reset it. */
static bool wrote_after_close(const struct anomaly_case *c, enum tsm_side side)
{
    const struct tsm_first *late = &case_facts(c, side)->after_fin;
    const struct tsm_mark *reset = case_mark(c, tsm_other(side), MARK_RST);

    return late->count > 0 && reset->count > 0 && reset->last_ns >= late->ns;
}

static bool is_unclean(const struct anomaly_case *c, enum tsm_side side, struct anomaly *hit)
{
    static const char *const text[] = {
        "{client} sent RST after the close had begun",
        "{server} sent RST after the close had begun; {b0} were not acknowledged"};
    const bool closed = case_mark(c, TSM_CLIENT, MARK_FIN)->count > 0 ||
                        case_mark(c, TSM_SERVER, MARK_FIN)->count > 0;

    if (!closed || !has_reset(c, side) || wrote_after_close(c, tsm_other(side)) ||
        case_reset_after_close_ns(c, side) >= CASE_ORPHAN_NS ||
        case_facts(c, side)->repeats.count >= 2) {
        return false;
    }
    note_reset(c, side, hit);
    /* What a client still sends to a server that it has closed itself is its own affair. */
    if (hit->figure[0] <= c->limit[RESET_BYTES] || c->connection->closed_by != 1 + TSM_SERVER) {
        hit->severity = ANOMALY_INFO;
    }
    hit->text = text[side];
    case_evidence(hit, case_mark(c, TSM_CLIENT, MARK_FIN));
    case_evidence(hit, case_mark(c, TSM_SERVER, MARK_FIN));
    return true;
}

static void survey_unclean(struct anomaly_survey *survey, const int64_t *limit)
{
    static const struct aggregate aggregates[] = {
        {TUPLE_CLIENT_HOST, ANOMALY_INFO,
         "{client.host} sent RST after the close of {members:connection:connections} had begun"},
        {TUPLE_LISTENER, ANOMALY_INFO,
         "{server} sent RST after the close of {members:connection:connections} had begun; up to "
         "{b0} of one were not acknowledged"}};

    survey_aggregates(survey, aggregates, limit[RESET_MANY]);
}

static bool is_write_after_close(const struct anomaly_case *c, enum tsm_side side,
                                 struct anomaly *hit)
{
    static const char *const text[] = {
        "{client} sent data although it knew that {server} had closed, and got a RST; {b0} are "
        "lost",
        "{server} sent data although it knew that {client} had closed, and got a RST; {b0} are "
        "lost"};
    const enum tsm_side peer = tsm_other(side);
    const struct tsm_first *late = &case_facts(c, side)->after_fin;

    if (!wrote_after_close(c, side) || case_reset_after_close_ns(c, peer) >= CASE_ORPHAN_NS) {
        return false;
    }
    hit->figure[0] = hit->weight = case_unacked(c, side);
    hit->severity = hit->figure[0] > c->limit[RESET_BYTES] ? ANOMALY_WARNING : ANOMALY_INFO;
    hit->text = text[side];
    hit->fault = fault_of(side);
    case_span(hit, case_mark(c, peer, MARK_RST));
    anomaly_evidence(hit, case_mark(c, peer, MARK_FIN)->first_frame);
    anomaly_evidence(hit, late->frame);
    return true;
}

static void survey_writes_after_close(struct anomaly_survey *survey, const int64_t *limit)
{
    static const struct aggregate aggregates[] = {
        {TUPLE_CLIENT_HOST, ANOMALY_INFO,
         "{client.host} sent data in {members:connection:connections} that the server had closed, "
         "as it knew, and got RST; up to {b0} of one are lost"},
        {TUPLE_LISTENER, ANOMALY_INFO,
         "{server} sent data in {members:connection:connections} that the client had closed, as it "
         "knew, and got RST; up to {b0} of one are lost"}};

    survey_aggregates(survey, aggregates, limit[RESET_MANY]);
}

/* ---- the table ---- */

const struct anomaly_rule rules_abort[] = {
    {
        .id = "A38",
        .name = "abort",
        .title = "Reset instead of close",
        .severity = ANOMALY_INFO,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_UNKNOWN,
        .meaning =
            "One end ended an open connection with RST, without FIN. Its peer gets ECONNRESET "
            "instead of an end of file, and what was on its way is thrown away.",
        .text = "the connection was reset instead of closed",
        .filter = "tcp.flags.reset == 1",
        .causes = {"close() with data that was not read", "SO_LINGER with a time of 0",
                   "the process was killed or crashed with data that was not read",
                   "a browser or client that does not want the rest of an answer: harmless"},
        .checks = {"the application's log at that time",
                   "dmesg and journalctl -k for killed processes",
                   "strace -f -e trace=close,shutdown,setsockopt -p PID"},
        .references = {RFC9293_RESET, "RFC 1122 4.2.2.13", "RFC 2525 2.17"},
        .limits = {MANY_OF_ONE_END},
        .gates = GATE_ONE_WAY,
        .yields = true,
        .judge_end = is_abort,
        .survey = survey_aborts,
    },
    {
        .id = "A39",
        .name = "unclean_close",
        .title = "Reset during the close",
        .severity = ANOMALY_INFO,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_UNKNOWN,
        .meaning = "One end had sent its FIN, and then a RST ended the connection before both "
                   "directions were closed. What was not acknowledged by then is lost.",
        .text = "RST after the close had begun",
        .filter = "tcp.flags.fin == 1 || tcp.flags.reset == 1",
        .causes = {"the end closed both directions while its peer was still sending",
                   "close() with data that was not read", "SO_LINGER with a time of 0"},
        .checks = {"whether data follows the FIN of the end that sends the RST",
                   "use shutdown(SHUT_WR) and read to the end before close()"},
        .references = {RFC9293_CLOSE, "RFC 1122 4.2.2.13"},
        .limits = {LOST_BYTES, MANY_OF_ONE_END},
        .gates = GATE_ONE_WAY,
        .yields = true,
        .judge_end = is_unclean,
        .survey = survey_unclean,
    },
    {
        .id = "A40",
        .name = "write_after_close",
        .title = "Data after the peer has closed",
        .severity = ANOMALY_WARNING,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_UNKNOWN,
        .meaning =
            "One end closed, the other acknowledged the FIN and then sent data. Nobody reads "
            "any more: the data is lost and the answer is a RST. (A short farewell, such as a "
            "TLS alert, is harmless.)",
        .text = "data after the peer's FIN was answered by RST",
        .filter = "tcp.flags.fin == 1 || tcp.flags.reset == 1 || tcp.len > 0",
        .causes = {"the application does not notice that read() returned 0",
                   "it takes a connection from its pool without looking whether it is still open",
                   "the peer gave up while the data was on its way: a download was cancelled"},
        .checks = {"handle the end of file: close the connection when read() returns 0",
                   "the idle timeouts of both: who closes idle connections first?"},
        .references = {RFC9293_CLOSE, "RFC 1122 4.2.2.13"},
        .limits = {LOST_BYTES, MANY_OF_ONE_END},
        .gates = GATE_ONE_WAY,
        .yields = true,
        .judge_end = is_write_after_close,
        .survey = survey_writes_after_close,
    },
    {.id = NULL},
};
