/* socket_line.c - the dialects in which sockets are listed; see socket_line.h.
 *
 * Each dialect is a row of a table: how its lines are told from others, and how they are read.
 * Formats: misc/ss.c of iproute2, netstat.c of net-tools, Documentation/networking/proc_net_tcp of
 * Linux.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "socket_line.h"

#include <string.h>

#include "socket_address.h"

/* A line: whole, and its words. */
struct row {
    const char *line;
    char **words;
    guint n;
};

static bool is_word(const struct row *row, guint i, const char *word)
{
    return i < row->n && strcmp(row->words[i], word) == 0;
}

static bool is_number(const struct row *row, guint i)
{
    return i < row->n && row->words[i][strspn(row->words[i], "0123456789")] == '\0';
}

static bool read_number(const char *text, unsigned base, uint64_t *number)
{
    guint64 value;

    if (!g_ascii_string_to_unsigned(text, base, 0, UINT64_MAX, &value, NULL)) {
        return false;
    }
    *number = value;
    return true;
}

/* ---- ends ---- */

/* Both ends become a tuple. One that is IPv4 makes a wildcard of the other IPv4. */
static enum socket_line_kind join_ends(struct host_socket *socket,
                                       const struct socket_address *local,
                                       const struct socket_address *peer, char **why)
{
    const unsigned len = MIN(local->len, peer->len);
    const bool listens = socket->state == TSM_LISTEN;

    if (local->len != peer->len && !local->star && !peer->star && !listens) {
        *why = g_strdup("its two addresses are of different families");
        return SOCKET_LINE_BAD;
    }
    socket->tuple.addr_len = (uint8_t)(listens ? local->len : len);
    memcpy(socket->tuple.src, local->address, socket->tuple.addr_len);
    memcpy(socket->tuple.dst, peer->address, socket->tuple.addr_len);
    socket->tuple.sport = local->port;
    socket->tuple.dport = peer->port;
    return SOCKET_LINE_SOCKET;
}

static enum socket_line_kind explain_end(enum socket_address_result result, const char *text,
                                         char **why)
{
    if (result == SOCKET_ADDRESS_NAME) {
        *why = g_strdup(text);
        return SOCKET_LINE_NAMES;
    }
    *why = g_strdup_printf("'%s' is no address and port; was it cut short? (netstat: -W)", text);
    return SOCKET_LINE_BAD;
}

/* The ends are the words `at` and the one behind it. */
static enum socket_line_kind read_ends(struct host_socket *socket, const struct row *row, guint at,
                                       char **why)
{
    struct socket_address ends[2];

    for (guint i = 0; i < 2; i++) {
        const enum socket_address_result result =
            socket_address_parse(&ends[i], row->words[at + i]);
        if (result != SOCKET_ADDRESS_OK) {
            return explain_end(result, row->words[at + i], why);
        }
    }
    socket->both_families = ends[0].star;
    return join_ends(socket, &ends[0], &ends[1], why);
}

static enum socket_line_kind fail(char **why, const char *what)
{
    *why = g_strdup(what);
    return SOCKET_LINE_BAD;
}

/* ---- ss ---- */

static const struct {
    const char *word; /* as ss and netstat begin it */
    enum host_timer timer;
} timers[] = {
    {"keepalive,", HOST_TIMER_KEEPALIVE},
    {"keepalive (", HOST_TIMER_KEEPALIVE},
    {"on,", HOST_TIMER_ON},
    {"on (", HOST_TIMER_ON},
    {"timewait,", HOST_TIMER_TIME_WAIT},
    {"timewait (", HOST_TIMER_TIME_WAIT},
    {"persist,", HOST_TIMER_PERSIST},
    {"probe (", HOST_TIMER_PERSIST},
    {"off (", HOST_TIMER_OFF},
};

static enum host_timer timer_named(const char *text)
{
    for (gsize i = 0; i < G_N_ELEMENTS(timers); i++) {
        if (g_str_has_prefix(text, timers[i].word)) {
            return timers[i].timer;
        }
    }
    return HOST_TIMER_UNKNOWN;
}

