/* socket_meaning.c - the table of cases; see socket_meaning.h.
 *
 * Order counts: the first case that fits is taken, so those that know more stand first. Names of
 * settings are Linux's (tcp(7), Documentation/networking/ip-sysctl.rst).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "socket_meaning.h"

#include <string.h>

#include "duration.h"
#include "text.h"

#define S(name) (1u << TSM_##name)
#define NONE S(UNKNOWN) /* of the kernel: no socket */
#define DATA_STATES (S(ESTABLISHED) | S(CLOSE_WAIT) | S(FIN_WAIT_1) | S(FIN_WAIT_2))
#define FIN_SENT (S(FIN_WAIT_1) | S(CLOSING) | S(LAST_ACK))
#define OVER (S(CLOSED) | S(LISTEN))

#define FOR_EVER "nothing will tell this host, and it stays {kernel} for ever: SO_KEEPALIVE"

#define FIN_LOST "{kernel} on this host, but the peer has closed {fin} ago and its FIN was lost"
#define FIN_LOST_GONE                                                              \
    "{kernel} on this host, but the peer has closed {fin} ago, its FIN was lost, " \
    "and it has been gone for {peer_since}"

// clang-format off
static const struct socket_meaning cases[] = {
    /* listening sockets */
    {S(LISTEN), 0, 0, SOCKET_FULL, SOCKET_VERDICT_SUSPECT,
     "its accept queue is full: {unread} connections wait, {room} may; {process} is late with "
     "accept()"},
    {S(LISTEN), 0, 0, SOCKET_REFUSED, SOCKET_VERDICT_CONFLICT,
     "LISTEN on this host, yet {attempts} were refused: it began to listen later, or a firewall "
     "rejects them"},
    {S(LISTEN), 0, 0, SOCKET_SILENT, SOCKET_VERDICT_CONFLICT,
     "LISTEN on this host, yet {attempts} got no answer: SYNs are dropped by this host's firewall "
     "or on their way"},
    {S(LISTEN), 0, 0, SOCKET_QUEUE, SOCKET_VERDICT_SUSPECT,
     "it sent SYN-ACKs again after the third ACK: its accept queue was full, TCP_DEFER_ACCEPT, or "
     "ACKs are lost"},
    {S(LISTEN), 0, 0, SOCKET_PROVEN, SOCKET_VERDICT_AGREE, ""},
    {S(LISTEN), 0, 0, 0, SOCKET_VERDICT_UNSEEN, "nothing in the capture shows that it listens"},

    /* the capture has nothing of it */
    {0, 0, 0, SOCKET_UNSEEN | SOCKET_LOOPBACK, SOCKET_VERDICT_UNSEEN,
     "loopback: only a capture on lo shows it"},
    {S(SYN_SENT), 0, 0, SOCKET_UNSEEN, SOCKET_VERDICT_UNSEEN,
     "its SYN was not captured: this host's own firewall drops it, or it leaves by another "
     "interface"},
    {S(TIME_WAIT), 0, 0, SOCKET_UNSEEN, SOCKET_VERDICT_UNSEEN,
     "it was over before the capture began, or went by another interface"},
    {0, 0, 0, SOCKET_UNSEEN | SOCKET_NO_TIMER, SOCKET_VERDICT_UNSEEN,
     "nothing of it in a capture of {length}: idle, and no keep-alive asks whether the peer is "
     "there; or it goes by another interface"},
    {0, 0, 0, SOCKET_UNSEEN, SOCKET_VERDICT_UNSEEN,
     "nothing of it in a capture of {length}: it was idle, or goes by another interface"},

    /* the kernel has no such socket */
    {NONE, 0, 0, SOCKET_CUT_LIST, SOCKET_VERDICT_EXPLAINED,
     "it is not in the list, of which a part could not be read"},
    {NONE, 0, 0, SOCKET_RECENT, SOCKET_VERDICT_EXPLAINED,
     "a state changed less than a second before the moment, and the list may be older or younger"},
    {NONE, S(TIME_WAIT), 0, 0, SOCKET_VERDICT_EXPLAINED,
     "the kernel's TIME_WAIT was shorter: tcp_max_tw_buckets, tcp_tw_reuse, or a list without -a"},
    {NONE, S(SYN_SENT), 0, 0, SOCKET_VERDICT_GONE,
     "connect() was given up on this host, or the answer was not captured"},
    {NONE, S(SYN_RCVD), 0, 0, SOCKET_VERDICT_GONE,
     "the kernel keeps no such request: given up, SYN cookies, or a list without -a"},
    {NONE, S(FIN_WAIT_2), 0, 0, SOCKET_VERDICT_GONE,
     "tcp_fin_timeout was over: the kernel forgot it; the peer, {peer}, is answered by RST when it "
     "sends"},
    {NONE, FIN_SENT, 0, 0, SOCKET_VERDICT_GONE,
     "its FIN was not acknowledged by the capture: the kernel gave up (tcp_orphan_retries), or "
     "the last ACK was not captured"},
    {NONE, S(ESTABLISHED) | S(CLOSE_WAIT), DATA_STATES, 0, SOCKET_VERDICT_GONE,
     "{ours} by the capture, and this host has no such socket: closed after the moment, or the "
     "host "
     "was restarted; the peer, {peer}, is answered by RST when it sends"},
    {NONE, 0, 0, SOCKET_EVICTED, SOCKET_VERDICT_EXPLAINED,
     "the capture's connection was evicted to make room, and is no longer followed"},
    {NONE, 0, 0, 0, SOCKET_VERDICT_GONE, "this host has no such socket any more"},

    /* the same state */
    {S(ESTABLISHED), 0, OVER, SOCKET_AGREES | SOCKET_PEER_FIN, SOCKET_VERDICT_CONFLICT,
     FIN_LOST_GONE},
    {S(ESTABLISHED), 0, 0, SOCKET_AGREES | SOCKET_PEER_FIN, SOCKET_VERDICT_CONFLICT, FIN_LOST},
    {DATA_STATES, 0, S(CLOSED), SOCKET_AGREES | SOCKET_IN_VAIN, SOCKET_VERDICT_CONFLICT,
     "{kernel} on this host, but the peer has been gone for {peer_since}, and what this end "
     "repeats "
     "({repeats}) is in vain"},
    {S(CLOSE_WAIT), 0, S(CLOSED), SOCKET_AGREES | SOCKET_PEER_FIN, SOCKET_VERDICT_SUSPECT,
     "the peer has closed {fin} ago and waits no more, and {process} has not: close() is missing"},
    {S(ESTABLISHED) | S(CLOSE_WAIT), 0, S(CLOSED), SOCKET_AGREES, SOCKET_VERDICT_CONFLICT,
     "{kernel} on this host, but the peer has been gone for {peer_since} and nothing has told "
     "this end"},
    {DATA_STATES, 0, 0, SOCKET_AGREES | SOCKET_IN_VAIN, SOCKET_VERDICT_SUSPECT,
     "this end repeats ({repeats}) and nothing answers for {heard}: the peer is gone, or the path "
     "is cut; the kernel gives up after tcp_retries2, some 15 minutes"},
    {S(ESTABLISHED), 0, 0, SOCKET_AGREES | SOCKET_AGAIN | SOCKET_QUIET | SOCKET_NO_TIMER,
     SOCKET_VERDICT_SUSPECT,
     "the peer is silent for {heard}, and its host has connected again (stream {again}): if this "
     "one is dead, " FOR_EVER},
    {S(ESTABLISHED), 0, 0, SOCKET_AGREES | SOCKET_AGAIN | SOCKET_QUIET, SOCKET_VERDICT_SUSPECT,
     "the peer is silent for {heard}, and its host has connected again (stream {again}): this one "
     "may be dead"},
    {S(ESTABLISHED), 0, 0, SOCKET_AGREES | SOCKET_UNREAD, SOCKET_VERDICT_AGREE,
     "{process} has not read {unread} bytes"},
    {S(ESTABLISHED), 0, 0, SOCKET_AGREES | SOCKET_QUIET | SOCKET_NO_TIMER, SOCKET_VERDICT_AGREE,
     "idle for {heard}; if the peer vanishes, " FOR_EVER},
    {S(ESTABLISHED), 0, 0, SOCKET_AGREES | SOCKET_QUIET | SOCKET_KEEPALIVE, SOCKET_VERDICT_AGREE,
     "idle for {heard}; keep-alive will find out whether the peer is there"},
    {S(CLOSE_WAIT), 0, 0, SOCKET_AGREES | SOCKET_QUIET, SOCKET_VERDICT_SUSPECT,
     "the peer has closed {fin} ago, and {process} has not: close() is missing"},
    {S(CLOSE_WAIT), 0, 0, SOCKET_AGREES, SOCKET_VERDICT_AGREE,
     "the peer has closed {fin} ago, {process} not yet"},
    {S(FIN_WAIT_2), 0, S(CLOSE_WAIT), SOCKET_AGREES | SOCKET_QUIET | SOCKET_OWNED,
     SOCKET_VERDICT_SUSPECT,
     "shutdown() was {own_since} ago, and the peer's application has not closed"},
    {FIN_SENT, 0, 0, SOCKET_AGREES | SOCKET_IN_VAIN, SOCKET_VERDICT_SUSPECT,
     "its FIN is sent again ({repeats}) and nothing answers for {heard}: the peer is gone, or the "
     "path is cut"},
    {S(SYN_SENT), 0, 0, SOCKET_AGREES | SOCKET_IN_VAIN, SOCKET_VERDICT_SUSPECT,
     "its SYN is sent again ({repeats}) and nothing answers: dropped on its way, or no such host"},
    {S(SYN_RCVD), 0, S(ESTABLISHED), SOCKET_AGREES, SOCKET_VERDICT_SUSPECT,
     "the peer counts on the connection, and this host waits for its third ACK: accept queue full, "
     "TCP_DEFER_ACCEPT, or the ACK was lost"},
    {0, 0, 0, SOCKET_AGREES, SOCKET_VERDICT_AGREE, ""},

    /* the peer has ended it, and the kernel does not know */
    {0, 0, 0, SOCKET_RECENT, SOCKET_VERDICT_EXPLAINED,
     "a state changed less than a second before the moment, and the list may be older or younger"},
    {0, 0, 0, SOCKET_PEER_RESET | SOCKET_AT_HOST, SOCKET_VERDICT_CONFLICT,
     "{kernel} on this host, but the peer has reset it {reset} ago; the RST came to this host and "
     "was not taken: a firewall drops it, or it was not acceptable (RFC 5961 3)"},
    {S(SYN_SENT), 0, 0, SOCKET_PEER_RESET, SOCKET_VERDICT_CONFLICT,
     "SYN_SENT on this host, but the peer has refused it {reset} ago and the RST was lost"},
    {0, 0, 0, SOCKET_PEER_RESET, SOCKET_VERDICT_CONFLICT,
     "{kernel} on this host, but the peer has reset it {reset} ago and the RST was lost"},
    {0, 0, 0, SOCKET_OWN_RESET, SOCKET_VERDICT_CONFLICT,
     "{kernel} on this host, but a RST was sent in its name {own_since} ago: a middlebox made it, "
     "or the list is older"},

    /* the capture knows less, or the timers differ */
    {0, S(UNKNOWN), 0, 0, SOCKET_VERDICT_EXPLAINED,
     "the capture began in the midst of it and cannot tell"},
    {0, 0, 0, SOCKET_EVICTED, SOCKET_VERDICT_EXPLAINED,
     "the capture's connection was evicted to make room, and is no longer followed"},
    {S(TIME_WAIT), OVER, 0, 0, SOCKET_VERDICT_EXPLAINED,
     "the kernel's TIME_WAIT is not over yet"},
    {S(FIN_WAIT_2), OVER, 0, 0, SOCKET_VERDICT_EXPLAINED,
     "the kernel still waits for the peer's FIN: tcp_fin_timeout, or shutdown() without close()"},

    /* segments that did not get here */
    {S(ESTABLISHED), 0, 0, SOCKET_PEER_FIN | SOCKET_OWN_FIN, SOCKET_VERDICT_CONFLICT,
     "ESTABLISHED on this host, but both ends have sent a FIN: the list is older than the "
     "moment, or "
     "a middlebox closed for them"},
    {S(ESTABLISHED), 0, OVER, SOCKET_PEER_FIN, SOCKET_VERDICT_CONFLICT, FIN_LOST_GONE},
    {S(ESTABLISHED) | S(SYN_RCVD), 0, 0, SOCKET_PEER_FIN, SOCKET_VERDICT_CONFLICT, FIN_LOST},
    {S(FIN_WAIT_2), S(TIME_WAIT), 0, 0, SOCKET_VERDICT_CONFLICT,
     "FIN_WAIT_2 on this host, but the peer has closed too, {fin} ago, and its FIN was lost"},
    {FIN_SENT, S(FIN_WAIT_2) | S(TIME_WAIT) | OVER, 0, SOCKET_OWN_FIN, SOCKET_VERDICT_CONFLICT,
     "{kernel} on this host: the ACK of its FIN was lost, or the kernel has not given up yet"},
    {S(ESTABLISHED) | S(CLOSE_WAIT), 0, 0, SOCKET_OWN_FIN, SOCKET_VERDICT_CONFLICT,
     "{kernel} on this host, but a FIN was sent in its name: the list is older than the moment, or "
     "a middlebox closed for it"},
    {S(SYN_SENT), S(ESTABLISHED), 0, 0, SOCKET_VERDICT_CONFLICT,
     "SYN_SENT on this host, but a SYN-ACK was captured: it was lost, or this host's firewall "
     "drops "
     "it"},
    {S(SYN_RCVD), S(ESTABLISHED), 0, 0, SOCKET_VERDICT_CONFLICT,
     "SYN_RCVD on this host, but the third ACK was captured: accept queue full, "
     "TCP_DEFER_ACCEPT, or "
     "the ACK was lost"},

    /* segments that were not captured */
    {S(ESTABLISHED), S(SYN_RCVD) | S(SYN_SENT), 0, 0, SOCKET_VERDICT_EXPLAINED,
     "what completed the handshake was not captured"},
    {S(CLOSE_WAIT), S(ESTABLISHED), 0, 0, SOCKET_VERDICT_EXPLAINED,
     "the peer has closed, and its FIN was not captured"},
    {S(FIN_WAIT_1) | S(FIN_WAIT_2) | S(LAST_ACK) | S(CLOSING) | S(TIME_WAIT),
     S(ESTABLISHED) | S(CLOSE_WAIT), 0, 0, SOCKET_VERDICT_EXPLAINED,
     "this host has closed, and its FIN was not captured: the list is younger than the moment, or "
     "another interface"},
    {S(FIN_WAIT_2) | S(TIME_WAIT) | S(CLOSING), S(FIN_WAIT_1) | S(FIN_WAIT_2), 0, 0,
     SOCKET_VERDICT_EXPLAINED, "the peer's answer was not captured"},
    {S(CLOSED), 0, 0, 0, SOCKET_VERDICT_EXPLAINED, "a socket that is not connected"},
    {0, 0, 0, SOCKET_POSSIBLE, SOCKET_VERDICT_EXPLAINED, "the capture leaves it open: {possible}"},
    {0, 0, 0, 0, SOCKET_VERDICT_CONFLICT,
     "{kernel} on this host, {ours} by the capture: the list is not of that moment, or segments "
     "are "
     "missing"},
};
// clang-format on

