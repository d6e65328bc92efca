/* tuple_index.c - a hash of numbers, without a copy of any tuple; see tuple_index.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _DEFAULT_SOURCE /* madvise() */
#include "tuple_index.h"

#include <sys/mman.h>

#include "hash.h"

#define FIRST_SLOTS 64u

/* A number, and its hash: of what hashes otherwise the tuple, far away in memory, is not looked at.
 */
struct slot {
    guint hash;
    guint place; /* number + 1; 0 = free */
};

struct tuple_index {
    const struct story *story;
    unsigned scope;
    GArray *firsts; /* of guint: the first connection of each number */
    struct slot *slots;
    guint n_slots; /* a power of two, more than twice as many as numbers */
};

/* ---- slots ---- */

#define HUGE_PAGE (2u << 20)

/* So many, all free. They are met in no order: with pages as large as there are, fewer of these
 * have to be found. They are written at once, as a page that is read first is given out twice. */
static struct slot *new_slots(guint n)
{
    const gsize bytes = n * sizeof(struct slot);
    struct slot *slots = g_new(struct slot, n);

    if (bytes > HUGE_PAGE) { /* where there are no such pages, others do */
        char *page = (char *)(((uintptr_t)slots + HUGE_PAGE - 1) & ~(uintptr_t)(HUGE_PAGE - 1));
        (void)madvise(page, bytes - HUGE_PAGE, MADV_HUGEPAGE);
    }
    return memset(slots, 0, bytes);
}

TupleIndex *tuple_index_new(const struct story *story, unsigned scope)
{
    TupleIndex *index = g_new(TupleIndex, 1);

    *index = (TupleIndex){
        .story = story,
        .scope = scope,
        .firsts = g_array_new(FALSE, FALSE, sizeof(guint)),
        .slots = new_slots(FIRST_SLOTS),
        .n_slots = FIRST_SLOTS,
    };
    return index;
}

void tuple_index_free(TupleIndex *index)
{
    if (index != NULL) {
        g_array_unref(index->firsts);
        g_free(index->slots);
        g_free(index);
    }
}

/* ---- what is alike ---- */

/* Puts an address into the words where the scope asks for it. */
static gsize add_address(uint64_t *words, gsize n, const uint8_t *address, uint8_t length)
{
    words[n] = 0;
    memcpy(&words[n], address, length);
    return n + (length > sizeof *words ? 2 : 1);
}

static guint hash_of(const struct tsm_tuple *tuple, unsigned scope)
{
    const uint64_t client_port = (scope & TUPLE_CLIENT_PORT) != 0 ? tuple->sport : 0;
    const uint64_t server_port = (scope & TUPLE_SERVER_PORT) != 0 ? tuple->dport : 0;
    uint64_t words[5] = {client_port << 16 | server_port | (uint64_t)tuple->addr_len << 32};
    gsize n = 1;

    if ((scope & TUPLE_CLIENT_HOST) != 0) {
        n = add_address(words, n, tuple->src, tuple->addr_len);
    }
    if ((scope & TUPLE_SERVER_HOST) != 0) {
        n = add_address(words, n, tuple->dst, tuple->addr_len);
    }
    return (guint)tsm_hash(hash_key(), words, n);
}

static bool is_alike(const struct tsm_tuple *a, const struct tsm_tuple *b, unsigned scope)
{
    const gsize n = a->addr_len;

    return a->addr_len == b->addr_len &&
           ((scope & TUPLE_CLIENT_HOST) == 0 || memcmp(a->src, b->src, n) == 0) &&
           ((scope & TUPLE_SERVER_HOST) == 0 || memcmp(a->dst, b->dst, n) == 0) &&
           ((scope & TUPLE_CLIENT_PORT) == 0 || a->sport == b->sport) &&
           ((scope & TUPLE_SERVER_PORT) == 0 || a->dport == b->dport);
}

/* ---- the hash ---- */

static const struct tsm_tuple *tuple_of(const TupleIndex *index, guint n)
{
    return &story_connection(index->story, tuple_index_first(index, n))->tuple;
}

/* The slot of what is like the tuple, or the free one where it would be. */
static struct slot *find_slot(const TupleIndex *index, const struct tsm_tuple *tuple, guint hash)
{
    guint at = hash & (index->n_slots - 1);

    while (index->slots[at].place != 0 &&
           (index->slots[at].hash != hash ||
            !is_alike(tuple_of(index, index->slots[at].place - 1), tuple, index->scope))) {
        at = (at + 1) & (index->n_slots - 1);
    }
    return &index->slots[at];
}

static void grow(TupleIndex *index)
{
    const guint n_old = index->n_slots;
    g_autofree struct slot *old = index->slots;

    index->n_slots = 2 * n_old;
    index->slots = new_slots(index->n_slots);
    for (guint i = 0; i < n_old; i++) {
        if (old[i].place != 0) {
            guint at = old[i].hash & (index->n_slots - 1);
            while (index->slots[at].place != 0) {
                at = (at + 1) & (index->n_slots - 1);
            }
            index->slots[at] = old[i];
        }
    }
}

/* The number of what the connection has, whose hash that is. */
static guint add(TupleIndex *index, guint connection, guint hash)
{
    const struct tsm_tuple *tuple = &story_connection(index->story, connection)->tuple;
    struct slot *slot = find_slot(index, tuple, hash);

    if (slot->place != 0) {
        return slot->place - 1;
    }
    g_array_append_val(index->firsts, connection);
    *slot = (struct slot){hash, index->firsts->len};
    if (2 * index->firsts->len >= index->n_slots) {
        grow(index);
    }
    return index->firsts->len - 1;
}

guint tuple_index_add(TupleIndex *index, guint connection)
{
    const struct tsm_tuple *tuple = &story_connection(index->story, connection)->tuple;

    return add(index, connection, hash_of(tuple, index->scope));
}

#define AT_ONCE 32u /* so many slots are fetched at the same time */

void tuple_index_add_many(TupleIndex *index, const guint *connections, guint n, guint *numbers)
{
    guint which[AT_ONCE];
    guint hashes[AT_ONCE];

    for (guint from = 0; from < n; from += AT_ONCE) {
        const guint some = MIN(AT_ONCE, n - from);
        for (guint i = 0; i < some; i++) {
            which[i] = connections != NULL ? connections[from + i] : from + i;
            hashes[i] = hash_of(&story_connection(index->story, which[i])->tuple, index->scope);
            __builtin_prefetch(&index->slots[hashes[i] & (index->n_slots - 1)]);
        }
        for (guint i = 0; i < some; i++) {
            const guint number = add(index, which[i], hashes[i]);
            if (numbers != NULL) {
                numbers[from + i] = number;
            }
        }
    }
}

guint tuple_index_size(const TupleIndex *index)
{
    return index->firsts->len;
}

guint tuple_index_first(const TupleIndex *index, guint n)
{
    return g_array_index(index->firsts, guint, n);
}
