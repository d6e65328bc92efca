/* write_sqlite.h - captures as an SQLite database.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WRITE_SQLITE_H
#define WRITE_SQLITE_H

#include "judged_captures.h"
#include "out.h"

/* Makes a database of the output's file, which is empty: a table each of captures, connections,
 * intervals and anomalies with the columns of TSV, see docs/user/output.md. Fails with EXIT_USAGE
 * when the file cannot be a database. */
bool write_sqlite(const struct judged_captures *captures, struct out *out, GError **error);

#endif
