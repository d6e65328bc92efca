/* community_id.c - Community ID version 1; see community_id.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "community_id.h"

#include <stdbool.h>
#include <string.h>

#define PROTOCOL_TCP 6

/* The smaller end goes first: by address, then by port. */
static bool is_ordered(const struct tsm_tuple *tuple)
{
    const int order = memcmp(tuple->src, tuple->dst, tuple->addr_len);

    return order < 0 || (order == 0 && tuple->sport < tuple->dport);
}

static void hash_port(GChecksum *sha1, uint16_t port)
{
    const guchar bytes[] = {(guchar)(port >> 8), (guchar)port};

    g_checksum_update(sha1, bytes, sizeof bytes);
}

void community_id(GString *out, const struct tsm_tuple *tuple)
{
    static const guchar seed[2] = {0, 0};
    static const guchar protocol[2] = {PROTOCOL_TCP, 0}; /* and a byte of padding */
    const bool ordered = is_ordered(tuple);
    GChecksum *sha1 = g_checksum_new(G_CHECKSUM_SHA1);
    guint8 digest[20];
    gsize length = sizeof digest;
    g_autofree char *text = NULL;

    g_checksum_update(sha1, seed, sizeof seed);
    g_checksum_update(sha1, ordered ? tuple->src : tuple->dst, tuple->addr_len);
    g_checksum_update(sha1, ordered ? tuple->dst : tuple->src, tuple->addr_len);
    g_checksum_update(sha1, protocol, sizeof protocol);
    hash_port(sha1, ordered ? tuple->sport : tuple->dport);
    hash_port(sha1, ordered ? tuple->dport : tuple->sport);
    g_checksum_get_digest(sha1, digest, &length);
    g_checksum_free(sha1);
    text = g_base64_encode(digest, length);
    g_string_append_printf(out, "1:%s", text);
}
