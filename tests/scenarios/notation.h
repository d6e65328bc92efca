/* notation.h - a segment as tcpdump prints it, read into a packet.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef NOTATION_H
#define NOTATION_H

#include "script.h"

/* Reads "S. 0:0(0) ack 1 win 64240 id 7 ttl 64 forged <mss 1460,ts 100 0>", sent by the end
 * line->column of the connection, into line->packet, addresses included. What is not written has
 * its default: sequence number = the next that the end would send, ack = all that the other end
 * sent. Sequence numbers are relative to the ISN of their end. Moves the ends on, unless the
 * segment is forged. `clock`, when not NULL, is the value of a time stamps option to add. `rest` is
 * consumed. On failure *error says which word; the caller adds file and line. */
bool notation_parse(struct line *line, struct connection *connection, char *rest,
                    const uint32_t *clock, GError **error);

/* The packet's addresses and ports, sent by the end `column`. */
void notation_address(struct packet *packet, const struct connection *connection, unsigned column);

#endif
