/* tables.c - makes sheets of tables for formats that hold several; see tables.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tables.h"

void tables_visit(const struct table *table, const struct judged_captures *captures, bool people,
                  void (*visit)(const struct sheet *sheet, const struct sheet_rows *rows,
                                void *data),
                  void *data)
{
    struct table_run run = {.table = table, .captures = *captures, .people = people};
    const struct sheet_rows rows = table_rows(&run);
    struct sheet sheet;

    sheet_choose(&sheet, table->columns, NULL, people, NULL);
    if (people) {
        run.captures.named = captures->stories->len;
        table_drop_idle(&run, &sheet);
    }
    if (table->prepare != NULL) {
        table->prepare(&run);
    }
    visit(&sheet, &rows, data);
    sheet_clear(&sheet);
    table_end(&run);
}
