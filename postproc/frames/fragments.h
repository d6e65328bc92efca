/* fragments.h - which frames hold the fragments of one datagram.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef FRAGMENTS_H
#define FRAGMENTS_H

#include <glib.h>
#include <stdbool.h>

/* Whether a frame of that encapsulation (WTAP_ENCAP_...) is a fragment of an IPv4 or IPv6 datagram
 * (RFC 791 3.2, RFC 8200 4.5), behind Ethernet, VLAN tags (IEEE 802.1Q), Linux cooked headers or
 * none. *key is the same for those that are put together: addresses, identification, and of IPv4
 * the protocol. What lies in tunnels is not looked at. */
bool fragments_key(int encap, const guint8 *bytes, guint32 size, guint64 *key);

/* Fragments and the frames that they are in. */
struct fragments {
    GHashTable *newest; /* by key: the place of the newest one in `all`, plus 1 */
    GArray *all;        /* of struct fragment, private */
};

void fragments_init(struct fragments *fragments);
void fragments_clear(struct fragments *fragments);

/* Notes a fragment, in the order of frames. */
void fragments_add(struct fragments *fragments, guint64 key, gint64 ns, guint32 frame);

/* Calls visit() for each fragment with a bool that belongs to all of its datagram: visit() sets it
 * in the first round (`choosing`), and reads it in the second. */
void fragments_each(struct fragments *fragments,
                    void (*visit)(guint32 frame, bool *chosen, bool choosing, void *data),
                    void *data);

#endif