/* users:(("nginx",pid=1234,fd=5),("nginx",pid=1235,fd=5)) becomes "1234/nginx +1"; NULL without. */
static char *ss_process(const char *line)
{
    const char *at = strstr(line, "users:((\"");
    const char *quote = at != NULL ? strstr(at + 9, "\",pid=") : NULL;
    guint others = 0;

    if (quote == NULL) {
        return NULL;
    }
    g_autofree char *name = g_strndup(at + 9, (gsize)(quote - at - 9));
    const guint64 pid = g_ascii_strtoull(quote + 6, NULL, 10);
    for (const char *more = quote + 6; (more = strstr(more, "\",pid=")) != NULL; more += 6) {
        others += g_ascii_strtoull(more + 6, NULL, 10) != pid;
    }
    return others > 0 ? g_strdup_printf("%" G_GUINT64_FORMAT "/%s +%u", pid, name, others)
                      : g_strdup_printf("%" G_GUINT64_FORMAT "/%s", pid, name);
}

/* What stands behind a word of the line's end, "ino:"; NULL when it is not there. */
static const char *ss_detail(const char *line, const char *word)
{
    const char *at = strstr(line, word);

    return at != NULL && (at == line || g_ascii_isspace(at[-1])) ? at + strlen(word) : NULL;
}

/* -e prints ino: only for sockets that have one, and sk: for all. -o prints no timer that is off:
 * when no socket has one, nobody knows. */
static void read_ss_details(struct host_socket *socket, const char *line)
{
    const char *timer = ss_detail(line, "timer:(");
    const char *inode = ss_detail(line, "ino:");
    const char *v6only = ss_detail(line, "v6only:");

    socket->process = ss_process(line);
    socket->timer = (uint8_t)(timer != NULL ? timer_named(timer) : HOST_TIMER_UNKNOWN);
    socket->inode = inode != NULL ? g_ascii_strtoull(inode, NULL, 10) : 0;
    if (socket->process != NULL || socket->inode != 0) {
        socket->owner = HOST_OWNED;
    } else if (ss_detail(line, "sk:") != NULL) {
        socket->owner = HOST_ORPHAN;
    }
    socket->both_families = socket->both_families && (v6only == NULL || v6only[0] != '1');
}

/* "tcp" before the state, when ss was not asked for TCP alone. */
static guint ss_state_at(const struct row *row)
{
    return is_word(row, 0, "tcp") ? 1 : 0;
}

static bool is_ss(const struct row *row)
{
    const guint at = ss_state_at(row);
    enum tsm_state state;

    return at < row->n && tsm_state_parse(row->words[at], &state) &&
           (at == 1 || !g_ascii_isdigit(row->words[0][0]));
}

static enum socket_line_kind read_ss(struct host_socket *socket, const struct row *row, char **why)
{
    const guint at = ss_state_at(row);
    enum tsm_state state = TSM_UNKNOWN;

    if (row->n < at + 5) {
        return fail(why, "it ends before the peer's address");
    }
    tsm_state_parse(row->words[at], &state);
    socket->state = (uint8_t)state;
    if (!read_number(row->words[at + 1], 10, &socket->recv_q) ||
        !read_number(row->words[at + 2], 10, &socket->send_q)) {
        return fail(why, "its queues are no numbers");
    }
    const enum socket_line_kind kind = read_ends(socket, row, at + 3, why);
    if (kind == SOCKET_LINE_SOCKET) {
        read_ss_details(socket, row->line);
    }
    return kind;
}

/* ---- netstat ---- */

static bool is_netstat(const struct row *row)
{
    return (is_word(row, 0, "tcp") || is_word(row, 0, "tcp6")) && is_number(row, 1);
}

/* "1234/nginx: worker", up to the timer's two words, if it has them. */
static char *netstat_process(const char *line)
{
    const char *slash = strchr(line, '/');
    const char *start = slash;

    while (slash != NULL && start > line && g_ascii_isdigit(start[-1])) {
        start--;
    }
    if (slash == NULL || start == slash || (start > line && !g_ascii_isspace(start[-1]))) {
        return NULL;
    }
    g_autofree char *rest = g_strdup(start);
    for (gsize i = 0; i < G_N_ELEMENTS(timers); i++) {
        char *timer = strstr(rest, timers[i].word);
        if (timer != NULL && timer > rest && g_ascii_isspace(timer[-1])) {
            *timer = '\0';
        }
    }
    return g_strdup(g_strchomp(rest));
}

