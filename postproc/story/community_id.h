/* community_id.h - the name that flow monitors agree on for a flow: Community ID version 1.
 *
 * Source: https://github.com/corelight/community-id-spec. Zeek, Suricata and Wireshark know it, so
 * it leads from a connection here to its rows there.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef COMMUNITY_ID_H
#define COMMUNITY_ID_H

#include <glib.h>

#include "tsm_table.h"

/* Appends the Community ID of a TCP connection, "1:" and 28 letters. The seed is 0, as everywhere
 * by default; both directions have the same. */
void community_id(GString *out, const struct tsm_tuple *tuple);

#endif
