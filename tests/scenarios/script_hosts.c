/* script_hosts.c - hosts, ends and connections of a scenario, and their defaults.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "reader.h"

#include <arpa/inet.h>
#include <string.h>

#include "words.h"

#define CLIENT_PORT 40000 /* of the host C */
#define SERVER_PORT 9502  /* of all others */
#define ISN_STEP 1000000  /* the ISN of C is this, of S twice this, and so on */

struct host *host_named(const struct script *script, const char *name, size_t n)
{
    for (guint i = 0; i < script->hosts->len; i++) {
        struct host *host = g_ptr_array_index(script->hosts, i);
        if (strlen(host->name) == n && strncmp(host->name, name, n) == 0) {
            return host;
        }
    }
    return NULL;
}

unsigned host_place(const struct script *script, const struct host *host)
{
    guint place = 0;

    (void)g_ptr_array_find(script->hosts, host, &place);
    return place;
}

static bool set_address(struct host *host, const char *text)
{
    const bool ipv6 = strchr(text, ':') != NULL;

    host->addr_len = ipv6 ? 16 : 4;
    return inet_pton(ipv6 ? AF_INET6 : AF_INET, text, host->address) == 1;
}

bool host_put(struct script *script, const char *name, const char *address)
{
    struct host *host = host_named(script, name, strlen(name));

    if (host == NULL) {
        host = g_new0(struct host, 1);
        host->name = g_strdup(name);
        host->next_id = (uint16_t)(1000 * (script->hosts->len + 1));
        g_ptr_array_add(script->hosts, host);
    }
    return set_address(host, address);
}

void host_free(gpointer data)
{
    struct host *host = data;

    g_free(host->name);
    g_free(host);
}

bool end_parse(const struct script *script, const char *text, struct end *end, GError **error)
{
    const size_t n = strcspn(text, ":");
    int64_t port;

    end->host = host_named(script, text, n);
    if (end->host == NULL) {
        return not_understood(error, text,
                              "a host: C, S, or one that a line \"host NAME ADDRESS\" names");
    }
    port = strcmp(end->host->name, "C") == 0 ? CLIENT_PORT : SERVER_PORT;
    if (text[n] == ':' && !number_parse(text + n + 1, 0, UINT16_MAX, &port)) {
        return not_understood(error, text, "a port after the colon");
    }
    end->port = (uint16_t)port;
    return true;
}

static bool same_end(const struct end *a, const struct end *b)
{
    return a->host == b->host && a->port == b->port;
}

static char *end_key(const struct end *end)
{
    return g_strdup_printf("%s:%u", end->host->name, end->port);
}

static void set_isn(struct end *end, const struct end *which, uint32_t isn)
{
    if (same_end(end, which)) {
        end->isn = isn;
        end->snd_nxt = isn;
    }
}

void end_set_isn(struct reader *r, const struct end *end, uint32_t isn)
{
    g_hash_table_replace(r->isns, end_key(end), GUINT_TO_POINTER(isn));
    for (guint i = 0; i < r->script->connections->len; i++) {
        struct connection *connection = g_ptr_array_index(r->script->connections, i);
        set_isn(&connection->end[0], end, isn);
        set_isn(&connection->end[1], end, isn);
    }
}

static struct end new_end(struct reader *r, const struct end *end)
{
    const unsigned nth = host_place(r->script, end->host) + 1;
    g_autofree char *key = end_key(end);
    struct end made = *end;
    gpointer isn;

    made.isn = g_hash_table_lookup_extended(r->isns, key, NULL, &isn) ? GPOINTER_TO_UINT(isn)
                                                                      : nth * ISN_STEP;
    made.snd_nxt = made.isn;
    made.ts_val = 0;
    return made;
}

struct connection *connection_between(struct reader *r, const struct end *from,
                                      const struct end *to, unsigned *column)
{
    struct connection *made;

    for (guint i = 0; i < r->script->connections->len; i++) {
        struct connection *known = g_ptr_array_index(r->script->connections, i);
        *column = same_end(&known->end[0], from) ? 0 : 1;
        if (same_end(&known->end[*column], from) && same_end(&known->end[1 - *column], to)) {
            return known;
        }
    }
    *column = host_place(r->script, from->host) <= host_place(r->script, to->host) ? 0 : 1;
    made = g_new0(struct connection, 1);
    made->end[*column] = new_end(r, from);
    made->end[1 - *column] = new_end(r, to);
    g_ptr_array_add(r->script->connections, made);
    return made;
}
