/* pair.c - see pair.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "pair.h"

#include <string.h>

#include "hash.h"

static const char *const verdict_words[N_PAIR_VERDICTS] = {
#define X(name, word, meaning) [PAIR_##name] = (word),
    PAIR_VERDICT_LIST(X)
#undef X
};

const char *pair_verdict_word(enum pair_verdict verdict)
{
    return verdict_words[verdict];
}

/* ---- which belong together ---- */

/* What both captures say of a connection: the client's initial sequence number, whatever a NAT
 * between them does; or the addresses and ports, whatever rewrites numbers. */
struct key {
    struct tsm_tuple tuple;
    uint32_t syn_seq;
    bool by_syn;
};

/* False when the connection has none of that kind. */
static bool key_of(const struct story *story, const struct story_connection *connection,
                   bool by_syn, struct key *key)
{
    const struct tsm_facts *client = &story_facts(story, connection, TSM_CLIENT)->seen;

    memset(key, 0, sizeof *key); /* the padding too: it is hashed */
    key->by_syn = by_syn;
    if (by_syn) {
        key->syn_seq = client->syn_seq;
        return client->isns > 0;
    }
    key->tuple.addr_len = connection->tuple.addr_len;
    memcpy(key->tuple.src, connection->tuple.src, connection->tuple.addr_len);
    memcpy(key->tuple.dst, connection->tuple.dst, connection->tuple.addr_len);
    key->tuple.sport = connection->tuple.sport;
    key->tuple.dport = connection->tuple.dport;
    return true;
}

static guint hash_pair(gconstpointer data)
{
    return hash_bytes(data, sizeof(struct key));
}

static gboolean equal_keys(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, sizeof(struct key)) == 0;
}

#define NONE G_MAXUINT
#define ABOUT_NS G_GINT64_CONSTANT(60000000000)

/* Whether two connections on the same addresses and ports are one, although both began with a SYN
 * and the numbers of those differ: a middlebox rewrites numbers, and what was said is the same. */
static bool is_rewritten(const struct story *at_client, const struct story_connection *a,
                         const struct story *at_server, const struct story_connection *b)
{
    const bool opened = story_facts(at_client, a, TSM_CLIENT)->seen.isns > 0 &&
                        story_facts(at_server, b, TSM_CLIENT)->seen.isns > 0;

    return !opened || (a->bytes[TSM_CLIENT] + a->bytes[TSM_SERVER] > 0 &&
                       a->bytes[TSM_CLIENT] == b->bytes[TSM_CLIENT] &&
                       a->bytes[TSM_SERVER] == b->bytes[TSM_SERVER] &&
                       ABS(a->start_ns - b->start_ns) < ABOUT_NS);
}

/* Finds for each connection of one story its like in the other: `other` and `taken` by their
 * numbers, for those that have none yet. Of several with equal keys the first is taken. */
static void find_pairs(const struct story *at_client, const struct story *at_server, bool by_syn,
                       guint *other, bool *taken)
{
    g_autoptr(GHashTable) index = g_hash_table_new_full(hash_pair, equal_keys, g_free, NULL);
    struct key key;

    for (guint i = at_server->connections->len; i-- > 0;) {
        if (!taken[i] && key_of(at_server, story_connection(at_server, i), by_syn, &key)) {
            g_hash_table_replace(index, g_memdup2(&key, sizeof key), GUINT_TO_POINTER(i + 1));
        }
    }
    for (guint i = 0; i < at_client->connections->len; i++) {
        if (other[i] != NONE || !key_of(at_client, story_connection(at_client, i), by_syn, &key)) {
            continue;
        }
        const guint found = GPOINTER_TO_UINT(g_hash_table_lookup(index, &key));
        if (found > 0 && !taken[found - 1] &&
            (by_syn || is_rewritten(at_client, story_connection(at_client, i), at_server,
                                    story_connection(at_server, found - 1)))) {
            taken[found - 1] = true;
            other[i] = found - 1;
        }
    }
}

/* ---- what differs ---- */

static uint32_t count_of(const struct pair *pair, enum tsm_side at, enum tsm_side sender,
                         unsigned kind)
{
    return story_mark(pair->story[at], pair->connection[at], sender, kind)->count;
}

/* Segments of a kind that left their sender and did not arrive. */
static bool was_lost(const struct pair *pair, enum tsm_side sender, unsigned kind)
{
    return count_of(pair, sender, sender, kind) > count_of(pair, tsm_other(sender), sender, kind);
}

static bool was_added(const struct pair *pair, enum tsm_side sender, unsigned kind)
{
    return count_of(pair, sender, sender, kind) < count_of(pair, tsm_other(sender), sender, kind);
}

