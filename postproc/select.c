/* select.c - reads and applies --port, --host and --state; see select.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "select.h"

#include <arpa/inet.h>
#include <string.h>

#include "fault.h"
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

bool selection_read(struct selection *selection, const struct options *options, GError **error)
{
    *selection = (struct selection){0};
    return (options->port == NULL || read_port(selection, options->port, error)) &&
           (options->host == NULL || read_host(selection, options->host, error)) &&
           (options->state == NULL || read_state(selection, options->state, error));
}

static bool has_host(const struct selection *selection, const struct tsm_tuple *tuple)
{
    return tuple->addr_len == selection->host_len &&
           (memcmp(tuple->src, selection->host, selection->host_len) == 0 ||
            memcmp(tuple->dst, selection->host, selection->host_len) == 0);
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

bool selection_matches(const struct selection *selection, const struct story *story,
                       const struct story_connection *connection)
{
    const struct tsm_tuple *tuple = &connection->tuple;

    if (selection->by_port && tuple->sport != selection->port && tuple->dport != selection->port) {
        return false;
    }
    if (selection->by_host && !has_host(selection, tuple)) {
        return false;
    }
    return !selection->by_state || has_state(selection, story, connection);
}
