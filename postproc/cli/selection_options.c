/* selection_options.c - reads --port, --host, --state ...; see selection_options.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "selection_options.h"

#include <arpa/inet.h>
#include <string.h>

#include "errors.h"
#include "text.h"

static bool read_port(struct selection *selection, const char *text, GError **error)
{
    guint64 port;

    if (!g_ascii_string_to_unsigned(text, 10, 0, UINT16_MAX, &port, NULL)) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE,
                    "--port: '%s' is not a port number, 0 to 65535", text);
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
        g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE,
                    "--host: '%s' is not an IPv4 or IPv6 address", text);
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
    g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE, "--state: there is no state '%s'%s%s%s", text,
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
    g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE, "--outcome can be %s, not '%s'%s%s%s", all, text,
                nearest != NULL ? "; did you mean " : "", nearest != NULL ? nearest : "",
                nearest != NULL ? "?" : "");
    return false;
}

static bool read_period(struct selection *selection, const struct options *options, GError **error)
{
    selection->by_since = options->since != NULL;
    selection->by_until = options->until != NULL;
    return (!selection->by_since ||
            time_arg_read(&selection->since, "since", options->since, options->utc, error)) &&
           (!selection->by_until ||
            time_arg_read(&selection->until, "until", options->until, options->utc, error));
}

bool selection_read(struct selection *selection, const struct options *options, GError **error)
{
    *selection = (struct selection){.any_time = options->rows};
    return (options->port == NULL || read_port(selection, options->port, error)) &&
           (options->host == NULL || read_host(selection, options->host, error)) &&
           (options->state == NULL || read_state(selection, options->state, error)) &&
           (options->outcome == NULL || read_outcome(selection, options->outcome, error)) &&
           read_period(selection, options, error);
}
