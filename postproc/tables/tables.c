/* tables.c - makes sheets of tables for formats that hold several; see tables.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tables.h"

static void visit_rows(void *context, sheet_visit visit, void *data)
{
    const struct session_table *table = context;

    table->each(table, visit, data);
}

void tables_visit(
    const struct session_table *table, const struct writer_stories *stories, bool people,
    void (*visit)(const struct sheet *sheet, const struct sheet_rows *rows, void *data), void *data)
{
    struct session_table filled = *table;
    const struct sheet_rows rows = {visit_rows, &filled};
    struct sheet sheet;

    filled.options = stories->options;
    filled.stories = stories->stories;
    filled.anomalies = stories->anomalies;
    filled.text = people;
    sheet_choose(&sheet, table->columns, NULL, people, NULL);
    if (people && stories->stories->len == 1) {
        g_ptr_array_remove(sheet.columns, (gpointer)&table->columns[0]);
    }
    if (filled.prepare != NULL) {
        filled.prepare(&filled);
    }
    visit(&sheet, &rows, data);
    sheet_clear(&sheet);
    if (filled.rows != NULL) {
        g_array_unref(filled.rows);
    }
}
