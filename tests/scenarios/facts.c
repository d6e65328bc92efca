/* facts.c - what can be expected by name behind the states, as "open 1/3" or "stream 0".
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "facts.h"

#include <string.h>

#include "words.h"

static char *open_text(const struct answer *a)
{
    return a->verdict->open_step == 0 ? g_strdup("-")
                                      : g_strdup_printf("%u/3", a->verdict->open_step);
}

static char *close_text(const struct answer *a)
{
    GString *text = g_string_new(NULL);

    for (unsigned step = 1; step <= 4; step++) {
        if ((a->verdict->close_steps & 1u << (step - 1)) != 0) {
            g_string_append_printf(text, "%s%u", text->len > 0 ? "+" : "", step);
        }
    }
    g_string_append(text, text->len > 0 ? "/4" : "-");
    return g_string_free(text, FALSE);
}

static char *call_text(const struct answer *a)
{
    static const char *const names[TSM_N_CALLS] = {
#define X(name, text) #name,
        TSM_CALL_LIST(X)
#undef X
    };

    return g_ascii_strdown(names[a->verdict->call], -1);
}

static char *phase_text(const struct answer *a)
{
    const struct tsm_belief *b = a->stream->conn->belief;

    return g_strdup(tsm_phase_name(
        tsm_phase_of((enum tsm_state)b[TSM_CLIENT].state, (enum tsm_state)b[TSM_SERVER].state)));
}

static char *role_text(const struct answer *a)
{
    return g_strdup(a->stream->conn->role_basis == TSM_ROLE_GUESSED ? "guessed" : "handshake");
}

static char *client_text(const struct answer *a)
{
    return g_strdup(a->name[a->side[0] == TSM_CLIENT ? 0 : 1]);
}

static char *vantage_text(const struct answer *a)
{
    static const char *const names[] = {"unknown", "client", "server", "middle"};

    return g_strdup(names[a->stream->conn->vantage]);
}

static char *stream_text(const struct answer *a)
{
    return g_strdup_printf("%u", a->stream->number);
}

static char *number_or_none(uint32_t number)
{
    return number == TSM_NO_STREAM ? g_strdup("-") : g_strdup_printf("%u", number);
}

static char *previous_text(const struct answer *a)
{
    return number_or_none(a->stream->conn->previous_stream);
}

static char *ended_text(const struct answer *a)
{
    return number_or_none(a->ended == NULL ? TSM_NO_STREAM : a->ended->number);
}

static char *closed_by_text(const struct answer *a)
{
    const unsigned by = a->stream->conn->closed_by;

    return g_strdup(by == 0 ? "-" : a->name[a->side[0] == by - 1 ? 0 : 1]);
}

static char *setup_text(const struct answer *a)
{
    const int64_t ns = a->stream->conn->setup_ns;

    return ns < 0 ? g_strdup("-") : time_text(ns);
}

static char *tries_text(const struct answer *a)
{
    return g_strdup_printf("%u", a->stream->conn->syn_tries);
}

static char *since_text(const struct answer *a)
{
    return g_strdup_printf("%u,%u", a->belief[0].since_frame, a->belief[1].since_frame);
}

static char *changed_text(const struct answer *a)
{
    return g_strdup(a->verdict->changed ? "yes" : "no");
}

// clang-format off
const struct fact facts[] = {
    {"open",      open_text},      /* 1/3 2/3 3/3 or - */
    {"close",     close_text},     /* 1/4, 2+3/4 ... or - */
    {"call",      call_text},      /* enum tsm_call in small letters: connect, end_of_file, none */
    {"phase",     phase_text},     /* opening established closing closed */
    {"changed",   changed_text},   /* yes no: the segment moved or corrected a state */
    {"since",     since_text}, /* the frames that put both ends where they are: 4,5; 0 = timer */
    {"client",    client_text},    /* which host is the client */
    {"role",      role_text},      /* guessed handshake */
    {"vantage",   vantage_text},   /* unknown client server middle */
    {"stream",    stream_text},    /* as tcp.stream */
    {"previous",  previous_text},  /* the stream before on the same addresses and ports, or - */
    {"ended",     ended_text},     /* the older stream that this segment ended, or - */
    {"closed-by", closed_by_text}, /* the host that closed first, or - */
    {"setup",     setup_text},     /* seconds from SYN to third ACK, or - */
    {"tries",     tries_text},     /* SYNs of the client so far */
    {NULL,        NULL},
};
// clang-format on

const struct fact *fact_named(const char *name)
{
    for (const struct fact *fact = facts; fact->name != NULL; fact++) {
        if (strcmp(fact->name, name) == 0) {
            return fact;
        }
    }
    return NULL;
}