// clang-format off
/* What explains a difference, the best first. */
static const struct explanation {
    bool (*is)(const struct pair *pair, enum tsm_side sender, unsigned kind);
    unsigned kind;
    const char *cause[2]; /* by the sender */
} explanations[] = {
    {was_added, MARK_RST,     {"a RST in the client's name came from between",
                               "a RST in the server's name came from between"}},
    {was_added, MARK_FIN,     {"a FIN in the client's name came from between",
                               "a FIN in the server's name came from between"}},
    {was_lost,  MARK_RST,     {"the client's RST was lost", "the server's RST was lost"}},
    {was_lost,  MARK_FIN,     {"a FIN of the client was lost", "a FIN of the server was lost"}},
    {was_lost,  MARK_SYN,     {"a SYN of the client was lost", "a SYN of the server was lost"}},
    {was_lost,  MARK_SYN_ACK, {"a SYN-ACK of the client was lost",
                               "a SYN-ACK of the server was lost"}},
};
// clang-format on

static const char *cause_of(const struct pair *pair)
{
    for (gsize i = 0; i < G_N_ELEMENTS(explanations); i++) {
        const struct explanation *e = &explanations[i];
        for (unsigned side = 0; side < 2; side++) {
            if (e->is(pair, (enum tsm_side)side, e->kind)) {
                return e->cause[side];
            }
        }
    }
    if (pair->lost[TSM_CLIENT] > 0) {
        return "segments of the client were lost";
    }
    return pair->lost[TSM_SERVER] > 0 ? "segments of the server were lost" : "";
}

static void compare_segments(struct pair *pair)
{
    for (unsigned side = 0; side < 2; side++) {
        const uint32_t sent = pair->connection[side]->segments[side];
        const uint32_t arrived = pair->connection[1 - side]->segments[side];
        pair->lost[side] = sent > arrived ? sent - arrived : 0;
        pair->added[side] = arrived > sent ? arrived - sent : 0;
    }
}

/* What an end has offered, as it left and as it arrived. */
static uint32_t changed_offers(const struct tsm_facts *left, const struct tsm_facts *arrived)
{
    const uint8_t differ = left->offered ^ arrived->offered;
    const uint8_t others = TSM_HAS_FASTOPEN | TSM_HAS_MPTCP;
    const bool both_scale = (left->offered & arrived->offered & TSM_HAS_WSCALE) != 0;

    if (left->isns == 0 || arrived->isns == 0) {
        return 0; /* no SYN to compare */
    }
    return (left->mss != arrived->mss ? PAIR_CHANGED_MSS : 0u) |
           ((differ & TSM_HAS_WSCALE) != 0 || (both_scale && left->wscale != arrived->wscale)
                ? PAIR_CHANGED_SCALE
                : 0u) |
           ((differ & TSM_HAS_SACK_PERM) != 0 ? PAIR_CHANGED_SACK : 0u) |
           ((differ & TSM_HAS_TIMESTAMP) != 0 ? PAIR_CHANGED_TIMESTAMPS : 0u) |
           ((differ & others) != 0 ? PAIR_CHANGED_OPTIONS : 0u) |
           (left->syn_seq != arrived->syn_seq ? PAIR_CHANGED_SEQUENCE : 0u);
}

static bool has_other_address(const struct pair *pair, enum tsm_side side)
{
    const struct tsm_tuple *a = &pair->connection[TSM_CLIENT]->tuple;
    const struct tsm_tuple *b = &pair->connection[TSM_SERVER]->tuple;
    const uint8_t *of_a = side == TSM_CLIENT ? a->src : a->dst;
    const uint8_t *of_b = side == TSM_CLIENT ? b->src : b->dst;

    return a->addr_len != b->addr_len || memcmp(of_a, of_b, a->addr_len) != 0 ||
           (side == TSM_CLIENT ? a->sport != b->sport : a->dport != b->dport);
}

/* A time to live falls on its way; one that rises was written anew. */
static void compare_headers(struct pair *pair)
{
    for (unsigned side = 0; side < 2; side++) {
        const struct tsm_facts left =
            story_facts(pair->story[side], pair->connection[side], (enum tsm_side)side)->seen;
        const struct tsm_facts arrived =
            story_facts(pair->story[1 - side], pair->connection[1 - side], (enum tsm_side)side)
                ->seen;
        const bool rises = left.ttl_most > 0 && arrived.ttl_least > left.ttl_most;
        pair->changes[side] =
            changed_offers(&left, &arrived) | (rises ? PAIR_CHANGED_TTL : 0u) |
            (has_other_address(pair, (enum tsm_side)side) ? PAIR_CHANGED_ADDRESS : 0u);
    }
}

void pair_tell_changes(uint32_t changes, GString *text)
{
    static const char *const words[] = {
#define X(name, word) word,
        PAIR_CHANGE_LIST(X)
#undef X
    };

    for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
        if ((changes & 1u << i) != 0) {
            g_string_append_printf(text, "%s%s", text->len > 0 ? ", " : "", words[i]);
        }
    }
}

