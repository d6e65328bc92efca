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
    {.id = NULL},
};
