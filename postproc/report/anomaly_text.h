/* anomaly_text.h - a hit as words: fills the places in the sentences of its rule.
 *
 * Places are in braces; any other text in braces stays as it is. Of the hit's figures, by number:
 *   {n0}            a number               {n0:SYN:SYNs}   a number and its noun, one or several
 *   {d0}            a duration             {b0}            bytes
 *   {p0}            per cent               {s0}            a state
 * Of its connections:
 *   {client} {server}            address and port, or what of them the hit is about
 *   {client.host} {client.port} {server.host} {server.port} {stream}
 *   {members:connection:connections}   how many, with the noun
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef ANOMALY_TEXT_H
#define ANOMALY_TEXT_H

#include "hits.h"

/* Appends a sentence of the rule with the figures of the hit. Without a hit (NULL) places become
 * words that stand for any: CLIENT, PORT. */
void anomaly_text_fill(GString *out, const char *sentence, const struct anomaly *hit,
                       const struct story *story);

/* Appends what the hit is about: "10.9.0.1:40000 -> 10.9.0.2:80", "* -> 10.9.0.2:80",
 * "10.9.0.1 -> *", "the capture". */
void anomaly_text_subject(GString *out, const struct anomaly *hit);

/* Appends the Wireshark display filter that shows the evidence. */
void anomaly_text_filter(GString *out, const struct anomaly *hit, const struct story *story);

#endif
