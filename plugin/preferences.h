/* preferences.h - what the user can set: the model of the hosts, and what is shown.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef PREFERENCES_H
#define PREFERENCES_H

#include <stdbool.h>

#include "tsm_conn.h"

/* Registers the preferences tcpstate.*; the protocol must be registered. */
void preferences_register(void);

/* The model that the preferences describe. A change reads the capture anew. */
struct tsm_model preferences_model(void);

/* Whether the states go into the Info column. */
bool preferences_show_states(void);

/* Whether verdicts that Wireshark's TCP has too are expert items of ours as well. */
bool preferences_tcp_verdicts(void);

/* For whom the story of a capture is gathered while it is read: asked.h. */
enum gathering { GATHER_WHEN_ASKED, GATHER_ALWAYS, GATHER_NEVER };
enum gathering preferences_gathering(void);

/* Whether the sentence and tcpstate.states show the states in hindsight, where they are known. */
bool preferences_show_hindsight(void);

#endif