static bool is_in(tsm_state_set set, const struct story_interval *interval)
{
    return set == 0 || (interval != NULL && tsm_contains(set, (enum tsm_state)interval->state));
}

const struct socket_meaning *socket_meaning_of(const struct socket_row *row)
{
    const enum tsm_state kernel =
        row->socket != NULL ? (enum tsm_state)row->socket->state : TSM_UNKNOWN;

    for (gsize i = 0; i + 1 < G_N_ELEMENTS(cases); i++) {
        const struct socket_meaning *is = &cases[i];
        if ((is->kernel == 0 || tsm_contains(is->kernel, kernel)) && is_in(is->ours, row->own) &&
            is_in(is->peer, row->peer) && (is->facts & row->facts) == is->facts) {
            return is;
        }
    }
    return &cases[G_N_ELEMENTS(cases) - 1];
}

/* ---- places ---- */

/* How long an end has been in its state at the moment. */
static void put_since(const struct socket_row *row, const struct story_interval *interval,
                      GString *text)
{
    if (interval != NULL) {
        text_duration(text, duration_forward(story_state_since(row->story, interval), row->ns));
    } else {
        g_string_append(text, "an unknown time");
    }
}

static void put_own_since(const struct socket_row *row, GString *text)
{
    put_since(row, row->own, text);
}

