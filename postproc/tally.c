/* tally.c - counts per address; see tally.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tally.h"

#include <string.h>

#include "text.h"

struct tally {
    GHashTable *entries; /* struct tally_entry -> itself */
};

/* FNV-1a over what identifies an entry: everything before its count. */
static guint hash_entry(gconstpointer data)
{
    const uint8_t *bytes = data;
    guint hash = 2166136261u;

    for (gsize i = 0; i < offsetof(struct tally_entry, n); i++) {
        hash = (hash ^ bytes[i]) * 16777619u;
    }
    return hash;
}

static gboolean equal_entries(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, offsetof(struct tally_entry, n)) == 0;
}

struct tally *tally_new(void)
{
    struct tally *tally = g_new(struct tally, 1);

    tally->entries = g_hash_table_new_full(hash_entry, equal_entries, g_free, NULL);
    return tally;
}

void tally_free(struct tally *tally)
{
    if (tally != NULL) {
        g_hash_table_unref(tally->entries);
        g_free(tally);
    }
}

guint tally_add(struct tally *tally, const struct tsm_tuple *tuple, enum tsm_side side,
                bool with_port)
{
    const bool client = side == TSM_CLIENT;
    struct tally_entry key;
    struct tally_entry *entry;

    memset(&key, 0, sizeof key);
    memcpy(key.address, client ? tuple->src : tuple->dst, tuple->addr_len);
    key.address_len = tuple->addr_len;
    key.has_port = with_port;
    if (with_port) {
        key.port = client ? tuple->sport : tuple->dport;
    }
    entry = g_hash_table_lookup(tally->entries, &key);
    if (entry == NULL) {
        entry = g_memdup2(&key, sizeof key);
        g_hash_table_add(tally->entries, entry);
    }
    return ++entry->n;
}

guint tally_size(const struct tally *tally)
{
    return g_hash_table_size(tally->entries);
}

static gint compare_entries(gconstpointer a, gconstpointer b)
{
    const struct tally_entry *x = *(const struct tally_entry *const *)a;
    const struct tally_entry *y = *(const struct tally_entry *const *)b;

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
    GHashTableIter iter;
    gpointer entry;

    g_hash_table_iter_init(&iter, tally->entries);
    while (g_hash_table_iter_next(&iter, &entry, NULL)) {
        g_ptr_array_add(top, entry);
    }
    g_ptr_array_sort(top, compare_entries);
    g_ptr_array_set_size(top, (gint)MIN(top->len, most));
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
