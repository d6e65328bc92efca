/* socket_join.c - joins sockets and connections by their addresses and ports; see socket_join.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "socket_join.h"

#include <string.h>

#include "duration.h"
#include "hash.h"
#include "listener.h"
#include "socket_meaning.h"
#include "tuple_index.h"

#define RECENT_NS 1000000000LL
#define AGAIN_NS 5000000000LL /* assumed: connections of one pool begin together */
#define QUIET_NS 60000000000LL

/* ---- sockets by their ends ---- */

/* An end, or both: what does not count is zero. */
struct key {
    uint8_t local[16], peer[16];
    uint16_t local_port, peer_port;
    uint8_t len;
    uint8_t zero[3];
};

static guint key_hash(gconstpointer key)
{
    return hash_bytes(key, sizeof(struct key));
}

static gboolean key_equal(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, sizeof(struct key)) == 0;
}

/* The tuple as the end on that side has it. */
static struct tsm_tuple seen_from(const struct tsm_tuple *tuple, enum tsm_side side)
{
    struct tsm_tuple turned = *tuple;

    if (side == TSM_SERVER) {
        memcpy(turned.src, tuple->dst, sizeof turned.src);
        memcpy(turned.dst, tuple->src, sizeof turned.dst);
        turned.sport = tuple->dport;
        turned.dport = tuple->sport;
    }
    return turned;
}

static struct key key_of(const struct tsm_tuple *tuple)
{
    struct key key = {
        .local_port = tuple->sport, .peer_port = tuple->dport, .len = tuple->addr_len};

    memcpy(key.local, tuple->src, tuple->addr_len);
    memcpy(key.peer, tuple->dst, tuple->addr_len);
    return key;
}

/* The address of this host's end alone. */
static struct key address_of(const struct tsm_tuple *tuple)
{
    struct key key = {.len = tuple->addr_len};

    memcpy(key.local, tuple->src, tuple->addr_len);
    return key;
}

/* A joining in progress. */
struct joining {
    const struct socket_join *is;
    GArray *rows;
    guint first;           /* of the rows: that of the list's first socket */
    GHashTable *by_key;    /* struct key, owned -> number of the socket + 1 */
    GHashTable *addresses; /* struct key, owned: those of this host */
    TupleIndex *clients;   /* by client's host and server */
    GArray *newest;        /* guint, by number in clients: the connection that began last + 1 */
    bool met;              /* an address of this host is in the capture */
};

static void add_key(GHashTable *table, struct key key, guint value)
{
    g_hash_table_insert(table, g_memdup2(&key, sizeof key), GUINT_TO_POINTER(value));
}

static void index_sockets(struct joining *joining)
{
    const SocketList *list = joining->is->list;

    for (guint i = 0; i < list->sockets->len; i++) {
        const struct host_socket *socket = socket_list_at(list, i);
        if (socket->state != TSM_LISTEN) {
            add_key(joining->by_key, key_of(&socket->tuple), i + 1);
        }
        if (!host_socket_is_any(socket, TSM_CLIENT)) {
            add_key(joining->addresses, address_of(&socket->tuple), 1);
        }
    }
}

/* ---- listening sockets ---- */

/* Whether a socket that listens takes what comes for that server. */
static bool listens_for(const struct host_socket *socket, const struct tsm_tuple *server)
{
    if (socket->state != TSM_LISTEN || socket->tuple.sport != server->dport) {
        return false;
    }
    if (host_socket_is_any(socket, TSM_CLIENT)) {
        return socket->both_families || socket->tuple.addr_len == server->addr_len;
    }
    return socket->tuple.addr_len == server->addr_len &&
           memcmp(socket->tuple.src, server->dst, server->addr_len) == 0;
}

/* Which host it is when every socket of the list is bound to any address: the only server of the
 * capture that has a port on which the list listens. */
