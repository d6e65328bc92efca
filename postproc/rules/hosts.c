/* hosts.c - see hosts.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hosts.h"

#include "hash.h"

/* An address; those bytes that do not count are zero. */
struct address {
    uint8_t bytes[16];
    uint8_t len;
};

struct hosts {
    GHashTable *ttls; /* struct address * -> struct host_ttl *, both owned */
};

static guint hash_address(gconstpointer data)
{
    return hash_bytes(data, sizeof(struct address));
}

static gboolean equal_addresses(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, sizeof(struct address)) == 0;
}

static struct address address_of(const struct story_connection *connection, enum tsm_side side)
{
    const struct tsm_tuple *tuple = &connection->tuple;
    struct address address = {.len = tuple->addr_len};

    memcpy(address.bytes, side == TSM_CLIENT ? tuple->src : tuple->dst, tuple->addr_len);
    return address;
}

Hosts *hosts_new(void)
{
    Hosts *hosts = g_new(Hosts, 1);

    hosts->ttls = g_hash_table_new_full(hash_address, equal_addresses, g_free, g_free);
    return hosts;
}

void hosts_free(Hosts *hosts)
{
    g_hash_table_unref(hosts->ttls);
    g_free(hosts);
}

void hosts_want_server(Hosts *hosts, const struct story_connection *connection)
{
    const struct address address = address_of(connection, TSM_SERVER);

    if (!g_hash_table_contains(hosts->ttls, &address)) {
        g_hash_table_insert(hosts->ttls, g_memdup2(&address, sizeof address),
                            g_new0(struct host_ttl, 1));
    }
}

static void learn_end(Hosts *hosts, const struct story *story,
                      const struct story_connection *connection, enum tsm_side side)
{
    const struct tsm_facts *facts = &story_facts(story, connection, side)->seen;
    const struct address address = address_of(connection, side);
    struct host_ttl *ttl =
        facts->ttl_least != 0 ? g_hash_table_lookup(hosts->ttls, &address) : NULL;

    if (ttl != NULL) {
        ttl->least = ttl->least == 0 ? facts->ttl_least : MIN(ttl->least, facts->ttl_least);
        ttl->most = MAX(ttl->most, facts->ttl_most);
    }
}

void hosts_learn(Hosts *hosts, const struct story *story)
{
    if (g_hash_table_size(hosts->ttls) == 0) {
        return;
    }
    for (guint i = 0; i < story->connections->len; i++) {
        learn_end(hosts, story, story_connection(story, i), TSM_CLIENT);
        learn_end(hosts, story, story_connection(story, i), TSM_SERVER);
    }
}

const struct host_ttl *hosts_server_ttl(const Hosts *hosts,
                                        const struct story_connection *connection)
{
    static const struct host_ttl unknown = {0, 0};
    const struct address address = address_of(connection, TSM_SERVER);
    const struct host_ttl *ttl = g_hash_table_lookup(hosts->ttls, &address);

    return ttl != NULL ? ttl : &unknown;
}
