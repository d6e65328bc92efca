/* fragments.c - see fragments.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "fragments.h"

#include <string.h>

#include "tsm_hash.h"
#include "wiretap.h"

/* Whoever puts a datagram together waits no longer for the rest (RFC 8200 4.5; RFC 1122 3.3.2
 * allows hosts up to two minutes, which none takes); so a later fragment of the same key is
 * another's. */
#define TOGETHER_NS (60 * G_GINT64_CONSTANT(1000000000))

/* ---- the IP header ---- */

static guint get16(const guint8 *p)
{
    return (guint)(p[0] << 8 | p[1]);
}

enum { ETHERTYPE_IPV4 = 0x0800, ETHERTYPE_IPV6 = 0x86dd };

static bool is_vlan(guint type)
{
    return type == 0x8100 || type == 0x88a8 || type == 0x9100;
}

/* Where the IP header begins; `size` when there is none. `type_at` is where the first EtherType
 * is. */
static guint32 behind_type(const guint8 *bytes, guint32 size, guint32 type_at)
{
    guint32 at = type_at;

    while (at + 6 <= size && is_vlan(get16(bytes + at))) {
        at += 4;
    }
    if (at + 2 > size) {
        return size;
    }
    const guint type = get16(bytes + at);
    return type == ETHERTYPE_IPV4 || type == ETHERTYPE_IPV6 ? at + 2 : size;
}

static guint32 find_ip(int encap, const guint8 *bytes, guint32 size)
{
    switch (encap) {
    case WTAP_ENCAP_ETHERNET:
        return behind_type(bytes, size, 12);
    case WTAP_ENCAP_SLL:
        return behind_type(bytes, size, 14);
    case WTAP_ENCAP_SLL2: /* the type comes first, and then the header goes on */
        return size >= 20 && behind_type(bytes, size, 0) == 2 ? 20 : size;
    case WTAP_ENCAP_RAW_IP:
    case WTAP_ENCAP_RAW_IP4:
    case WTAP_ENCAP_RAW_IP6:
        return 0;
    default:
        return size;
    }
}

/* ---- keys ---- */

/* Nothing hangs on the hash: a capture that was made to collide has frames too many extracted. */
static guint64 key_of(const guint8 *addresses, guint size, guint32 id, guint protocol)
{
    static const struct tsm_hash_key fixed;
    uint64_t words[5] = {0};

    memcpy(words, addresses, size);
    words[4] = (uint64_t)size << 56 | (uint64_t)protocol << 32 | id;
    return tsm_hash(&fixed, words, G_N_ELEMENTS(words));
}

#define IPV4_MIN 20
#define MORE_OR_OFFSET 0x3fff

static bool key_of_ipv4(const guint8 *ip, guint32 size, guint64 *key)
{
    if (size < IPV4_MIN || (get16(ip + 6) & MORE_OR_OFFSET) == 0) {
        return false;
    }
    *key = key_of(ip + 12, 8, get16(ip + 4), ip[9]);
    return true;
}

#define IPV6_HEADER 40

/* Behind hop-by-hop options, routing and destination options, in front of which no fragment header
 * stands (RFC 8200 4.1). */
static bool key_of_ipv6(const guint8 *ip, guint32 size, guint64 *key)
{
    guint32 at = IPV6_HEADER;
    guint next = size > 6 ? ip[6] : 59;

    while (at + 8 <= size && (next == 0 || next == 43 || next == 60)) {
        next = ip[at];
        at += 8u * (ip[at + 1] + 1u);
    }
    if (next != 44 || at + 8 > size) {
        return false;
    }
    *key = key_of(ip + 8, 32, get16(ip + at + 4) << 16 | get16(ip + at + 6), 0);
    return true;
}

bool fragments_key(int encap, const guint8 *bytes, guint32 size, guint64 *key)
{
    const guint32 at = find_ip(encap, bytes, size);

    if (at >= size) {
        return false;
    }
    return bytes[at] >> 4 == 4   ? key_of_ipv4(bytes + at, size - at, key)
           : bytes[at] >> 4 == 6 ? key_of_ipv6(bytes + at, size - at, key)
                                 : false;
}

/* ---- datagrams ---- */

struct fragment {
    gint64 ns;
    guint32 frame;
    guint32 first; /* the place of the first one of its datagram */
    bool chosen;   /* of the first one: all of the datagram */
};

void fragments_init(struct fragments *fragments)
{
    fragments->newest = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    fragments->all = g_array_new(FALSE, FALSE, sizeof(struct fragment));
}

void fragments_clear(struct fragments *fragments)
{
    g_hash_table_unref(fragments->newest);
    g_array_unref(fragments->all);
}

static struct fragment *fragment_at(struct fragments *fragments, guint i)
{
    return &g_array_index(fragments->all, struct fragment, i);
}

void fragments_add(struct fragments *fragments, guint64 key, gint64 ns, guint32 frame)
{
    struct fragment fragment = {.ns = ns, .frame = frame, .first = fragments->all->len};
    const guint newest = GPOINTER_TO_UINT(g_hash_table_lookup(fragments->newest, &key));

    if (newest > 0 && ABS(ns - fragment_at(fragments, newest - 1)->ns) <= TOGETHER_NS) {
        fragment.first = fragment_at(fragments, newest - 1)->first;
    }
    g_array_append_val(fragments->all, fragment);
    g_hash_table_replace(fragments->newest, g_memdup2(&key, sizeof key),
                         GUINT_TO_POINTER(fragments->all->len));
}

void fragments_each(struct fragments *fragments,
                    void (*visit)(guint32 frame, bool *chosen, bool choosing, void *data),
                    void *data)
{
    for (int round = 0; round < 2; round++) {
        for (guint i = 0; i < fragments->all->len; i++) {
            const struct fragment *fragment = fragment_at(fragments, i);
            visit(fragment->frame, &fragment_at(fragments, fragment->first)->chosen, round == 0,
                  data);
        }
    }
}