static void guess_host(struct joining *joining, const GArray *listeners)
{
    const SocketList *list = joining->is->list;

    if (g_hash_table_size(joining->addresses) > 0) {
        return;
    }
    for (guint l = 0; l < listeners->len; l++) {
        const struct listener *listener = &g_array_index(listeners, struct listener, l);
        const struct tsm_tuple turned = seen_from(listener->tuple, TSM_SERVER);
        for (guint i = 0; i < list->sockets->len; i++) {
            if (listens_for(socket_list_at(list, i), listener->tuple)) {
                add_key(joining->addresses, address_of(&turned), 1);
                break;
            }
        }
    }
    if (g_hash_table_size(joining->addresses) > 1) {
        g_hash_table_remove_all(joining->addresses);
    }
}

static bool is_of_host(const struct joining *joining, const struct tsm_tuple *turned)
{
    const struct socket_join *is = joining->is;
    const struct key key = address_of(turned);

    return is->host != NULL ? selection_has_local(is->host, is->story, turned, TSM_CLIENT)
                            : g_hash_table_contains(joining->addresses, &key);
}

/* The facts of a listening socket: those of all addresses of this host on which it listens. */
static void add_listener(const struct joining *joining, struct socket_row *row,
                         const GArray *listeners)
{
    static const unsigned facts[] = {
        [LISTENER_QUEUE] = SOCKET_QUEUE,
        [LISTENER_SILENT] = SOCKET_SILENT,
        [LISTENER_REFUSED] = SOCKET_REFUSED,
        [LISTENER_SLOW] = 0,
        [LISTENER_OK] = 0,
    };
    const struct host_socket *socket = row->socket;

    for (guint i = 0; i < listeners->len; i++) {
        const struct listener *listener = &g_array_index(listeners, struct listener, i);
        const struct tsm_tuple turned = seen_from(listener->tuple, TSM_SERVER);
        if (listens_for(socket, listener->tuple) && is_of_host(joining, &turned)) {
            row->attempts += listener->attempts;
            row->facts |= facts[listener_health(listener)];
            row->facts |= listener_at(listener, row->ns) ? SOCKET_PROVEN : 0;
        }
    }
    if (socket->send_q > 0 && socket->recv_q > socket->send_q) {
        row->facts |= SOCKET_FULL;
    }
}

/* ---- facts ---- */

static bool sent_fin(enum tsm_state state)
{
    return tsm_contains(tsm_only(TSM_FIN_WAIT_1) | tsm_only(TSM_FIN_WAIT_2) |
                            tsm_only(TSM_CLOSING) | tsm_only(TSM_LAST_ACK) |
                            tsm_only(TSM_TIME_WAIT),
                        state);
}

/* Which of the two an end has sent by then: bits `fin` and `reset`, and when it did so first. */
static void look_back(struct socket_row *row, const struct story_interval *interval, unsigned fin,
                      unsigned reset, int64_t *fin_ns, int64_t *reset_ns)
{
    for (; interval != NULL; interval = story_earlier(row->story, interval)) {
        if (sent_fin((enum tsm_state)interval->state)) {
            row->facts |= fin;
            *fin_ns = interval->from_ns;
        }
        if (interval->state == TSM_CLOSED && interval->cause == TSM_SND_RST) {
            row->facts |= reset;
            *reset_ns = interval->from_ns;
        }
    }
}

/* Whether an end came into that state less than a second before the moment. */
static bool is_new(const struct socket_row *row, const struct story_interval *interval)
{
    return interval != NULL &&
           duration_forward(story_state_since(row->story, interval), row->ns) < RECENT_NS;
}

static void note_silence(struct socket_row *row)
{
    const struct story_connection *connection = row->connection;
    const int64_t own = story_unheard_ns(connection, row->side, row->ns);
    const int64_t peer = story_unheard_ns(connection, tsm_other(row->side), row->ns);
    const struct story_silence *heard = &connection->heard[row->side];

    if (is_new(row, row->own) || is_new(row, row->peer)) {
        row->facts |= SOCKET_RECENT;
    }
    if (peer >= QUIET_NS) {
        row->facts |= SOCKET_QUIET;
    }
    if (own >= 0 && heard->unacked > 0 &&
        story_repeats(row->story, connection).count[row->side] > 0) {
        row->facts |= SOCKET_IN_VAIN;
    }
}

