/* select.c - reads and applies --port, --host, --state ...; see select.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "select.h"

#include <arpa/inet.h>
#include <string.h>

#include "fault.h"
#include "rules.h"
#include "text.h"

static bool read_port(struct selection *selection, const char *text, GError **error)
{
    guint64 port;

    if (!g_ascii_string_to_unsigned(text, 10, 0, UINT16_MAX, &port, NULL)) {
        g_set_error(error, FAULT, EXIT_USAGE, "--port: '%s' is not a port number, 0 to 65535",
                    text);
        return false;
    }
    selection->by_port = true;
    selection->port = (uint16_t)port;
    return true;
}

static bool read_host(struct selection *selection, const char *text, GError **error)
{
    g_autofree char *bare = g_strdup(text[0] == '[' ? text + 1 : text);

    if (g_str_has_suffix(bare, "]")) {
        bare[strlen(bare) - 1] = '\0';
    }
    if (inet_pton(AF_INET, bare, selection->host) == 1) {
        selection->host_len = 4;
    } else if (inet_pton(AF_INET6, bare, selection->host) == 1) {
        selection->host_len = 16;
    } else {
        g_set_error(error, FAULT, EXIT_USAGE, "--host: '%s' is not an IPv4 or IPv6 address", text);
        return false;
    }
    selection->by_host = true;
    return true;
}

static bool read_state(struct selection *selection, const char *text, GError **error)
{
    static const char *const names[] = {
#define X(name) #name,
        TSM_STATE_LIST(X)
#undef X
            NULL};
    g_autofree char *upper = g_ascii_strup(text, -1);
    const char *nearest;

    if (tsm_state_parse(text, &selection->state)) {
        selection->by_state = true;
        return true;
    }
    nearest = text_nearest(upper, names);
    g_set_error(error, FAULT, EXIT_USAGE, "--state: there is no state '%s'%s%s%s", text,
                nearest != NULL ? "; did you mean " : "", nearest != NULL ? nearest : "",
                nearest != NULL ? "?" : "");
    return false;
}

/* The word of an opening or of an ending. */
static bool read_outcome(struct selection *selection, const char *text, GError **error)
{
    const char *words[N_OPENINGS + N_ENDINGS + 1] = {NULL};
    g_autofree char *all = NULL;
    const char *nearest;
    guint n = 0;

    for (guint i = 0; i < N_OPENINGS; i++) {
        words[n++] = outcome_opening_word((enum outcome_opening)i);
        if (strcmp(text, words[n - 1]) == 0) {
            selection->by_opening = true;
            selection->opening = (enum outcome_opening)i;
        }
    }
    for (guint i = ENDING_NONE + 1; i < N_ENDINGS; i++) {
        words[n++] = outcome_ending_word((enum outcome_ending)i);
        if (strcmp(text, words[n - 1]) == 0) {
            selection->by_ending = true;
            selection->ending = (enum outcome_ending)i;
        }
    }
    if (selection->by_opening || selection->by_ending) {
        return true;
    }
    all = g_strjoinv(", ", (char **)words);
    nearest = text_nearest(text, words);
    g_set_error(error, FAULT, EXIT_USAGE, "--outcome can be %s, not '%s'%s%s%s", all, text,
                nearest != NULL ? "; did you mean " : "", nearest != NULL ? nearest : "",
                nearest != NULL ? "?" : "");
    return false;
}

static bool read_period(struct selection *selection, const struct options *options, GError **error)
{
    selection->by_since = options->since != NULL;
    selection->by_until = options->until != NULL;
    return (!selection->by_since ||
            moment_read(&selection->since, "since", options->since, options->utc, error)) &&
           (!selection->by_until ||
            moment_read(&selection->until, "until", options->until, options->utc, error));
}

static bool read_anomaly(struct selection *selection, const char *text, GError **error)
{
    guint number;

    if (!rules_find(text, &number, error)) {
        return false;
    }
    selection->anomaly = rules_at(number);
    return true;
}