static void put_peer_since(const struct socket_row *row, GString *text)
{
    put_since(row, row->peer, text);
}

static void put_state(const struct story_interval *interval, GString *text)
{
    g_string_append(text,
                    interval != NULL ? tsm_state_name((enum tsm_state)interval->state) : "unknown");
}

static void put_ours(const struct socket_row *row, GString *text)
{
    put_state(row->own, text);
}

static void put_peer(const struct socket_row *row, GString *text)
{
    put_state(row->peer, text);
}

static void put_kernel(const struct socket_row *row, GString *text)
{
    g_string_append(text, tsm_state_name((enum tsm_state)row->socket->state));
}

static void put_possible(const struct socket_row *row, GString *text)
{
    char names[TSM_SET_TEXT];

    g_string_append(text, tsm_set_text(row->own->possible, names, sizeof names));
}

static void put_process(const struct socket_row *row, GString *text)
{
    if (row->socket->process != NULL) {
        text_safe(text, row->socket->process);
    } else {
        g_string_append(text, "its application");
    }
}

static void put_reset(const struct socket_row *row, GString *text)
{
    text_duration(text, duration_forward(row->reset_ns, row->ns));
}

static void put_fin(const struct socket_row *row, GString *text)
{
    if ((row->facts & SOCKET_PEER_FIN) != 0) {
        text_duration(text, duration_forward(row->fin_ns, row->ns));
    } else {
        g_string_append(text, "some time");
    }
}

