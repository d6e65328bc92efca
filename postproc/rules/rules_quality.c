/* rules_quality.c - how good the capture is, Q1 to Q7: each hit closes a gate for its connections.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "duration.h"
#include "rule_case.h"
#include "rules.h"

static bool is_midstream(const struct anomaly_case *c, struct anomaly *hit)
{
    anomaly_evidence(hit, c->connection->frame);
    return c->opening == OPENING_MIDSTREAM;
}

/* A SYN without an answer is one more when no connection of the capture has two directions. */
static bool is_one_way(const struct anomaly_case *c, struct anomaly *hit)
{
    anomaly_evidence(hit, c->connection->frame);
    if (survey_is_one_way(c->story, c->connection)) {
        return true;
    }
    hit->text = "no connection of this capture was captured in both directions";
    hit->confidence = ANOMALY_INFERRED;
    return c->one_way_capture && c->opening == OPENING_UNANSWERED;
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

/* ---- Q7: checksums ---- */

/* The capture was made on the host that sent it: its network card fills in checksums afterwards, as
 * those show that it has left to it. */
static bool is_sent_side(const struct anomaly_case *c, enum tsm_side side)
{
    const uint8_t vantage = c->connection->vantage;

    return case_facts(c, side)->partial > 0 ||
           vantage == (side == TSM_CLIENT ? TSM_AT_CLIENT : TSM_AT_SERVER);
}

enum { CHECKSUM_SENT, CHECKSUM_DAMAGED };

/* What wrong checksums mean: texts by enum tsm_side. Some are damage, but half of them hardly; when
 * all are wrong and the peer goes on, it takes them for right ones. */
struct checksum_meaning {
    const char *text[2];
    uint8_t severity, fault;
};

static const struct checksum_meaning *checksum_meaning(const struct anomaly_case *c,
                                                       enum tsm_side side)
{
    // clang-format off
    static const struct checksum_meaning damaged = {
        {"wrong checksum in {n0} of {n1:checked segment:checked segments} of {client}: damaged on "
         "the way, and {server} drops them",
         "wrong checksum in {n0} of {n1:checked segment:checked segments} of {server}: damaged on "
         "the way, and {client} drops them"},
        ANOMALY_WARNING, ANOMALY_OF_NETWORK};
    static const struct checksum_meaning some = {
        {"wrong checksum in {n0} of {n1:checked segment:checked segments} of {client}: damaged on "
         "the way, or wrong in the capture only",
         "wrong checksum in {n0} of {n1:checked segment:checked segments} of {server}: damaged on "
         "the way, or wrong in the capture only"},
        ANOMALY_INFO, ANOMALY_OF_UNKNOWN};
    static const struct checksum_meaning accepted = {
        {"wrong checksum in {n0} of {n1:checked segment:checked segments} of {client}, and "
         "{server} accepts them: they are wrong in the capture only",
         "wrong checksum in {n0} of {n1:checked segment:checked segments} of {server}, and "
         "{client} accepts them: they are wrong in the capture only"},
        ANOMALY_INFO, ANOMALY_OF_CAPTURE};
    static const struct checksum_meaning unanswered = {
        {"wrong checksum in {n0} of {n1:checked segment:checked segments} of {client}, and no "
         "answer was captured: damaged, a probe, or wrong in the capture only",
         "wrong checksum in {n0} of {n1:checked segment:checked segments} of {server}, and no "
         "answer was captured: damaged, a probe, or wrong in the capture only"},
        ANOMALY_INFO, ANOMALY_OF_UNKNOWN};
    // clang-format on
    const struct tsm_facts *facts = case_facts(c, side);

    if (facts->wrong < facts->checked) {
        return (int64_t)facts->wrong * 100 <= c->limit[CHECKSUM_DAMAGED] * facts->checked ? &damaged
                                                                                          : &some;
    }
    return c->connection->segments[tsm_other(side)] > 0 ? &accepted : &unanswered;
}

static bool is_wrong_end(const struct anomaly_case *c, enum tsm_side side, struct anomaly *hit)
{
    const struct tsm_facts *facts = case_facts(c, side);

    if (facts->wrong == 0 || (is_sent_side(c, side) && c->limit[CHECKSUM_SENT] == 0)) {
        return false;
    }
    const struct checksum_meaning *meaning = checksum_meaning(c, side);
    hit->figure[0] = hit->weight = facts->wrong;
    hit->figure[1] = facts->checked;
    hit->text = meaning->text[side];
    hit->severity = meaning->severity;
    hit->fault = meaning->fault;
    hit->first_frame = facts->wrong_frame;
    anomaly_evidence(hit, facts->wrong_frame);
    return true;
}

static bool has_wrong_checksums(const struct anomaly_case *c, struct anomaly *hit)
{
    return case_either(c, hit, is_wrong_end);
}

/* Whatever comes before its cause is a sign, in a capture of which the clocks are known to be
 * apart. */
static bool is_skewed(const struct anomaly_case *c, struct anomaly *hit)
{
    const uint32_t signs =
        TSM_NOTE_UNSEEN | TSM_NOTE_RETRANSMISSION | TSM_NOTE_SIMULTANEOUS_CLOSE | TSM_NOTE_HOLE;

    anomaly_evidence(hit, c->connection->frame);
    return c->story->clocks_disagree && (c->connection->notes & signs) != 0;
}

/* The interfaces' own counters. Who counts only what was lost does not tell how much came. */
static void survey_losses(struct anomaly_survey *survey, const int64_t *limit)
{
    const struct story *story = survey->story;
    const guint n = story->connections->len;
    const uint64_t lost = story->packets_lost;
    const uint64_t came = MAX(story->packets_came, story->capture.frames + lost);
    g_autofree guint *members = g_new(guint, n);

    if (lost == 0 || lost * 1000 < came * (uint64_t)limit[0] || n == 0) {
        return;
    }
    for (guint i = 0; i < n; i++) {
        members[i] = i;
    }
    struct anomaly hit = survey_hit(survey, TUPLE_ANY, members, n);
    hit.figure[0] = (int64_t)lost;
    hit.figure[1] = (int64_t)came;
    hit.weight = (int64_t)lost;
    survey_add(survey, &hit, members, n);
}

/* An end had a socket. */
static bool is_alive_at(const struct anomaly_case *c, enum tsm_side side, int64_t ns)
{
    const enum tsm_state state = case_state_at(c, side, ns);

    return state > TSM_LISTEN && state != TSM_TIME_WAIT;
}

/* Nothing at all was captured while it was open; of several blanks the longest. */
static bool is_cut_off(const struct anomaly_case *c, struct anomaly *hit)
{
    for (guint i = 0; i < c->story->blanks->len; i++) {
        const struct tsm_blank *blank = &g_array_index(c->story->blanks, struct tsm_blank, i);
        const int64_t length_ns = duration(blank->from_ns, blank->to_ns);
        if (blank->from_ns >= c->connection->start_ns && length_ns > hit->figure[0] &&
            (c->connection->end_ns > blank->from_ns || is_alive_at(c, TSM_CLIENT, blank->from_ns) ||
             is_alive_at(c, TSM_SERVER, blank->from_ns))) {
            hit->figure[0] = length_ns;
            hit->first_ns = blank->from_ns;
            hit->last_ns = blank->to_ns;
            hit->confidence = tsm_blank_is_sure(blank) ? ANOMALY_CERTAIN : ANOMALY_INFERRED;
        }
    }
    anomaly_evidence(hit, c->connection->frame);
    return hit->figure[0] > 0;
}

const struct anomaly_rule rules_quality[] = {
    {
        .id = "Q14",
        .name = "blank",
        .title = "Nothing was captured for a while",
        .severity = ANOMALY_INFO,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_CAPTURE,
        .meaning =
            "For a while nothing at all was captured, of nobody, although hosts owed segments that "
            "TCP sends within seconds, or for a day or more. What this connection did meanwhile is "
            "not known: more states are possible, and no length of time counts it. Where many "
            "connections stopped at once, for ten minutes or more, it is possible that the capture "
            "was paused, or that all of them were idle.",
        .text = "nothing at all was captured for {d0} while it was open",
        .causes = {"the capture was paused, or its host slept",
                   "captures of different days were merged", "a file of a set is missing"},
        .checks = {"whether all files of the capture are there; dumpcap's and tcpdump's own "
                   "messages"},
        .references = {"RFC 9293 3.8.1", "RFC 1122 4.2.3.2", "RFC 6298"},
        .judge = is_cut_off,
    },
    {
        .id = "Q12",
        .name = "skewed",
        .title = "Clocks of several taps",
        .severity = ANOMALY_INFO,
        .confidence = ANOMALY_INFERRED,
        .fault = ANOMALY_OF_CAPTURE,
        .meaning =
            "The capture was put together from several taps whose clocks differ, and not by the "
            "same all the time: answers come before what they answer. What looks sent again, lost "
            "or crossed may not be. Where one offset and drift explain the differences, times "
            "are corrected, and a line says so instead of this.",
        .text = "segments come before what they answer: clocks of the capture's taps differ",
        .causes = {"captures of several hosts, cards or mirror ports were merged, and their clocks "
                   "were set meanwhile",
                   "several captures with different offsets were merged into one interface"},
        .checks = {"keep an interface for each tap: mergecap -I none, and no file format without "
                   "interfaces; PTP on the taps"},
        .gate = GATE_SKEWED,
        .judge = is_skewed,
    },
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
            "Only one end was captured, although it answers segments of the other. What the other "
            "one did is presumed; that nothing answered cannot be said.",
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
            "Data was acknowledged that the capture does not have: it lost packets. What looks "
            "like silence or loss may be that.",
        .text = "{b0} acknowledged, but not captured",
        .filter = "tcp.analysis.ack_lost_segment || tcpstate.analysis.acked_unseen",
        .causes = {"the capturing host could not keep up", "the mirror port drops"},
        .checks = {"tcpdump -B 16384 -s 128, and what it says of \"dropped by kernel\""},
        .limits = {{"per_mille", ANOMALY_COUNT, 1, 0, 1000,
                    "thousandths of the data that may be missing"}},
        .gates = GATE_ONE_WAY | GATE_SKEWED,
        .gate = GATE_DROPS,
        .judge = has_drops,
    },
    {
        .id = "Q13",
        .name = "packets_lost",
        .title = "The capture counts lost packets",
        .severity = ANOMALY_INFO,
        .confidence = ANOMALY_CERTAIN,
        .fault = ANOMALY_OF_CAPTURE,
        .meaning = "The interfaces of the capture count packets that they lost. Nobody knows "
                   "whose: what looks like silence or loss may be that, in every connection.",
        .text = "{n0:packet:packets} of {n1} lost by the capture itself, as it counts",
        .causes = {"the capturing host could not keep up", "the mirror port drops"},
        .checks = {"tcpdump -B 16384 -s 128, and what it says of \"dropped by kernel\"",
                   "capinfos -K; the packets' own sizes: a shorter snapshot length"},
        .references = {"pcapng: isb_ifdrop, isb_osdrop, epb_dropcount"},
        .limits = {{"per_mille", ANOMALY_COUNT, 10, 0, 1000,
                    "thousandths of the packets that may be lost"}},
        .gate = GATE_DROPS,
        .survey = survey_losses,
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
        .checks = {"editcap -d removes copies that are the same to the last byte",
                   "copies that differ in link header, VLAN or time to live, as those of \"any\": "
                   "capture on one interface (tcpdump -i eth0), or choose one "
                   "(frame.interface_id, sll.ifindex)"},
        .limits = {{"segments", ANOMALY_COUNT, 1, 1, ANOMALY_MAX_COUNT,
                    "copies in one connection"}},
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
            "Frames have earlier times than those before them: clocks of merged captures differ, "
            "or packets were stored out of order. Lengths of time are not to be trusted.",
        .text = "{n0:segment has an earlier time than one:segments have earlier times than some} "
                "captured before",
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
            "The capture keeps so few bytes of each packet that TCP options are missing: window "
            "scale, time stamps and SACK cannot be judged.",
        .text = "the options of {n0:segment were:segments were} not captured whole",
        .causes = {"the snap length is too small"},
        .checks = {"tcpdump -s 128 or more"},
        .gate = GATE_CUT_HEADERS,
        .judge = has_cut_headers,
    },
    {
        .id = "Q7",
        .name = "wrong_checksum",
        .title = "Wrong TCP checksums",
        .severity = ANOMALY_INFO,
        .confidence = ANOMALY_INFERRED,
        .fault = ANOMALY_OF_CAPTURE,
        .meaning =
            "Segments have a wrong checksum. When a few have, they were damaged on the way: their "
            "receiver drops them, whatever states they seem to lead to. When all have and the "
            "other end accepts them, they are wrong in the capture only. Checksums that the "
            "sending host leaves to its network card are known by their form and not told of, nor "
            "are those of the host that the capture was made on. Not all are verified: all "
            "segments of up to 128 bytes, and one in 16 of up to 1520, if captured whole and "
            "not in fragments.",
        .text = "wrong checksum in {n0} of {n1:checked segment:checked segments}",
        .filter = "tcp.checksum.status == 0",
        .causes = {"bad memory or a bad line card on the way; a device that rewrites badly (NAT)",
                   "a probe with wrong checksums on purpose, to find firewalls",
                   "checksums left to the network card (offload), in a form of its own",
                   "addresses were changed after the capture, as to make it anonymous"},
        .checks = {"tshark -o tcp.check_checksum:TRUE -Y 'tcp.checksum.status == 0'",
                   "on both hosts: nstat -az TcpInCsumErrors; ethtool -S for errors",
                   "ethtool -k of the capturing host: tx-checksumming"},
        .references = {"RFC 9293 3.1", "RFC 1071"},
        .limits = {{"sent", ANOMALY_COUNT, 0, 0, 1,
                    "1 = also of segments that the capturing host itself sent"},
                   {"damaged", ANOMALY_PERCENT, 10, 0, 100,
                    "share of an end's segments up to which it is damage"}},
        .gate = GATE_CHECKSUMS,
        .judge = has_wrong_checksums,
    },
    {.id = NULL},
};
