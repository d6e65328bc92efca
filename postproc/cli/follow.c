/* follow.c - rows while the input goes on; see follow.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _POSIX_C_SOURCE 200809L
#include "follow.h"

#include "errors.h"
#include "interrupts.h"
#include "site_config.h"
#include "watch.h"

struct following {
    struct session *session;
    struct out *out;
    Watch *watch;      /* of findings; NULL = rows are of connections */
    sheet_visit visit; /* of the format; NULL = the text's own form */
    void *data;
    int *status;
};

/* ---- connections ---- */

static void print_ended(void *context, const struct story *story,
                        const struct story_connection *connection)
{
    const struct following *f = context;
    const struct table_run *run = &f->session->run;

    if (selection_matches(run->wants.selection, story, connection)) {
        run->table->one(run, story, connection, f->visit, f->data);
    }
}

/* ---- findings ---- */

static void print_found(const struct following *f, const Incidents *found, guint place)
{
    const struct table_run *run = &f->session->run;

    if (f->visit != NULL) {
        run->table->findings->row(run, found, place, f->visit, f->data);
    } else {
        run->table->findings->text(run, found, place, f->out);
        fflush(f->out->file);
    }
}

static void print_incident(void *context, const Incidents *found, guint place)
{
    print_found(context, found, place);
}

/* The table's functions take both by the incidents, which have the anomalies. */
static void print_anomaly(void *context, const Anomalies *found, guint place)
{
    const struct following *f = context;
    const Incidents *all = watch_newest(f->watch);

    (void)found;
    print_found(f, all, place);
}

static void choose(void *context, struct story *story)
{
    const struct following *f = context;

    selection_apply(f->session->run.wants.selection, story, NULL);
}

static void keep(void *context, const struct story *story,
                 const struct story_connection *connection)
{
    (void)context;
    (void)story;
    (void)connection;
}

static bool look(void *context, struct story *story, const struct story_source *source,
                 int64_t now_ns)
{
    const struct following *f = context;

    watch_look(f->watch, story, source, now_ns);
    return true;
}

/* ---- reading ---- */

/* Nobody looks; but who reads is to tell at once. */
static bool go_on(void *context, struct story *story, const struct story_source *source,
                  int64_t now_ns)
{
    (void)context;
    (void)story;
    (void)source;
    (void)now_ns;
    return true;
}

static struct story_wants wants_of(struct following *f)
{
    struct story_wants wants = f->session->wants.story;

    if (f->watch != NULL) {
        wants.lasting = true;
        wants.follower = (struct story_follower){.ended = keep, .tick = look, .context = f};
    } else {
        wants.keeps_facts = false; /* no rule is asked */
        wants.follower = (struct story_follower){.ended = print_ended, .tick = go_on, .context = f};
    }
    return wants;
}

static void read_captures(struct following *f)
{
    struct input_wants wants = f->session->wants;

    wants.story = wants_of(f);
    g_autoptr(GPtrArray) captures = session_captures(f->session->options);
    for (guint i = 0; i < captures->len && !interrupts_were_taken(); i++) {
        g_autoptr(Story) story =
            session_load(g_ptr_array_index(captures, i), &wants, f->session->options, f->status);
        if (story != NULL && f->watch != NULL) {
            watch_end(f->watch, story);
        } else if (story != NULL) {
            story_emit_rest(story);
        }
    }
}

/* Reads the inputs; the rows come meanwhile. */
static void read_rows(void *context, sheet_visit visit, void *data)
{
    struct following *f = context;

    f->visit = visit;
    f->data = data;
    read_captures(f);
}

static bool check_options(const struct session *session, GError **error)
{
    const struct options *options = session->options;
    const struct format *format = session->format;
    const bool of_connections = session->run.table->findings == NULL;
    const char *wrong = options->sort != NULL || options->top > 0          ? "--sort and --top"
                        : options->since != NULL || options->until != NULL ? "--since and --until"
                        : of_connections && (options->anomaly != NULL || options->fail_on != NULL)
                            ? "--anomaly and --fail-on"
                        : options->fail_on != NULL                   ? "--fail-on"
                        : format->table == NULL || format->file_only ? "this format"
                                                                     : NULL;

    if (wrong != NULL) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE,
                    "%s: not with --follow, which prints row by row", wrong);
    }
    return wrong == NULL;
}

static void print_rows(struct following *f)
{
    struct session *session = f->session;
    const struct sheet_rows rows = {read_rows, f};

    if (f->watch != NULL && session->format->table == sheet_print_text &&
        session->options->columns == NULL) {
        read_captures(f);
        return;
    }
    if (session->options->columns == NULL) {
        table_drop_idle(&session->run, &session->sheet);
    }
    session->sheet.once = true;
    session->format->table(&session->sheet, &rows, f->out);
}

static void start_watch(struct following *f, const struct site_config *site)
{
    const struct table_findings *findings = f->session->run.table->findings;
    const struct watch_told told = {
        .choose = choose,
        .anomaly = findings->incidents ? NULL : print_anomaly,
        .incident = findings->incidents ? print_incident : NULL,
        .context = f,
    };

    f->watch = watch_new(site->thresholds, site->suppressions, &told);
}

bool follow_print_table(const struct table *table, const struct options *options, int *status,
                        GError **error)
{
    g_auto(SiteConfig) site = {NULL, NULL};
    struct session session;
    struct out out;
    struct following f = {.session = &session, .out = &out, .status = status};

    bool ok = session_begin(&session, table, options, error) && check_options(&session, error) &&
              (table->findings == NULL ||
               site_config_read(&site, options, &session.wants.story.anonymizer, error)) &&
              out_open(&out, options->output, options->color, error);
    if (ok) {
        session.run.captures = (struct judged_captures){
            .stories = g_ptr_array_new(),
            .named = g_strv_length(options->files),
            .utc = options->utc,
            .local = options->local,
        };
        out.at_once = true;
        if (table->findings != NULL) {
            start_watch(&f, &site);
        }
        print_rows(&f);
        ok = out_close(&out, error);
    }
    watch_free(f.watch);
    session_end(&session);
    return ok;
}