static void put_heard(const struct socket_row *row, GString *text)
{
    const int64_t ns = story_unheard_ns(row->connection, tsm_other(row->side), row->ns);

    if (ns >= 0) {
        text_duration(text, ns);
    } else {
        g_string_append(text, "an unknown time");
    }
}

static void put_length(const struct socket_row *row, GString *text)
{
    text_duration(text, duration_forward(story_start(row->story), row->ns));
}

static void put_repeats(const struct socket_row *row, GString *text)
{
    text_counted(text, story_repeats(row->story, row->connection).count[row->side], "time",
                 "times");
}

static void put_again(const struct socket_row *row, GString *text)
{
    text_number(text, row->again);
}

static void put_attempts(const struct socket_row *row, GString *text)
{
    text_counted(text, row->attempts, "connection", "connections");
}

static void put_unread(const struct socket_row *row, GString *text)
{
    text_count(text, row->socket->recv_q);
}

static void put_room(const struct socket_row *row, GString *text)
{
    text_count(text, row->socket->send_q);
}

static const struct {
    const char *name;
    void (*put)(const struct socket_row *row, GString *text);
} places[] = {
    {"{kernel}", put_kernel},
    {"{ours}", put_ours},
    {"{peer}", put_peer},
    {"{own_since}", put_own_since},
    {"{peer_since}", put_peer_since},
    {"{possible}", put_possible},
    {"{process}", put_process},
    {"{reset}", put_reset},
    {"{fin}", put_fin},
    {"{heard}", put_heard},
    {"{length}", put_length},
    {"{repeats}", put_repeats},
    {"{again}", put_again},
    {"{attempts}", put_attempts},
    {"{unread}", put_unread},
    {"{room}", put_room},
};

/* Fills the place at the beginning of a text; returns what is behind it. */
static const char *fill_place(const struct socket_row *row, const char *at, GString *text)
{
    for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
        if (g_str_has_prefix(at, places[i].name)) {
            places[i].put(row, text);
            return at + strlen(places[i].name);
        }
    }
    g_string_append_c(text, *at);
    return at + 1;
}

void socket_meaning_text(const struct socket_row *row, GString *text)
{
    const char *at = row->meaning->text;

    while (*at != '\0') {
        const gsize n = strcspn(at, "{");
        g_string_append_len(text, at, (gssize)n);
        at += n;
        at = *at != '\0' ? fill_place(row, at, text) : at;
    }
}

const char *socket_verdict_word(enum socket_verdict verdict)
{
    static const char *const words[] = {
#define X(name, word, meaning) [SOCKET_VERDICT_##name] = word,
        SOCKET_VERDICT_LIST(X)
#undef X
    };

    return words[verdict];
}
