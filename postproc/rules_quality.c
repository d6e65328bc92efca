/* rules_quality.c - how good the capture is, Q1 to Q9: each hit closes a gate for its connections.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules.h"
#include "survey.h"

static bool is_midstream(const struct anomaly_case *c, struct anomaly *hit)
{
    anomaly_evidence(hit, c->connection->frame);
    return c->opening == OPENING_MIDSTREAM;
}

/* One end is silent in the capture although the other one shows that it has spoken: its data was
 * acknowledged, or its handshake was completed. */
static bool is_one_way(const struct anomaly_case *c, struct anomaly *hit)
{
    const uint32_t *segments = c->connection->segments;
    const enum tsm_side seen = segments[TSM_CLIENT] > 0 ? TSM_CLIENT : TSM_SERVER;

    anomaly_evidence(hit, c->connection->frame);
    return c->connection->counted && segments[tsm_other(seen)] == 0 && segments[seen] > 1 &&
           (c->facts[seen]->seen.last_data_frame != 0 ||
            anomaly_mark(c, seen, MARK_THIRD_ACK)->count > 0);
}

static bool has_drops(const struct anomaly_case *c, struct anomaly *hit)
{
    const uint64_t missing =
        (uint64_t)c->facts[TSM_CLIENT]->seen.unseen + c->facts[TSM_SERVER]->seen.unseen;
    const uint64_t bytes = c->connection->bytes[TSM_CLIENT] + c->connection->bytes[TSM_SERVER];

    hit->figure[0] = (int64_t)missing;
    hit->weight = (int64_t)missing;
    anomaly_evidence(hit, anomaly_mark(c, TSM_CLIENT, TSM_NOTE_BIT_UNSEEN)->first_frame);
    anomaly_evidence(hit, anomaly_mark(c, TSM_SERVER, TSM_NOTE_BIT_UNSEEN)->first_frame);
    return anomaly_mark(c, TSM_SERVER, MARK_ACK_FOR_SYN)->count == 0 && missing > 0 &&
           missing * 1000 > bytes * (uint64_t)c->limit[0];
}

static bool is_mirrored(const struct anomaly_case *c, struct anomaly *hit)
{
    const struct tsm_mark *client = anomaly_mark(c, TSM_CLIENT, TSM_NOTE_BIT_DUPLICATE);
    const struct tsm_mark *server = anomaly_mark(c, TSM_SERVER, TSM_NOTE_BIT_DUPLICATE);

    hit->figure[0] = (int64_t)client->count + server->count;
    anomaly_evidence(hit, client->first_frame);
    anomaly_evidence(hit, server->first_frame);
    return hit->figure[0] >= c->limit[0];
}

static bool has_clock_trouble(const struct anomaly_case *c, struct anomaly *hit)
{
    hit->figure[0] =
        c->facts[TSM_CLIENT]->seen.backwards + (int64_t)c->facts[TSM_SERVER]->seen.backwards;
    anomaly_evidence(hit, c->connection->frame);
    return hit->figure[0] > 0;
}

static bool has_cut_headers(const struct anomaly_case *c, struct anomaly *hit)
{
    hit->figure[0] =
        c->facts[TSM_CLIENT]->seen.options_cut + (int64_t)c->facts[TSM_SERVER]->seen.options_cut;
    anomaly_evidence(hit, c->connection->frame);
    return hit->figure[0] > 0;
}

const struct anomaly_rule rules_quality[] = {
    {
        .id = "Q1",
        .name = "midstream",
        .title = "Start not captured",
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_CAPTURE,
        .meaning = "The capture has no SYN of the connection. Who opened it, and the options "
                   "that both ends agreed on, are guesses; so are states before the first FIN.",
        .text = "no SYN was captured; the client is a guess",
        .causes = {"the capture began while the connection was open",
                   "the SYN took another path than the capture's"},
        .checks = {"start the capture before the application"},
        .gate = GATE_MIDSTREAM,
        .judge = is_midstream,
    },
    {
        .id = "Q2",
        .name = "one_way",
        .title = "One direction only",
        .severity = ANOMALY_INFO,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_CAPTURE,
        .meaning =
            "Only one end was captured, although it answers segments of the other. What the other one did is presumed; that nothing answered cannot be said.",
        .text = "only one direction was captured",
        .causes = {"the two directions take different paths",
                   "the filter or the mirror port of the capture leaves one out"},
        .checks = {"capture at one of the two ends, or both directions of the mirror"},
        .gate = GATE_ONE_WAY,
        .judge = is_one_way,
    },
    {
        .id = "Q3",
        .name = "drops",
        .title = "Segments missing from the capture",
        .severity = ANOMALY_INFO,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_CAPTURE,
        .meaning =
            "Data was acknowledged that the capture does not have: it lost packets. What looks like silence or loss may be that.",
        .text = "{b0} were acknowledged but not captured",
        .filter = "tcp.analysis.ack_lost_segment || tcpstate.analysis.acked_unseen",
        .causes = {"the capturing host could not keep up", "the mirror port drops"},
        .checks = {"tcpdump -B 16384 -s 128, and what it says of \"dropped by kernel\""},
        .limits = {{"per_mille", ANOMALY_COUNT, 1, "thousandths of the data that may be missing"}},
        .gates = GATE_ONE_WAY,
        .gate = GATE_DROPS,
        .judge = has_drops,
    },
    {
        .id = "Q4",
        .name = "mirrored",
        .title = "Packets captured twice",
        .severity = ANOMALY_INFO,
        .confidence = ANOMALY_INFERRED,
        .fault = ANOMALY_OF_CAPTURE,
        .meaning = "The same packets were captured more than once; a copy is not a retransmission.",
        .text = "{n0:segment was:segments were} captured twice",
        .filter = "tcpstate.analysis.duplicate_capture",
        .causes = {"a mirror port that copies both directions or several ports",
                   "a capture on \"any\" of a host that forwards"},
        .checks = {"editcap -d"},
        .limits = {{"segments", ANOMALY_COUNT, 1, "copies in one connection"}},
        .gate = GATE_MIRRORED,
        .judge = is_mirrored,
    },
    {
        .id = "Q5",
        .name = "clock",
        .title = "Time goes backwards",
        .severity = ANOMALY_INFO,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_CAPTURE,
        .meaning =
            "Frames have earlier times than those before them: clocks of merged captures differ, or packets were stored out of order. Lengths of time are not to be trusted.",
        .text =
            "{n0:segment has an earlier time than one captured before:segments have earlier times than ones captured before}",
        .causes = {"captures of two hosts were merged", "the clock was set during the capture",
                   "a capture from several queues of a card"},
        .checks = {"reordercap; NTP or PTP on the hosts"},
        .gate = GATE_CLOCK,
        .judge = has_clock_trouble,
    },
    {
        .id = "Q6",
        .name = "cut_headers",
        .title = "TCP options cut off",
        .severity = ANOMALY_INFO,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_CAPTURE,
        .meaning =
            "The capture keeps so few bytes of each packet that TCP options are missing: window scale, time stamps and SACK cannot be judged.",
        .text = "the options of {n0:segment were:segments were} not captured whole",
        .causes = {"the snap length is too small"},
        .checks = {"tcpdump -s 128 or more"},
        .gate = GATE_CUT_HEADERS,
        .judge = has_cut_headers,
    },
    {.id = NULL},
};
