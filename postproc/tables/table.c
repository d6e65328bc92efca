/* table.c - what tables have in common; see table.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "table.h"

#include <string.h>

static gint compare_rows(gconstpointer a, gconstpointer b, gpointer data)
{
    const struct table_wants *wants = data;
    const struct sheet_column *order = wants->order;
    int64_t sign;

    if (order->key != NULL) {
        const int64_t x = order->key(a);
        const int64_t y = order->key(b);
        sign = (x > y) - (x < y);
    } else {
        g_autoptr(GString) x = g_string_new(NULL);
        g_autoptr(GString) y = g_string_new(NULL);
        order->put(a, x);
        order->put(b, y);
        sign = g_strcmp0(x->str, y->str);
    }
    return (gint)(wants->descending ? -sign : sign);
}

void table_sort(struct table_run *run)
{
    if (run->wants.order != NULL) {
        g_array_sort_with_data(run->rows, compare_rows, &run->wants);
    }
}

enum text_clock table_clock(const struct table_run *run)
{
    if (!run->people) {
        return TEXT_EPOCH;
    }
    return run->captures.utc ? TEXT_UTC : run->captures.local ? TEXT_LOCAL : TEXT_RELATIVE;
}

const struct story *table_story(const struct table_run *run, guint i)
{
    return g_ptr_array_index(run->captures.stories, i);
}

static void drop_file(struct sheet *sheet)
{
    for (guint i = 0; i < sheet->columns->len; i++) {
        const struct sheet_column *column = g_ptr_array_index(sheet->columns, i);
        if (strcmp(column->name, "file") == 0) {
            g_ptr_array_remove_index(sheet->columns, i);
            return;
        }
    }
}

static bool has_set(const struct table_run *run)
{
    for (guint i = 0; i < run->captures.stories->len; i++) {
        if (story_is_set(table_story(run, i))) {
            return true;
        }
    }
    return false;
}

void table_drop_idle(const struct table_run *run, struct sheet *sheet)
{
    const char *const *names = run->table->file_columns;

    if (run->captures.named < 2) {
        drop_file(sheet);
    }
    for (guint i = sheet->columns->len; names != NULL && !has_set(run) && i-- > 0;) {
        if (g_strv_contains(names, sheet_column_at(sheet, i)->name)) {
            g_ptr_array_remove_index(sheet->columns, i);
        }
    }
}

void table_put_file(const struct story *story, uint32_t frame, GString *cell)
{
    uint32_t in_file;

    text_safe(cell, story_file_of(story, frame, &in_file));
}

void table_put_file_frame(const struct story *story, uint32_t frame, GString *cell)
{
    uint32_t in_file;

    story_file_of(story, frame, &in_file);
    text_number(cell, in_file);
}

void table_end(struct table_run *run)
{
    g_clear_pointer(&run->rows, g_array_unref);
}

/* ---- rows ---- */

/* Rows on their way to a writer that wants only the first ones. */
struct limited {
    sheet_visit visit;
    void *data;
    guint left;
};

static void visit_limited(const void *row, void *data)
{
    struct limited *limited = data;

    if (limited->left > 0) {
        limited->left--;
        limited->visit(row, limited->data);
    }
}

static void visit_rows(void *context, sheet_visit visit, void *data)
{
    const struct table_run *run = context;
    struct limited limited = {visit, data, run->wants.top};

    if (limited.left > 0) {
        run->table->each(run, visit_limited, &limited);
    } else {
        run->table->each(run, visit, data);
    }
}

struct sheet_rows table_rows(struct table_run *run)
{
    return (struct sheet_rows){visit_rows, run};
}