bool selection_read(struct selection *selection, const struct options *options, GError **error)
{
    *selection = (struct selection){.any_time = options->rows};
    return (options->port == NULL || read_port(selection, options->port, error)) &&
           (options->host == NULL || read_host(selection, options->host, error)) &&
           (options->state == NULL || read_state(selection, options->state, error)) &&
           (options->outcome == NULL || read_outcome(selection, options->outcome, error)) &&
           (options->anomaly == NULL || read_anomaly(selection, options->anomaly, error)) &&
           read_period(selection, options, error);
}

/* ---- applying ---- */

/* What the connections of one story are compared with. */
struct applying {
    const struct selection *selection;
    int64_t since_ns, until_ns;
    GArray *scratch; /* of struct story_interval */
};

void selection_prepare(const struct selection *selection, struct story *story)
{
    story_want_frame(story, selection->since.frame);
    story_want_frame(story, selection->until.frame);
}

bool selection_has_local(const struct selection *selection, const struct tsm_tuple *tuple,
                         enum tsm_side side)
{
    const uint8_t *address = side == TSM_CLIENT ? tuple->src : tuple->dst;

    return !selection->by_host || (tuple->addr_len == selection->host_len &&
                                   memcmp(address, selection->host, selection->host_len) == 0);
}

static bool has_state(const struct selection *selection, const struct story *story,
                      const struct story_connection *connection)
{
    for (unsigned side = 0; side < 2; side++) {
        const struct story_interval *last = story_last(story, connection, (enum tsm_side)side);
        if (last != NULL && last->state == selection->state) {
            return true;
        }
    }
    return false;
}

static bool has_outcome(const struct applying *applying, const struct story *story,
                        const struct story_connection *connection)
{
    const struct selection *selection = applying->selection;
    struct outcome_facts facts;
    enum outcome_opening opening;

    outcome_facts(story, connection, applying->scratch, &facts);
    opening = outcome_opening(&facts);
    return (!selection->by_opening || opening == selection->opening) &&
           (!selection->by_ending || outcome_ending(&facts, opening) == selection->ending);
}

static bool is_wanted(const struct story *story, const struct story_connection *connection,
                      void *data)
{
    const struct applying *applying = data;
    const struct selection *selection = applying->selection;
    const struct tsm_tuple *tuple = &connection->tuple;
    const bool by_outcome = selection->by_opening || selection->by_ending;

    return (!selection->by_port || tuple->sport == selection->port ||
            tuple->dport == selection->port) &&
           (selection_has_local(selection, tuple, TSM_CLIENT) ||
            selection_has_local(selection, tuple, TSM_SERVER)) &&
           (selection->any_time || (connection->end_ns >= applying->since_ns &&
                                    connection->start_ns <= applying->until_ns)) &&
           (!selection->by_state || has_state(selection, story, connection)) &&
           (!by_outcome || has_outcome(applying, story, connection));
}

bool selection_matches(const struct selection *selection, const struct story *story,
                       const struct story_connection *connection)
{
    g_autoptr(GArray) scratch = g_array_new(FALSE, FALSE, sizeof(struct story_interval));
    struct applying applying = {selection, INT64_MIN, INT64_MAX, scratch};

    return is_wanted(story, connection, &applying);
}

bool selection_apply(const struct selection *selection, struct story *story, GError **error)
{
    g_autoptr(GArray) scratch = g_array_new(FALSE, FALSE, sizeof(struct story_interval));
    struct applying applying = {selection, INT64_MIN, INT64_MAX, scratch};

    if ((selection->by_since && !moment_in(&selection->since, story, &applying.since_ns, error)) ||
        (selection->by_until && !moment_in(&selection->until, story, &applying.until_ns, error))) {
        return false;
    }
    story_keep(story, is_wanted, &applying);
    return true;
}