/* From the SYN, and from the first data, as both have them. */
static void measure_ways(struct pair *pair)
{
    const bool opened = count_of(pair, TSM_CLIENT, TSM_CLIENT, MARK_SYN) == 1 &&
                        count_of(pair, TSM_SERVER, TSM_CLIENT, MARK_SYN) == 1;

    for (unsigned side = 0; side < 2; side++) {
        const struct tsm_record_facts left =
            *story_facts(pair->story[side], pair->connection[side], (enum tsm_side)side);
        const struct tsm_record_facts arrived =
            *story_facts(pair->story[1 - side], pair->connection[1 - side], (enum tsm_side)side);
        int64_t *way_ns = &pair->way_ns[side];
        if (pair->lost[side] > 0 || pair->added[side] > 0) {
            continue; /* which one is which is not known */
        }
        if (left.first_data_frame != 0 && arrived.first_data_frame != 0) {
            *way_ns = arrived.first_data_ns - left.first_data_ns;
        }
        if (side == TSM_CLIENT && opened) {
            const int64_t syn_ns =
                pair->connection[TSM_SERVER]->start_ns - pair->connection[TSM_CLIENT]->start_ns;
            *way_ns = *way_ns == PAIR_NO_WAY ? syn_ns : MIN(*way_ns, syn_ns);
        }
    }
}

static void compare_repeats(struct pair *pair)
{
    for (unsigned side = 0; side < 2; side++) {
        const uint32_t again = pair->connection[side]->retransmissions[side];
        pair->in_vain[side] = again > pair->lost[side] ? again - pair->lost[side] : 0;
    }
}

/* ---- of one mind ---- */

/* It counts on its peer to be there. */
static bool is_open(enum tsm_state state)
{
    return state == TSM_ESTABLISHED || state == TSM_CLOSE_WAIT || state == TSM_FIN_WAIT_1 ||
           state == TSM_FIN_WAIT_2;
}

/* There is no connection at this end (any more, or yet). */
static bool is_absent(enum tsm_state state)
{
    return state == TSM_CLOSED || state == TSM_LISTEN || state == TSM_SYN_RCVD ||
           state == TSM_SYN_SENT;
}

static bool is_conflict(const struct pair *pair)
{
    return (is_open(pair->state[TSM_CLIENT]) && is_absent(pair->state[TSM_SERVER])) ||
           (is_open(pair->state[TSM_SERVER]) && is_absent(pair->state[TSM_CLIENT]));
}

static void judge(struct pair *pair)
{
    for (unsigned side = 0; side < 2; side++) {
        const struct story_interval *last =
            pair->connection[side] != NULL
                ? story_last(pair->story[side], pair->connection[side], (enum tsm_side)side)
                : NULL;
        pair->state[side] = last != NULL ? (enum tsm_state)last->state : TSM_UNKNOWN;
    }
    pair->cause = "";
    pair->way_ns[0] = pair->way_ns[1] = PAIR_NO_WAY;
    if (pair->connection[TSM_SERVER] == NULL || pair->connection[TSM_CLIENT] == NULL) {
        pair->verdict = pair->connection[TSM_SERVER] == NULL ? PAIR_CLIENT_ONLY : PAIR_SERVER_ONLY;
        return;
    }
    compare_segments(pair);
    compare_headers(pair);
    compare_repeats(pair);
    measure_ways(pair);
    pair->verdict = is_conflict(pair) ? PAIR_CONFLICT : PAIR_AGREE;
    pair->cause = cause_of(pair);
}

GArray *pairs_of(const struct story *at_client, const struct story *at_server)
{
    GArray *pairs = g_array_new(FALSE, TRUE, sizeof(struct pair));
    g_autofree bool *taken = g_new0(bool, at_server->connections->len + 1);
    g_autofree guint *other = g_new(guint, at_client->connections->len + 1);

    for (guint i = 0; i < at_client->connections->len; i++) {
        other[i] = NONE;
    }
    find_pairs(at_client, at_server, true, other, taken);
    find_pairs(at_client, at_server, false, other, taken);
    for (guint i = 0; i < at_client->connections->len; i++) {
        struct pair pair = {.story = {at_client, at_server}};
        pair.connection[TSM_CLIENT] = story_connection(at_client, i);
        pair.connection[TSM_SERVER] =
            other[i] != NONE ? story_connection(at_server, other[i]) : NULL;
        judge(&pair);
        g_array_append_val(pairs, pair);
    }
    for (guint i = 0; i < at_server->connections->len; i++) {
        struct pair pair = {.story = {at_client, at_server}};
        if (!taken[i]) {
            pair.connection[TSM_SERVER] = story_connection(at_server, i);
            judge(&pair);
            g_array_append_val(pairs, pair);
        }
    }
    return pairs;
}
