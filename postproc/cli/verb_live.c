/* verb_live.c - the verb live: what happens on an interface, now.
 *
 * dumpcap captures, tcpstory-frames reads, our engine infers, a watch judges; this only joins them.
 * It all happens in one thread: who reads calls tick() ten times in a second.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _POSIX_C_SOURCE 200809L
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "dumpcap.h"
#include "errors.h"
#include "formats_table.h"
#include "incident_print.h"
#include "live_json.h"
#include "live_metrics.h"
#include "live_screen.h"
#include "session.h"
#include "site_config.h"
#include "time_arg.h"
#include "verb_table.h"
#include "watch.h"

#define USUAL_MAX_CONNECTIONS "100000" /* some 300 MB: docs/user/live.md */
#define USUAL_FILTER "tcp or icmp or icmp6"
#define USUAL_LINE_NS 10000000000LL

/* A run. */
struct live {
    const struct options *options;
    struct live_model model;
    Watch *watch;
    LiveScreen *screen;   /* NULL = lines */
    GPtrArray *metrics;   /* of LiveMetrics * */
    struct out out;       /* of lines */
    bool json;            /* lines are objects */
    int64_t line_ns;      /* from line to line */
    int64_t next_line_ns; /* 0 = none yet */
    enum anomaly_severity least;
    GError *failure; /* it had to end for that; NULL = none */
};

/* ---- lines ---- */

static void begin_line(const struct live *live, GString *text)
{
    text_time(text, live->model.now_ns, live->options->utc ? TEXT_UTC : TEXT_LOCAL, 0);
    g_string_truncate(text, strcspn(text->str, ".")); /* whole seconds */
    g_string_append(text, "  ");
}

static void print_status(struct live *live)
{
    g_autoptr(GString) text = g_string_new(NULL);

    if (live->json) {
        live_json_status(&live->model, &live->out);
    } else {
        begin_line(live, text);
        live_model_text(&live->model, text);
        g_string_append_c(text, '\n');
        out_write(&live->out, text);
    }
    fflush(live->out.file);
}

static void print_incident(void *context, const Incidents *found, guint place)
{
    struct live *live = context;
    const struct incident_layout layout = {.clock = live->options->utc ? TEXT_UTC : TEXT_LOCAL};

    if (live->screen != NULL || incidents_at(found, place)->about.severity < live->least) {
        return;
    }
    if (live->json) {
        live_json_incident(found, place, &live->out);
    } else {
        incident_print(found, place, &layout, &live->out);
    }
    fflush(live->out.file);
}

static void print_lines(struct live *live, int64_t now_ns)
{
    if (live->next_line_ns == 0) {
        live->next_line_ns = now_ns + live->line_ns;
    } else if (now_ns >= live->next_line_ns) {
        live->next_line_ns = now_ns + live->line_ns;
        print_status(live);
    }
}

/* ---- while it goes on ---- */

static void note_ended(void *context, const struct story *story,
                       const struct story_connection *connection)
{
    struct live *live = context;

    live_model_ended(&live->model, story, connection);
}

static bool serve_metrics(struct live *live, bool last)
{
    for (guint i = 0; i < live->metrics->len; i++) {
        if (!live_metrics_serve(g_ptr_array_index(live->metrics, i), &live->model, live->watch,
                                last, &live->failure)) {
            return false;
        }
    }
    return true;
}

static bool tick(void *context, struct story *story, const struct story_source *source,
                 int64_t now_ns)
{
    struct live *live = context;

    watch_look(live->watch, story, source, now_ns);
    live_model_update(&live->model, story, source->totals, now_ns);
    if (!serve_metrics(live, false)) {
        return false;
    }
    if (live->screen != NULL) {
        return live_screen_update(live->screen, &live->model, live->watch);
    }
    print_lines(live, now_ns);
    return true;
}

/* ---- the capture ---- */

/* dumpcap's output becomes our standard input. */
static Dumpcap *start_dumpcap(const struct options *options, GError **error)
{
    const char *filter = options->capture_filter != NULL ? options->capture_filter : USUAL_FILTER;
    int fd = -1;
    Dumpcap *dumpcap = dumpcap_start(options->interface, filter, &fd, error);

    if (dumpcap != NULL) {
        dup2(fd, STDIN_FILENO);
        close(fd);
    }
    return dumpcap;
}

