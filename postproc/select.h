/* select.h - which connections the user wants: --port, --host, --state.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SELECT_H
#define SELECT_H

#include "options.h"
#include "story.h"

struct selection {
    bool by_port, by_host, by_state;
    uint16_t port;
    uint8_t host[16];
    unsigned host_len; /* 4 or 16 */
    enum tsm_state state;
};

/* Reads the options; fails with EXIT_USAGE. */
bool selection_read(struct selection *selection, const struct options *options, GError **error);

/* Whether the connection has the port, the host and the state at either end; the state is the last
 * one of the story's view. */
bool selection_matches(const struct selection *selection, const struct story *story,
                       const struct story_connection *connection);

#endif
