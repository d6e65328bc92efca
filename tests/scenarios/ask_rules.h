/* ask_rules.h - what tcpstory's rules make of a scenario, without tshark.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef ASK_RULES_H
#define ASK_RULES_H

#include "script.h"
#include "story.h"

/* The story of the scenario's segments, with facts. Free with story_free(). */
struct story *judge_story(const struct script *script);

/* Compares the anomalies that the rules find in the scenario's segments with those that its line
 * `anomaly` names; each difference is a line on standard output. With `talks` also prints every
 * hit. Returns the number of differences, 0 when the scenario has no such line. */
unsigned judge_run(const struct script *script, bool talks);

#endif