static enum host_timer netstat_timer(const char *line)
{
    for (const char *at = line; (at = strchr(at, ' ')) != NULL; at++) {
        const enum host_timer timer = timer_named(at + 1);
        if (timer != HOST_TIMER_UNKNOWN) {
            return timer;
        }
    }
    return HOST_TIMER_UNKNOWN;
}

/* Behind the state: with -e user and inode, with -p process, with -o timer. */
static void read_netstat_details(struct host_socket *socket, const struct row *row)
{
    const char *rest = strstr(row->line, row->words[5]) + strlen(row->words[5]);
    const bool extended = row->n >= 8 && is_number(row, 7) && strchr(row->words[6], '/') == NULL;

    socket->timer = (uint8_t)netstat_timer(rest);
    socket->process = netstat_process(rest);
    if (extended) {
        read_number(row->words[7], 10, &socket->inode);
    }
    if (socket->process != NULL || socket->inode != 0) {
        socket->owner = HOST_OWNED;
    } else if (extended) {
        socket->owner = HOST_ORPHAN;
    }
}

/* Longer ones netstat cuts without a word, unless -W was given (net-tools: 22 columns). */
#define NETSTAT_ADDRESS 22

static enum socket_line_kind read_netstat(struct host_socket *socket, const struct row *row,
                                          char **why)
{
    enum tsm_state state;

    if (row->n < 6) {
        return fail(why, "it ends before the state");
    }
    if (!read_number(row->words[2], 10, &socket->send_q) ||
        !read_number(row->words[1], 10, &socket->recv_q)) {
        return fail(why, "its queues are no numbers");
    }
    if (!tsm_state_parse(row->words[5], &state)) {
        return fail(why, "its state is none of TCP's");
    }
    socket->state = (uint8_t)state;
    if (strlen(row->words[3]) == NETSTAT_ADDRESS &&
        strchr(row->words[3], ':') != strrchr(row->words[3], ':')) {
        return fail(why, "an address of this length may be cut short: netstat -W");
    }
    const enum socket_line_kind kind = read_ends(socket, row, 3, why);
    if (kind == SOCKET_LINE_SOCKET) {
        socket->both_families = socket->tuple.addr_len == 16 && host_socket_is_any(socket, 0);
        socket->send_q = state == TSM_LISTEN ? 0 : socket->send_q;
        read_netstat_details(socket, row);
    }
    return kind;
}

/* ---- /proc/net/tcp and tcp6 ---- */

/* include/net/tcp_states.h, from 1 on; NEW_SYN_RECV is shown as SYN_RECV. */
static const enum tsm_state proc_states[] = {
    TSM_ESTABLISHED, TSM_SYN_SENT,   TSM_SYN_RCVD, TSM_FIN_WAIT_1, TSM_FIN_WAIT_2, TSM_TIME_WAIT,
    TSM_CLOSED,      TSM_CLOSE_WAIT, TSM_LAST_ACK, TSM_LISTEN,     TSM_CLOSING,    TSM_SYN_RCVD,
};

/* get_tcp4_sock() of net/ipv4/tcp_ipv4.c */
static const enum host_timer proc_timers[] = {
    HOST_TIMER_OFF, HOST_TIMER_ON, HOST_TIMER_KEEPALIVE, HOST_TIMER_TIME_WAIT, HOST_TIMER_PERSIST,
};

/* "0:", then ends of which nothing but hexadecimal digits is. */
static bool is_proc(const struct row *row)
{
    return row->n >= 2 && g_ascii_isdigit(row->words[0][0]) && g_str_has_suffix(row->words[0], ":");
}

/* "00000001:00000002": what is not acknowledged, and not read. */
static bool read_proc_queues(struct host_socket *socket, const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, ":", 2);

    return g_strv_length(parts) == 2 && read_number(parts[0], 16, &socket->send_q) &&
           read_number(parts[1], 16, &socket->recv_q);
}

