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

/* What both captures say of a connection, whatever a NAT between them does: the client's initial
 * sequence number; without it the addresses and ports. */
struct key {
    struct tsm_tuple tuple;
    uint32_t syn_seq;
    bool by_syn;
};

static struct key key_of(const struct story *story, const struct story_connection *connection)
{
    const struct tsm_facts *client = &story_facts(story, connection, TSM_CLIENT)->seen;
    struct key key;

    memset(&key, 0, sizeof key); /* the padding too: it is hashed */
    key.by_syn = client->isns > 0;
    if (key.by_syn) {
        key.syn_seq = client->syn_seq;
    } else {
        key.tuple.addr_len = connection->tuple.addr_len;
        memcpy(key.tuple.src, connection->tuple.src, connection->tuple.addr_len);
        memcpy(key.tuple.dst, connection->tuple.dst, connection->tuple.addr_len);
        key.tuple.sport = connection->tuple.sport;
        key.tuple.dport = connection->tuple.dport;
    }
    return key;
}

static guint hash_pair(gconstpointer data)
{
    return hash_bytes(data, sizeof(struct key));
}

static gboolean equal_keys(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, sizeof(struct key)) == 0;
}

/* The numbers of a story's connections by key, plus 1. Of equal ones the first is kept. */
static GHashTable *index_of(const struct story *story)
{
    GHashTable *index = g_hash_table_new_full(hash_pair, equal_keys, g_free, NULL);

    for (guint i = story->connections->len; i-- > 0;) {
        const struct key key = key_of(story, story_connection(story, i));
        g_hash_table_replace(index, g_memdup2(&key, sizeof key), GUINT_TO_POINTER(i + 1));
    }
    return index;
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
    if (pair->connection[TSM_SERVER] == NULL || pair->connection[TSM_CLIENT] == NULL) {
        pair->verdict = pair->connection[TSM_SERVER] == NULL ? PAIR_CLIENT_ONLY : PAIR_SERVER_ONLY;
        return;
    }
    compare_segments(pair);
    pair->verdict = is_conflict(pair) ? PAIR_CONFLICT : PAIR_AGREE;
    pair->cause = cause_of(pair);
}

GArray *pairs_of(const struct story *at_client, const struct story *at_server)
{
    GArray *pairs = g_array_new(FALSE, TRUE, sizeof(struct pair));
    g_autoptr(GHashTable) index = index_of(at_server);
    g_autofree bool *taken = g_new0(bool, at_server->connections->len);

    for (guint i = 0; i < at_client->connections->len; i++) {
        struct pair pair = {.story = {at_client, at_server}};
        pair.connection[TSM_CLIENT] = story_connection(at_client, i);
        const struct key key = key_of(at_client, pair.connection[TSM_CLIENT]);
        const guint found = GPOINTER_TO_UINT(g_hash_table_lookup(index, &key));
        if (found > 0 && !taken[found - 1]) {
            taken[found - 1] = true;
            pair.connection[TSM_SERVER] = story_connection(at_server, found - 1);
        }
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