/* Some time after the peer was last heard, its host has begun another connection to the same port.
 */
static void note_again(const struct joining *joining, struct socket_row *row)
{
    const guint number = story_number(row->story, row->connection);
    const guint pair = tuple_index_add(joining->clients, number);
    const guint newest = g_array_index(joining->newest, guint, pair) - 1;
    const struct story_connection *other = story_connection(row->story, newest);
    const int64_t last_ns = row->connection->heard[TSM_CLIENT].last_ns;

    if (row->side == TSM_SERVER && newest != number &&
        duration_forward(last_ns, other->start_ns) > AGAIN_NS && other->start_ns <= row->ns) {
        row->facts |= SOCKET_AGAIN;
        row->again = other->stream;
    }
}

static void note_connection(const struct joining *joining, struct socket_row *row)
{
    const struct story_connection *connection = row->connection;
    const enum tsm_vantage here = row->side == TSM_CLIENT ? TSM_AT_CLIENT : TSM_AT_SERVER;
    int64_t ignored;

    row->facts |= connection->vantage == here ? SOCKET_AT_HOST : 0;
    row->facts |= connection->closed_out_ns != 0 ? SOCKET_EVICTED : 0;
    look_back(row, row->own, SOCKET_OWN_FIN, SOCKET_OWN_RESET, &ignored, &ignored);
    look_back(row, row->peer, SOCKET_PEER_FIN, SOCKET_PEER_RESET, &row->fin_ns, &row->reset_ns);
    note_silence(row);
    note_again(joining, row);
    if (row->socket != NULL && row->own != NULL) {
        const enum tsm_state state = (enum tsm_state)row->socket->state;
        row->facts |= row->own->state == state ? SOCKET_AGREES : 0;
        row->facts |= tsm_contains(row->own->possible, state) ? SOCKET_POSSIBLE : 0;
    }
}

static bool is_loopback(const struct tsm_tuple *tuple)
{
    static const uint8_t one[16] = {[15] = 1};

    return tuple->addr_len == 4 ? tuple->src[0] == 127 : memcmp(tuple->src, one, 16) == 0;
}

static void note_socket(struct socket_row *row)
{
    static const unsigned of_timer[] = {
        [HOST_TIMER_OFF] = SOCKET_NO_TIMER,
        [HOST_TIMER_KEEPALIVE] = SOCKET_KEEPALIVE,
        [HOST_TIMER_PERSIST] = 0,
    };
    static const unsigned of_owner[] = {
        [HOST_OWNED] = SOCKET_OWNED,
        [HOST_ORPHAN] = SOCKET_ORPHAN,
    };
    const struct host_socket *socket = row->socket;

    row->facts |= of_timer[socket->timer] | of_owner[socket->owner];
    row->facts |= socket->recv_q > 0 ? SOCKET_UNREAD : 0;
    row->facts |= is_loopback(&row->tuple) ? SOCKET_LOOPBACK : 0;
}

/* ---- rows ---- */

/* Whether an end has a socket: LISTEN is that of another one, which listens. */
static bool has_socket(const struct story_interval *interval)
{
    return interval != NULL && interval->state != TSM_CLOSED && interval->state != TSM_LISTEN;
}

static void put_connection(const struct joining *joining, struct socket_row *row,
                           const struct story_connection *connection, enum tsm_side side)
{
    const struct socket_join *is = joining->is;

    row->connection = connection;
    row->side = side;
    row->own = story_interval_at(is->story, connection, side, is->ns, is->frame);
    row->peer = story_interval_at(is->story, connection, tsm_other(side), is->ns, is->frame);
}

/* The connection is that of a socket of the list, or one that the list does not have. A later one
 * on the same ends takes the place of an earlier one. */
