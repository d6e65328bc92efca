/* conversation.h - Conversation Filter > TCP State: the packets of the selected one's stream.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CONVERSATION_H
#define CONVERSATION_H

/* Registers the filter; the protocol must be registered. */
void conversation_register(void);

#endif
