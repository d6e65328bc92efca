/* state_diagram.h - RFC 9293's state diagram (3.3.2, figure 5) as text, with the way that both ends
 * of a connection took through it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef STATE_DIAGRAM_H
#define STATE_DIAGRAM_H

#include "story.h"

/* Appends it, 80 columns wide: on the left of each state the step in which the client was there
 * first, on the right the server's; below it each end's way with all its states in order. */
void state_diagram(const struct story *story, const struct story_connection *connection,
                   GString *text);

#endif
