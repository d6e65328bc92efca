/* tally.c - counts per address; see tally.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tally.h"

#include <string.h>

#include "hash.h"
#include "text.h"

#define FIRST_SLOTS 16u

/* An entry, and its hash: what hashes otherwise is not looked at. */
struct slot {
    guint hash;
    guint place; /* index + 1; 0 = free */
};

struct tally {
    GArray *entries; /* of struct tally_entry, as they were met */
    struct slot *slots;
    guint n_slots; /* a power of two, more than twice as many as entries */
};

struct tally *tally_new(void)
{
    struct tally *tally = g_new(struct tally, 1);

    *tally = (struct tally){
        .entries = g_array_new(FALSE, FALSE, sizeof(struct tally_entry)),
        .slots = g_new0(struct slot, FIRST_SLOTS),
        .n_slots = FIRST_SLOTS,
    };
    return tally;
}

void tally_free(struct tally *tally)
{
    if (tally != NULL) {
        g_array_unref(tally->entries);
        g_free(tally->slots);
        g_free(tally);
    }
}

/* What identifies an entry is everything before its count. */
static guint hash_entry(const struct tally_entry *entry)
{
    return hash_bytes(entry, offsetof(struct tally_entry, n));
}

static struct tally_entry *entry_at(const struct tally *tally, guint i)
{
    return &g_array_index(tally->entries, struct tally_entry, i);
}

/* The slot of the entry that is like `key`, or the free one where it would be. */
static struct slot *find_slot(const struct tally *tally, const struct tally_entry *key, guint hash)
{
    guint at = hash & (tally->n_slots - 1);

    while (tally->slots[at].place != 0 &&
           (tally->slots[at].hash != hash || memcmp(entry_at(tally, tally->slots[at].place - 1),
                                                    key, offsetof(struct tally_entry, n)) != 0)) {
        at = (at + 1) & (tally->n_slots - 1);
    }
    return &tally->slots[at];
}

static void grow(struct tally *tally)
{
    const guint n_old = tally->n_slots;
    g_autofree struct slot *old = tally->slots;

    tally->n_slots = 2 * n_old;
    tally->slots = g_new0(struct slot, tally->n_slots);
    for (guint i = 0; i < n_old; i++) {
        guint at = old[i].hash & (tally->n_slots - 1);
        while (old[i].place != 0 && tally->slots[at].place != 0) {
            at = (at + 1) & (tally->n_slots - 1);
        }
        if (old[i].place != 0) {
            tally->slots[at] = old[i];
        }
    }
}

guint tally_add(struct tally *tally, const struct tsm_tuple *tuple, enum tsm_side side,
                bool with_port)
{
    const bool client = side == TSM_CLIENT;
    struct tally_entry key;

    memset(&key, 0, sizeof key);
    memcpy(key.address, client ? tuple->src : tuple->dst, tuple->addr_len);
    key.address_len = tuple->addr_len;
    key.has_port = with_port;
    if (with_port) {
        key.port = client ? tuple->sport : tuple->dport;
    }
    const guint hash = hash_entry(&key);
    struct slot *slot = find_slot(tally, &key, hash);
    if (slot->place != 0) {
        return ++entry_at(tally, slot->place - 1)->n;
    }
    key.n = 1;
    g_array_append_val(tally->entries, key);
    *slot = (struct slot){hash, tally->entries->len};
    if (2 * tally->entries->len >= tally->n_slots) {
        grow(tally);
    }
    return 1;
}

guint tally_size(const struct tally *tally)
{
    return tally->entries->len;
}

static int compare_entries(const struct tally_entry *x, const struct tally_entry *y)
{
    if (x->n != y->n) {
        return x->n > y->n ? -1 : 1;
    }
    if (x->address_len != y->address_len) {
        return x->address_len < y->address_len ? -1 : 1;
    }
    const int order = memcmp(x->address, y->address, sizeof x->address);
    return order != 0 ? order : (int)x->port - (int)y->port;
}

GPtrArray *tally_top(const struct tally *tally, guint most)
{
    GPtrArray *top = g_ptr_array_new();

    for (guint i = 0; i < tally->entries->len; i++) {
        struct tally_entry *entry = entry_at(tally, i);
        guint place = top->len;
        while (place > 0 && compare_entries(entry, top->pdata[place - 1]) < 0) {
            place--;
        }
        if (place < most) {
            g_ptr_array_insert(top, (gint)place, entry);
            g_ptr_array_set_size(top, (gint)MIN(top->len, most));
        }
    }
    return top;
}

void tally_text(const struct tally_entry *entry, GString *text)
{
    struct tsm_tuple tuple = {.sport = entry->port, .addr_len = entry->address_len};

    memcpy(tuple.src, entry->address, entry->address_len);
    if (entry->has_port) {
        text_endpoint(text, &tuple, TSM_CLIENT);
    } else {
        text_host(text, entry->address, entry->address_len);
    }
}
