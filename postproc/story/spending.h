/* spending.h - on what the time of a connection was spent, by name.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SPENDING_H
#define SPENDING_H

#include "story.h"

/* X(name, word, phrase that goes on after "1.2 s ", member of struct tsm_spent) */
// clang-format off
#define SPENDING_LIST(X)                                                                         \
    X(SETUP,         "setup",         "for the handshake",                 setup_ns)             \
    X(SERVER,        "server",        "waiting for the server's application", end[1].wait_ns)    \
    X(CLIENT,        "client",        "waiting for the client's application", end[0].wait_ns)    \
    X(SERVER_RESEND, "server_resend", "until the server sent again",       end[1].resend_ns)     \
    X(CLIENT_RESEND, "client_resend", "until the client sent again",       end[0].resend_ns)     \
    X(SERVER_WINDOW, "server_window", "while the server's window was closed", end[1].window_ns)  \
    X(CLIENT_WINDOW, "client_window", "while the client's window was closed", end[0].window_ns)  \
    X(TRANSFER,      "transfer",      "for data and acknowledgments on their way", transfer_ns)  \
    X(CLOSE,         "close",         "for the close",                     close_ns)
// clang-format on

enum spending {
#define X(name, word, phrase, member) SPENDING_##name,
    SPENDING_LIST(X)
#undef X
        N_SPENDINGS
};

/* "server", "waiting for the server's application"; static storage. */
const char *spending_word(enum spending kind);
const char *spending_phrase(enum spending kind);

/* How long, in nanoseconds. */
int64_t spending_ns(const struct tsm_spent *spent, enum spending kind);

/* The sum of all kinds; 0 = where the time went is not known. */
int64_t spending_total_ns(const struct tsm_spent *spent);

#endif