static bool read_proc_numbers(struct host_socket *socket, const struct row *row)
{
    uint64_t state = 0;
    const guint64 timer = g_ascii_strtoull(row->words[5], NULL, 16);

    if (!read_number(row->words[3], 16, &state) || state < 1 || state > G_N_ELEMENTS(proc_states) ||
        !read_proc_queues(socket, row->words[4]) ||
        !read_number(row->words[9], 10, &socket->inode)) {
        return false;
    }
    socket->state = (uint8_t)proc_states[state - 1];
    socket->timer =
        (uint8_t)(timer < G_N_ELEMENTS(proc_timers) ? proc_timers[timer] : HOST_TIMER_UNKNOWN);
    socket->owner = socket->inode != 0 ? HOST_OWNED : HOST_ORPHAN;
    socket->send_q = socket->state == TSM_LISTEN ? 0 : socket->send_q;
    return true;
}

static enum socket_line_kind read_proc(struct host_socket *socket, const struct row *row,
                                       char **why)
{
    struct socket_address local;
    struct socket_address peer;

    if (row->n < 10) {
        return fail(why, "it ends before the inode");
    }
    if (!socket_address_parse_hex(&local, row->words[1]) ||
        !socket_address_parse_hex(&peer, row->words[2]) || !read_proc_numbers(socket, row)) {
        return fail(why, "it is not as /proc/net/tcp has it");
    }
    const enum socket_line_kind kind = join_ends(socket, &local, &peer, why);
    socket->both_families = socket->tuple.addr_len == 16 && host_socket_is_any(socket, 0);
    return kind;
}

/* ---- which of them ---- */

static const struct dialect {
    bool (*is)(const struct row *row);
    enum socket_line_kind (*read)(struct host_socket *socket, const struct row *row, char **why);
} dialects[] = {
    {is_proc, read_proc},
    {is_netstat, read_netstat},
    {is_ss, read_ss},
};

/* First words of lines that are no TCP socket: headers, and the sockets of other protocols. */
static const char *const others[] = {
    "State", "Netid", "Proto", "Active", "sl",    "Registers", "udp",   "udp6",  "udpl",  "udplite",
    "raw",   "raw6",  "icmp6", "nl",     "mptcp", "sctp",      "dccp",  "tipc",  "vsock", "xdp",
    "unix",  "???",   "v_str", "v_dgr",  "u_str", "u_dgr",     "u_seq", "p_raw", "p_dgr", NULL,
};

static enum socket_line_kind parse_words(struct host_socket *socket, const struct row *row,
                                         char **why)
{
    for (gsize i = 0; i < G_N_ELEMENTS(dialects); i++) {
        if (dialects[i].is(row)) {
            return dialects[i].read(socket, row, why);
        }
    }
    if (g_strv_contains(others, row->words[0])) {
        return SOCKET_LINE_NOTHING;
    }
    return fail(why, "it is neither of ss nor of netstat nor of /proc/net/tcp");
}

/* Words between white space, without empty ones. */
static void split(struct row *row)
{
    guint kept = 0;

    row->words = g_strsplit_set(row->line, " \t\r", -1);
    for (guint i = 0; row->words[i] != NULL; i++) {
        if (row->words[i][0] == '\0') {
            g_free(row->words[i]);
        } else {
            row->words[kept++] = row->words[i];
        }
    }
    row->words[kept] = NULL;
    row->n = kept;
}

enum socket_line_kind socket_line_parse(struct host_socket *socket, const char *line, char **why)
{
    struct row row = {.line = line};
    enum socket_line_kind kind = SOCKET_LINE_NOTHING;

    *why = NULL;
    *socket = (struct host_socket){.state = TSM_UNKNOWN};
    if (line[0] == '\t') { /* ss -i and -m go on in a second line */
        return SOCKET_LINE_NOTHING;
    }
    split(&row);
    if (row.n > 0) {
        kind = parse_words(socket, &row, why);
    }
    g_strfreev(row.words);
    return kind;
}
