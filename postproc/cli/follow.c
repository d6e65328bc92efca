/* follow.c - rows as connections end; see follow.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "follow.h"

#include "fault.h"
#include "writer.h"

struct following {
    struct session_table *table;
    sheet_visit visit; /* of the writer */
    void *data;
    int *status;
    GError **error;
    bool ok;
};

static void print_ended(void *context, const struct story *story,
                        const struct story_connection *connection)
{
    const struct following *f = context;

    if (selection_matches(&f->table->wants.selection, story, connection)) {
        f->table->one(f->table, story, connection, f->visit, f->data);
    }
}

/* Reads the inputs; the rows come meanwhile. */
static void read_rows(void *context, sheet_visit visit, void *data)
{
    struct following *f = context;

    f->visit = visit;
    f->data = data;
    f->table->wants.keeps_facts = false; /* nobody judges */
    f->table->wants.follower = (struct story_follower){print_ended, f};
    for (char **name = f->table->options->files; f->ok && *name != NULL; name++) {
        g_autoptr(GError) failure = NULL;
        g_autoptr(Story) story = session_load(*name, &f->table->wants, f->status, &failure);
        if (failure != NULL) {
            g_propagate_error(f->error, g_steal_pointer(&failure));
            f->ok = false;
        }
        if (story != NULL) {
            story_tell_rest(story);
        }
    }
}

static bool check_options(const struct session_table *table, GError **error)
{
    const struct options *options = table->options;
    const char *wrong = options->sort != NULL || options->top > 0          ? "--sort and --top"
                        : options->since != NULL || options->until != NULL ? "--since and --until"
                        : table->wants.selection.anomaly != NULL || options->fail_on != NULL
                            ? "--anomaly and --fail-on"
                        : table->writer->table == NULL || table->writer->file_only ? "this format"
                                                                                   : NULL;

    if (wrong != NULL) {
        g_set_error(error, FAULT, EXIT_USAGE, "%s: not with --follow, which prints row by row",
                    wrong);
    }
    return wrong == NULL;
}

bool follow_print_table(struct session_table *table, int *status, GError **error)
{
    struct following f = {.table = table, .status = status, .error = error, .ok = true};
    const struct sheet_rows rows = {read_rows, &f};
    struct sheet sheet = {0};
    struct out out;
    bool ok = session_choose(table, &sheet, error) && check_options(table, error) &&
              out_open(&out, table->options->output, table->options->color, error);

    if (ok) {
        sheet.once = true;
        out.at_once = true;
        table->writer->table(&sheet, &rows, &out);
        ok = out_close(&out, f.ok ? error : NULL) && f.ok;
    }
    sheet_clear(&sheet);
    return ok;
}
