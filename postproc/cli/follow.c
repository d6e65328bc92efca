/* follow.c - rows as connections end; see follow.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _POSIX_C_SOURCE 200809L
#include "follow.h"

#include "errors.h"
#include "interrupts.h"

struct following {
    struct session *session;
    sheet_visit visit; /* of the format */
    void *data;
    int *status;
};

static void print_ended(void *context, const struct story *story,
                        const struct story_connection *connection)
{
    const struct following *f = context;
    const struct table_run *run = &f->session->run;

    if (selection_matches(run->wants.selection, story, connection)) {
        run->table->one(run, story, connection, f->visit, f->data);
    }
}

/* Reads the inputs; the rows come meanwhile. */
static void read_rows(void *context, sheet_visit visit, void *data)
{
    struct following *f = context;
    struct input_wants wants = f->session->wants;

    f->visit = visit;
    f->data = data;
    wants.story.keeps_facts = false; /* no rule is asked */
    wants.story.follower = (struct story_follower){print_ended, f};
    g_autoptr(GPtrArray) captures = session_captures(f->session->options);
    for (guint i = 0; i < captures->len && !interrupts_were_taken(); i++) {
        g_autoptr(Story) story =
            session_load(g_ptr_array_index(captures, i), &wants, f->session->options, f->status);
        if (story != NULL) {
            story_emit_rest(story);
        }
    }
}

static bool check_options(const struct session *session, GError **error)
{
    const struct options *options = session->options;
    const struct format *format = session->format;
    const char *wrong = options->sort != NULL || options->top > 0          ? "--sort and --top"
                        : options->since != NULL || options->until != NULL ? "--since and --until"
                        : options->anomaly != NULL || options->fail_on != NULL
                            ? "--anomaly and --fail-on"
                        : format->table == NULL || format->file_only ? "this format"
                                                                     : NULL;

    if (wrong != NULL) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE,
                    "%s: not with --follow, which prints row by row", wrong);
    }
    return wrong == NULL;
}

bool follow_print_table(const struct table *table, const struct options *options, int *status,
                        GError **error)
{
    struct session session;
    struct following f = {.session = &session, .status = status};
    const struct sheet_rows rows = {read_rows, &f};
    struct out out;
    bool ok = session_begin(&session, table, options, error) && check_options(&session, error) &&
              out_open(&out, options->output, options->color, error);

    if (ok) {
        session.run.captures = (struct judged_captures){
            .stories = g_ptr_array_new(),
            .named = g_strv_length(options->files),
            .utc = options->utc,
            .local = options->local,
        };
        if (options->columns == NULL) {
            table_drop_idle(&session.run, &session.sheet);
        }
        session.sheet.once = true;
        out.at_once = true;
        session.format->table(&session.sheet, &rows, &out);
        ok = out_close(&out, error);
    }
    session_end(&session);
    return ok;
}
