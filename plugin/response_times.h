/* response_times.h - Statistics > Service Response Time > TCPSTATE: a row for each connection,
 * which can be made a display filter by a click; and its twin `tshark -z tcpstate,srt`.
 *
 * Of all tables that Wireshark fills for a plugin only these have rows that filter (4.0 to 4.6):
 * the dialog makes "tcpstate.stream==N" of the row's number.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef RESPONSE_TIMES_H
#define RESPONSE_TIMES_H

/* Registers the table; the tap must be registered. */
void response_times_register(void);

#endif
