/* anomaly_text.c - fills places in sentences, and makes display filters; see anomaly_text.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "anomaly_text.h"

#include <string.h>

#include "text.h"

/* ---- places ---- */

/* What a place is filled from. */
struct filling {
    const struct anomaly *hit;
    const struct story *story;
};

static void put_part(GString *out, const struct filling *f, enum tsm_side side, bool host,
                     bool port)
{
    const unsigned shift = side == TSM_CLIENT ? 0 : 2;
    const unsigned known = f->hit->scope | f->hit->alike;
    const bool has_host = host && (known & (TUPLE_CLIENT_HOST << shift)) != 0;
    const bool has_port = port && (known & (TUPLE_CLIENT_PORT << shift)) != 0;
    const struct tsm_tuple *tuple = &f->hit->tuple;

    if (has_host && has_port) {
        text_endpoint(out, tuple, side);
    } else if (has_host) {
        text_host(out, side == TSM_CLIENT ? tuple->src : tuple->dst, tuple->addr_len);
    } else if (has_port) {
        g_string_append_printf(out, "%s%u", host ? "*:" : "",
                               side == TSM_CLIENT ? tuple->sport : tuple->dport);
    } else if (host && !port) {
        g_string_append(out, side == TSM_CLIENT ? "several clients" : "several servers");
    } else {
        g_string_append_c(out, '*');
    }
}

static void put_client(GString *out, const struct filling *f)
{
    put_part(out, f, TSM_CLIENT, true, true);
}

static void put_client_host(GString *out, const struct filling *f)
{
    put_part(out, f, TSM_CLIENT, true, false);
}

static void put_client_port(GString *out, const struct filling *f)
{
    put_part(out, f, TSM_CLIENT, false, true);
}

static void put_server(GString *out, const struct filling *f)
{
    put_part(out, f, TSM_SERVER, true, true);
}

static void put_server_host(GString *out, const struct filling *f)
{
    put_part(out, f, TSM_SERVER, true, false);
}

static void put_server_port(GString *out, const struct filling *f)
{
    put_part(out, f, TSM_SERVER, false, true);
}

static void put_stream(GString *out, const struct filling *f)
{
    text_number(out, story_connection(f->story, f->hit->connection)->stream);
}

// clang-format off
static const struct {
    const char *name;
    const char *any; /* stands for it when there is no hit */
    void (*put)(GString *out, const struct filling *f);
} places[] = {
    {"client",      "CLIENT:PORT", put_client},
    {"client.host", "CLIENT",      put_client_host},
    {"client.port", "PORT",        put_client_port},
    {"server",      "SERVER:PORT", put_server},
    {"server.host", "SERVER",      put_server_host},
    {"server.port", "PORT",        put_server_port},
    {"stream",      "N",           put_stream},
};
// clang-format on

static bool put_named(GString *out, const char *name, const struct filling *f)
{
    for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
        if (strcmp(places[i].name, name) == 0) {
            if (f->hit != NULL) {
                places[i].put(out, f);
            } else {
                g_string_append(out, places[i].any);
            }
            return true;
        }
    }
    return false;
}

/* ---- figures ---- */

static void put_counted(GString *out, int64_t n, char **nouns)
{
    if (nouns[0] != NULL && nouns[1] != NULL) {
        text_counted(out, (uint64_t)n, nouns[0], nouns[1]);
    } else {
        text_count(out, (uint64_t)n);
    }
}

static void put_figure(GString *out, char kind, int64_t value, char **nouns)
{
    switch (kind) {
    case 'n':
        put_counted(out, value, nouns);
        break;
    case 'd':
        text_duration(out, value);
        break;
    case 'b':
        text_bytes(out, (uint64_t)value);
        break;
    case 'p':
        g_string_append_printf(out, "%d %%", (int)value);
        break;
    default:
        g_string_append(out, tsm_state_name((enum tsm_state)value));
    }
}

