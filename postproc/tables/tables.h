/* tables.h - the tables that are wanted by more than the verb which prints them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TABLES_H
#define TABLES_H

#include "session.h"

extern const struct session_table table_captures;    /* table_captures.c */
extern const struct session_table table_connections; /* verb_list.c */
extern const struct session_table table_intervals;   /* verb_timeline.c */
extern const struct session_table table_anomalies;   /* verb_anomalies.c */
extern const struct session_table table_members;     /* table_members.c */

/* Calls visit() with the sheet and the rows that a table makes of the captures. Cells are as for
 * machines, or for people; the sheet has all columns, or those for people. The column "file" is
 * there for machines, and for people when there are several captures. */
void tables_visit(const struct session_table *table, const struct writer_stories *stories,
                  bool people,
                  void (*visit)(const struct sheet *sheet, const struct sheet_rows *rows,
                                void *data),
                  void *data);

#endif