/* What dumpcap says counts for more than that nothing came of it. */
static void end_dumpcap(Dumpcap *dumpcap, const struct story *story, GError **error)
{
    if (dumpcap == NULL) {
        return;
    }
    const bool ok = dumpcap_end(dumpcap);
    const char *said = dumpcap_messages(dumpcap);
    if (!ok || (story == NULL && said[0] != '\0')) {
        const bool rights =
            strstr(said, "ermission") != NULL || strstr(said, "not permitted") != NULL;
        const int length = rights ? (int)strcspn(said, "\n") : (int)strlen(said);
        g_clear_error(error);
        g_set_error(error, TCPSTORY_ERROR, EXIT_INPUT, "%.*s%s%s", length, said, rights ? "\n" : "",
                    rights ? dumpcap_rights : "");
    }
}

/* What is told behind the screen: signals that end us wait until the terminal is given back. */
static void hold_endings(sigset_t *before)
{
    sigset_t held;

    sigemptyset(&held);
    sigaddset(&held, SIGTERM);
    sigaddset(&held, SIGHUP);
    sigprocmask(SIG_BLOCK, &held, before);
}

static void tell_end(struct live *live)
{
    if (live->model.from_ns != 0) {
        print_status(live);
        if (live->failure == NULL) {
            serve_metrics(live, true);
        }
    }
}

/* Reads until it ends, or the user wants it to. */
static bool follow(struct live *live, Dumpcap *dumpcap, int *status, GError **error)
{
    const struct options *options = live->options;
    const char *const piped[] = {"-", NULL};
    const bool captures = options->interface != NULL;
    const char *const *files = captures ? piped : (const char *const *)options->files;
    struct input_wants wants;
    GError *failure = NULL;
    sigset_t before;

    if (!session_wants(&wants, options, error)) {
        session_forget(&wants);
        return false;
    }
    wants.story.keeps_facts = wants.story.lasting = wants.story.clock = true;
    wants.story.steps_of = G_MAXUINT;
    wants.story.follower = (struct story_follower){note_ended, tick, live};
    hold_endings(&before);
    g_autoptr(Story) story = input_load(files, &wants, &failure);
    end_dumpcap(dumpcap, story, &failure);
    live_screen_close(live->screen);
    live->screen = NULL;
    sigprocmask(SIG_SETMASK, &before, NULL); /* one that came ends us here */
    if (story != NULL) {
        watch_end(live->watch, story);
        tell_end(live);
    }
    if (failure != NULL) {
        session_tell(failure, status);
        g_error_free(failure);
    }
    session_forget(&wants);
    return true;
}

/* ---- the verb ---- */

static bool open_metrics(struct live *live, GError **error)
{
    for (char **where = live->options->prometheus; where != NULL && *where != NULL; where++) {
        LiveMetrics *metrics = live_metrics_open(*where, error);
        if (metrics == NULL) {
            return false;
        }
        g_ptr_array_add(live->metrics, metrics);
    }
    return true;
}

static bool wants_screen(const struct options *options)
{
    return !options->plain && options->format == NULL && options->output == NULL &&
           isatty(STDOUT_FILENO);
}

/* A FILE that is no .ndjson is text, whatever it is called. */
static bool choose_format(struct live *live, GError **error)
{
    const char *output = live->options->output;
    const bool guess = output != NULL && g_str_has_suffix(output, ".ndjson");
    const char *name = live->options->format != NULL ? live->options->format
                       : guess                       ? "ndjson"
                                                     : "text";
    const struct format *format = formats_choose(name, output, FORMAT_LINES, error);

    live->json = format != NULL && !format->people;
    return format != NULL;
}

static bool open_live(struct live *live, GError **error)
{
    const struct options *options = live->options;
    const char *input = options->interface != NULL ? options->interface[0] : options->files[0];

    live_model_init(&live->model, strcmp(input, "-") == 0 ? "standard input" : input);
    live->metrics = g_ptr_array_new_with_free_func((GDestroyNotify)live_metrics_free);
    live->line_ns = USUAL_LINE_NS;
    return choose_format(live, error) &&
           (options->interval == NULL ||
            time_arg_read_length(&live->line_ns, "interval", options->interval, error)) &&
           (options->min_severity == NULL ||
            anomaly_severity_parse(options->min_severity, "min-severity", &live->least, error)) &&
           open_metrics(live, error);
}