static void join_side(struct joining *joining, const struct story_connection *connection,
                      enum tsm_side side)
{
    const struct socket_join *is = joining->is;
    const struct tsm_tuple turned = seen_from(&connection->tuple, side);
    const struct key key = key_of(&turned);
    const guint place = GPOINTER_TO_UINT(g_hash_table_lookup(joining->by_key, &key));
    struct socket_row row = {.story = is->story, .tuple = turned, .ns = is->ns};

    if (!is_of_host(joining, &turned) && place == 0) {
        return;
    }
    joining->met = true;
    if (place != 0) {
        struct socket_row *known =
            &g_array_index(joining->rows, struct socket_row, joining->first + place - 1);
        put_connection(joining, known, connection, side);
        return;
    }
    put_connection(joining, &row, connection, side);
    if (has_socket(row.own)) {
        g_array_append_val(joining->rows, row);
    }
}

static void join_connections(struct joining *joining)
{
    const struct story *story = joining->is->story;

    for (guint i = 0; i < story->connections->len; i++) {
        const struct story_connection *connection = story_connection(story, i);
        const guint pair = tuple_index_add(joining->clients, i);
        if (pair == joining->newest->len) {
            g_array_set_size(joining->newest, pair + 1);
        }
        if (connection->start_ns > joining->is->ns) {
            continue;
        }
        g_array_index(joining->newest, guint, pair) = i + 1;
        join_side(joining, connection, TSM_CLIENT);
        if (!story_is_own_peer(connection)) {
            join_side(joining, connection, TSM_SERVER);
        }
    }
}

static void settle(const struct joining *joining, struct socket_row *row, const GArray *listeners)
{
    row->facts |= joining->is->list->partial ? SOCKET_CUT_LIST : 0;
    if (row->socket != NULL) {
        note_socket(row);
    }
    if (row->socket != NULL && row->socket->state == TSM_LISTEN) {
        add_listener(joining, row, listeners);
    } else if (row->connection != NULL) {
        note_connection(joining, row);
    } else {
        row->facts |= SOCKET_UNSEEN;
    }
    row->meaning = socket_meaning_of(row);
}

static char *warn(const struct joining *joining)
{
    if (joining->is->host == NULL && g_hash_table_size(joining->addresses) == 0) {
        return g_strdup(
            "all sockets of the list are bound to any address, so it is not known which "
            "host of the capture they are of: --host ADDRESS");
    }
    if (!joining->met) {
        return g_strdup("no address of the list is in the capture: it is of another host, or there "
                        "is a NAT or a container between");
    }
    return NULL;
}

char *socket_join(const struct socket_join *join, GArray *rows)
{
    struct joining joining = {
        .is = join,
        .rows = rows,
        .first = rows->len,
        .by_key = g_hash_table_new_full(key_hash, key_equal, g_free, NULL),
        .addresses = g_hash_table_new_full(key_hash, key_equal, g_free, NULL),
        .clients = tuple_index_new(join->story, TUPLE_CLIENT_HOST | TUPLE_LISTENER),
        .newest = g_array_new(FALSE, TRUE, sizeof(guint)),
    };
    g_autoptr(GArray) listeners = listeners_of(join->story);

    for (guint i = 0; i < join->list->sockets->len; i++) {
        const struct host_socket *socket = socket_list_at(join->list, i);
        const struct socket_row row = {
            .story = join->story, .tuple = socket->tuple, .socket = socket, .ns = join->ns};
        g_array_append_val(rows, row);
    }
    index_sockets(&joining);
    guess_host(&joining, listeners);
    join_connections(&joining);
    for (guint i = joining.first; i < rows->len; i++) {
        settle(&joining, &g_array_index(rows, struct socket_row, i), listeners);
    }
    char *warning = warn(&joining);
    g_hash_table_unref(joining.by_key);
    g_hash_table_unref(joining.addresses);
    tuple_index_free(joining.clients);
    g_array_unref(joining.newest);
    return warning;
}
