/* tables.h - the tables that are wanted by more than the verb which prints them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TABLES_H
#define TABLES_H

#include "table.h"

extern const struct table table_captures;
extern const struct table table_connections;
extern const struct table table_intervals;
extern const struct table table_anomalies;
extern const struct table table_metrics;
extern const struct table table_members;
extern const struct table table_incidents;
extern const struct table table_incident_members;
extern const struct table table_suppressed;

/* Calls visit() with the sheet and the rows that a table makes of the captures. Cells are as for
 * machines, or for people; the sheet has all columns, or those for people. The column "file" is
 * there for machines, and for people when there are several captures. */
void tables_visit(const struct table *table, const struct judged_captures *captures, bool people,
                  void (*visit)(const struct sheet *sheet, const struct sheet_rows *rows,
                                void *data),
                  void *data);

#endif
