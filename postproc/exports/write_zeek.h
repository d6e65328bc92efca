/* write_zeek.h - connections as Zeek's conn.log, for zeek-cut and dashboards: docs/user/zeek.md.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WRITE_ZEEK_H
#define WRITE_ZEEK_H

#include "judged_captures.h"
#include "out.h"

/* Writes one log of all stories; a member of struct writer. */
bool write_zeek(const struct judged_captures *captures, struct out *out, GError **error);

#endif
