/* selection_options.c - reads --port, --host, --state ...; see selection_options.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "selection_options.h"

#include <arpa/inet.h>
#include <string.h>

#include "errors.h"
#include "text.h"

typedef bool (*value_reader)(struct selection_values *values, const char *text, GError **error);

/* ---- numbers ---- */

/* "80", "8000-8999" */
static bool read_span(const char *text, guint64 most, uint32_t *first, uint32_t *last)
{
    g_auto(GStrv) ends = g_strsplit(text, "-", 2);
    guint64 from;
    guint64 to;

    if (ends[0] == NULL || !g_ascii_string_to_unsigned(ends[0], 10, 0, most, &from, NULL)) {
        return false;
    }
    to = from;
    if (ends[1] != NULL && !g_ascii_string_to_unsigned(ends[1], 10, from, most, &to, NULL)) {
        return false;
    }
    *first = (uint32_t)from;
    *last = (uint32_t)to;
    return true;
}

bool selection_read_port(struct selection_values *values, const char *text, GError **error)
{
    uint32_t first;
    uint32_t last;

    if (!read_span(text, UINT16_MAX, &first, &last)) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE,
                    "--port: '%s' is not a port number, 0 to 65535, nor a range of them: 8000-8999",
                    text);
        return false;
    }
    selection_add_ports(values, first, last);
    return true;
}

static bool read_stream(struct selection_values *values, const char *text, GError **error)
{
    uint32_t first;
    uint32_t last;

    if (!read_span(text, TSM_NO_STREAM - 1, &first, &last)) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE,
                    "--stream: '%s' is not the number of a stream, nor a range of them: 3-7", text);
        return false;
    }
    selection_add_streams(values, first, last);
    return true;
}

/* ---- hosts ---- */

static bool read_address(struct selection_net *net, const char *text)
{
    g_autofree char *bare = g_strdup(text[0] == '[' ? text + 1 : text);

    if (g_str_has_suffix(bare, "]")) {
        bare[strlen(bare) - 1] = '\0';
    }
    if (inet_pton(AF_INET, bare, net->address) == 1) {
        net->len = 4;
    } else if (inet_pton(AF_INET6, bare, net->address) == 1) {
        net->len = 16;
    } else {
        return false;
    }
    net->bits = 8 * net->len;
    return true;
}

/* A name has a letter that is no hexadecimal digit, or it is what else no address can be. */
static bool may_be_name(const char *text)
{
    return text[strspn(text, "0123456789.")] != '\0' && strpbrk(text, ":/[]* ") == NULL;
}

/* "10.9.0.2", "10.0.0.0/8", "[fd00::1]", "web" */
bool selection_read_host(struct selection_values *values, const char *text, GError **error)
{
    struct selection_net net = {.len = 0};
    g_auto(GStrv) parts = g_strsplit(text, "/", 2);
    guint64 bits;

    if (parts[0] != NULL && read_address(&net, parts[0])) {
        if (parts[1] != NULL) {
            if (!g_ascii_string_to_unsigned(parts[1], 10, 0, net.bits, &bits, NULL)) {
                g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE,
                            "--host: '%s': behind the / stands a number of bits, 0 to %u", text,
                            net.bits);
                return false;
            }
            net.bits = (unsigned)bits;
        }
        selection_add_net(values, &net);
        return true;
    }
    if (!may_be_name(text)) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE,
                    "--host: '%s' is not an IPv4 or IPv6 address, a network (10.0.0.0/8) or a name",
                    text);
        return false;
    }
    selection_add_name(values, text);
    return true;
}

/* ---- words ---- */

static bool read_state(struct selection_values *values, const char *text, GError **error)
{
    static const char *const names[] = {
#define X(name) #name,
        TSM_STATE_LIST(X)
#undef X
            NULL};
    g_autofree char *upper = g_ascii_strup(text, -1);
    enum tsm_state state;
    const char *nearest;

    if (tsm_state_parse(text, &state)) {
        values->states |= UINT32_C(1) << state;
        return true;
    }
    nearest = text_nearest(upper, names);
    g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE, "--state: there is no state '%s'%s%s%s", text,
                nearest != NULL ? "; did you mean " : "", nearest != NULL ? nearest : "",
                nearest != NULL ? "?" : "");
    return false;
}

/* The word of an opening or of an ending. */
static bool read_outcome(struct selection_values *values, const char *text, GError **error)
{
    const char *words[N_OPENINGS + N_ENDINGS + 1] = {NULL};
    g_autofree char *all = NULL;
    const char *nearest;
    guint n = 0;
    bool found = false;

    for (guint i = 0; i < N_OPENINGS; i++) {
        words[n++] = outcome_opening_word((enum outcome_opening)i);
        if (strcmp(text, words[n - 1]) == 0) {
            values->openings |= UINT32_C(1) << i;
            found = true;
        }
    }
    for (guint i = ENDING_NONE + 1; i < N_ENDINGS; i++) {
        words[n++] = outcome_ending_word((enum outcome_ending)i);
        if (strcmp(text, words[n - 1]) == 0) {
            values->endings |= UINT32_C(1) << i;
            found = true;
        }
    }
    if (found) {
        return true;
    }
    all = g_strjoinv(", ", (char **)words);
    nearest = text_nearest(text, words);
    g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE, "--outcome can be %s, not '%s'%s%s%s", all, text,
                nearest != NULL ? "; did you mean " : "", nearest != NULL ? nearest : "",
                nearest != NULL ? "?" : "");
    return false;
}

/* ---- options ---- */

/* All values of an option: lists, given once or again. */
static bool read_values(struct selection *selection, char **given, value_reader reader,
                        GError **error)
{
    for (; given != NULL && *given != NULL; given++) {
        const bool turned = **given == '!';
        struct selection_values *values = turned ? &selection->unwanted : &selection->wanted;
        g_auto(GStrv) list = g_strsplit(*given + turned, ",", -1);
        if (list[0] == NULL && !reader(values, "", error)) {
            return false;
        }
        for (char **value = list; *value != NULL; value++) {
            if (!reader(values, g_strstrip(*value), error)) {
                return false;
            }
        }
    }
    return true;
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
    return read_values(selection, options->port, selection_read_port, error) &&
           read_values(selection, options->host, selection_read_host, error) &&
           read_values(selection, options->state, read_state, error) &&
           read_values(selection, options->stream, read_stream, error) &&
           read_values(selection, options->outcome, read_outcome, error) &&
           read_period(selection, options, error);
}