static bool check_input(const struct options *options, GError **error)
{
    if (options->interface != NULL && options->files != NULL && options->files[0] != NULL) {
        g_set_error_literal(error, TCPSTORY_ERROR, EXIT_USAGE,
                            "live wants interfaces (-i) or a capture, not both");
        return false;
    }
    if (options->interface == NULL && options->files[1] != NULL) {
        g_set_error_literal(error, TCPSTORY_ERROR, EXIT_USAGE, "live reads one capture");
        return false;
    }
    return true;
}

/* Captures, shows, ends. */
static bool run_live(struct live *live, int *status, GError **error)
{
    const struct options *options = live->options;
    g_autoptr(Dumpcap) dumpcap = NULL;

    if (!open_live(live, error) || !out_open(&live->out, options->output, options->color, error)) {
        return false;
    }
    live->out.at_once = true;
    bool ok = options->interface == NULL || (dumpcap = start_dumpcap(options, error)) != NULL;
    ok = ok && (!wants_screen(options) || (live->screen = live_screen_open(error)) != NULL);
    ok = ok && follow(live, dumpcap, status, error);
    live_screen_close(live->screen);
    ok = out_close(&live->out, ok ? error : NULL) && ok;
    if (ok && live->failure != NULL) {
        g_propagate_error(error, g_steal_pointer(&live->failure));
        return false;
    }
    return ok;
}

static bool run(const struct options *options, int *status, GError **error)
{
    struct options bounded = *options;
    struct live live = {.options = &bounded};
    g_auto(SiteConfig) site = {NULL, NULL};
    const struct anonymizer nobody = {.on = false};
    const struct watch_told told = {.incident = print_incident, .context = &live};

    if (bounded.max_connections == NULL) {
        bounded.max_connections = (char *)USUAL_MAX_CONNECTIONS;
    }
    if (!check_input(options, error) || !site_config_read(&site, options, &nobody, error)) {
        return false;
    }
    live.watch = watch_new(site.thresholds, site.suppressions, &told);
    const bool ok = run_live(&live, status, error);
    watch_free(live.watch);
    if (live.metrics != NULL) {
        live_model_clear(&live.model);
        g_ptr_array_unref(live.metrics);
    }
    g_clear_error(&live.failure);
    return ok;
}

const struct verb verb_live = {
    .name = "live",
    .summary = "what happens on an interface, now: a screen, or lines",
    .options = OPTIONS_COMMON | OPTIONS_INTERVAL | OPTIONS_WORST | OPTIONS_RULES | OPTIONS_LIVE |
               OPTIONS_FORMAT,
    .writes = FORMAT_LINES,
    .schema = live_json_schema,
    .about =
        "dumpcap captures on the interfaces of -i (-i any: all of them), or a capture comes\n"
        "through a pipe. On a terminal there is a screen: sockets by state, connections that\n"
        "begin and end each second, incidents, and what waits longest. Elsewhere there is a line\n"
        "each --interval (10 s), and incidents when they are known; with --format ndjson these\n"
        "are JSON objects. Memory is bounded: at most --max-connections (here 100000) are\n"
        "followed, and what has ended is forgotten after ten minutes. Keys:\n"
        "  up, down, j, k, PgUp, PgDn, Home, End    choose a connection\n"
        "  Enter  its ladder       i  incidents, with evidence and what to check\n"
        "  s      sort by wait, age, bytes, stream     /  filter: part of a line\n"
        "  p      pause            h  keys             q, Ctrl-C  quit\n"
        "Examples:\n"
        "  tcpstory live -i eth0\n"
        "  tcpstory live -i any -f 'tcp port 443 or icmp'\n"
        "  ssh web tcpdump -i any -U -w - tcp | tcpstory live -\n"
        "  tcpstory live -i eth0 --plain --interval 60 -o live.log --prometheus :9717\n"
        "  tcpstory live -i eth0 --format ndjson | jq -c '.incident // empty'\n"
        "  tcpstory live -i eth0 --prometheus /var/lib/node_exporter/textfile/tcpstory.prom\n",
    .run = run,
};