/* "n0:SYN:SYNs", "d3", "members:connection:connections". */
static bool put_number(GString *out, char **words, const struct filling *f)
{
    const char *name = words[0];
    const bool figure = strlen(name) == 2 && strchr("ndbps", name[0]) != NULL && name[1] >= '0' &&
                        name[1] < '0' + ANOMALY_MAX_FIGURES;

    if (!figure && strcmp(name, "members") != 0) {
        return false;
    }
    if (f->hit == NULL) {
        g_string_append_printf(out, "N%s%s", words[1] != NULL && words[2] != NULL ? " " : "",
                               words[1] != NULL && words[2] != NULL ? words[2] : "");
    } else if (figure) {
        put_figure(out, name[0], f->hit->figure[name[1] - '0'], words + 1);
    } else {
        put_counted(out, f->hit->members, words + 1);
    }
    return true;
}

static bool put_place(GString *out, const char *place, const struct filling *f)
{
    g_auto(GStrv) words = g_strsplit(place, ":", 3);

    return words[0] != NULL && (put_number(out, words, f) || put_named(out, words[0], f));
}

void anomaly_text_fill(GString *out, const char *sentence, const struct anomaly *hit,
                       const struct story *story)
{
    const struct filling filling = {hit, story};
    const char *open;

    while ((open = strchr(sentence, '{')) != NULL) {
        const char *close = strchr(open, '}');
        g_autofree char *place = close != NULL ? g_strndup(open + 1, close - open - 1) : NULL;
        g_string_append_len(out, sentence, open - sentence);
        if (place != NULL && put_place(out, place, &filling)) {
            sentence = close + 1;
        } else {
            g_string_append_c(out, '{');
            sentence = open + 1;
        }
    }
    g_string_append(out, sentence);
}

/* ---- subject ---- */

void anomaly_text_subject(GString *out, const struct anomaly *hit)
{
    const struct filling filling = {hit, NULL};

    if (hit->scope == TUPLE_ANY) {
        g_string_append(out, "the capture");
        return;
    }
    put_client(out, &filling);
    g_string_append(out, " -> ");
    put_server(out, &filling);
}

/* ---- filter ---- */

static void put_condition(GString *out, const char *field, const char *value)
{
    g_string_append_printf(out, "%s%s == %s", out->len > 0 ? " && " : "", field, value);
}

/* Either direction: the addresses and ports of the scope, client and server alike. */
static void put_scope(GString *out, const struct anomaly *hit)
{
    const struct tsm_tuple *tuple = &hit->tuple;
    const char *address = tuple->addr_len == 4 ? "ip.addr" : "ipv6.addr";

    for (unsigned side = 0; side < 2; side++) {
        g_autoptr(GString) value = g_string_new(NULL);
        if ((hit->scope & (TUPLE_CLIENT_HOST << 2 * side)) != 0) {
            text_host(value, side == TSM_CLIENT ? tuple->src : tuple->dst, tuple->addr_len);
            put_condition(out, address, value->str);
        }
        if ((hit->scope & (TUPLE_CLIENT_PORT << 2 * side)) != 0) {
            g_string_truncate(value, 0);
            text_number(value, side == TSM_CLIENT ? tuple->sport : tuple->dport);
            put_condition(out, "tcp.port", value->str);
        }
    }
}

void anomaly_text_filter(GString *out, const struct anomaly *hit, const struct story *story)
{
    g_autoptr(GString) scope = g_string_new(NULL);
    const char *filter = hit->rule != NULL ? hit->rule->filter : NULL; /* an incident has no rule */

    if (hit->scope == TUPLE_CONNECTION && !story_is_set(story)) { /* streams are a file's own */
        g_string_append_printf(scope, "tcp.stream == %u",
                               story_connection(story, hit->connection)->stream);
    } else {
        put_scope(scope, hit);
    }
    if (filter != NULL && scope->len > 0) {
        g_string_append_printf(scope, " && (%s)", filter);
    } else if (filter != NULL) {
        g_string_append(scope, filter);
    }
    g_string_append(out, scope->len > 0 ? scope->str : "tcp");
}
