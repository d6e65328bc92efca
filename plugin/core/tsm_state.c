/* tsm_state.c - names of states, bases, sides and phases, and reading them back.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsm_state.h"

#include <stddef.h>
#include <string.h>

static const char *const state_names[TSM_N_STATES] = {
#define X(name) [TSM_##name] = #name,
    TSM_STATE_LIST(X)
#undef X
};

static const char *const basis_names[TSM_N_BASES] = {
#define X(name, text) [TSM_##name] = text,
    TSM_BASIS_LIST(X)
#undef X
};

/* Spellings of other tools, after letter case and '-' have been folded away. */
static const struct {
    const char *text;
    enum tsm_state state;
} aliases[] = {
    {"FIN_WAIT1", TSM_FIN_WAIT_1},  {"FIN_WAIT2", TSM_FIN_WAIT_2}, {"SYN_RECV", TSM_SYN_RCVD},
    {"SYN_RECEIVED", TSM_SYN_RCVD}, {"ESTAB", TSM_ESTABLISHED},    {"LISTENING", TSM_LISTEN},
    {"CLOSE", TSM_CLOSED},          {"UNCONN", TSM_CLOSED},
};

const char *tsm_state_name(enum tsm_state state)
{
    return (unsigned)state < TSM_N_STATES ? state_names[state] : state_names[TSM_UNKNOWN];
}

const char *tsm_basis_name(enum tsm_basis basis)
{
    return (unsigned)basis < TSM_N_BASES ? basis_names[basis] : basis_names[TSM_ASSUMED];
}

const char *tsm_side_name(enum tsm_side side)
{
    return side == TSM_SERVER ? "server" : "client";
}

const char *tsm_phase_name(enum tsm_phase phase)
{
    static const char *const names[TSM_N_PHASES] = {"opening", "established", "closing", "closed"};

    return (unsigned)phase < TSM_N_PHASES ? names[phase] : names[TSM_OPENING];
}

/* Upper case, '-' as '_'. Returns false when the text does not fit. */
static bool fold(const char *text, char *buf, size_t size)
{
    size_t n = 0;

    for (; text[n] != '\0' && n + 1 < size; n++) {
        char c = text[n];
        if (c >= 'a' && c <= 'z') {
            c = (char)(c - 'a' + 'A');
        }
        buf[n] = c == '-' ? '_' : c;
    }
    buf[n] = '\0';
    return text[n] == '\0';
}

bool tsm_state_parse(const char *text, enum tsm_state *state)
{
    char name[16];

    if (!fold(text, name, sizeof name)) {
        return false;
    }
    for (unsigned s = 0; s < TSM_N_STATES; s++) {
        if (strcmp(name, state_names[s]) == 0) {
            *state = (enum tsm_state)s;
            return true;
        }
    }
    for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++) {
        if (strcmp(name, aliases[i].text) == 0) {
            *state = aliases[i].state;
            return true;
        }
    }
    return false;
}

bool tsm_basis_parse(const char *text, enum tsm_basis *basis)
{
    for (unsigned b = 0; b < TSM_N_BASES; b++) {
        if (strcmp(text, basis_names[b]) == 0) {
            *basis = (enum tsm_basis)b;
            return true;
        }
    }
    return false;
}

char *tsm_set_text(tsm_state_set set, char *buf, unsigned size)
{
    size_t used = 0;

    buf[0] = '\0';
    for (unsigned s = 0; s < TSM_N_STATES; s++) {
        if (tsm_contains(set, (enum tsm_state)s)) {
            const size_t n = strlen(state_names[s]);
            const size_t comma = used > 0 ? 1 : 0;
            if (used + comma + n + 1 > size) {
                break;
            }
            memcpy(buf + used, ",", comma);
            memcpy(buf + used + comma, state_names[s], n + 1);
            used += comma + n;
        }
    }
    return buf;
}

enum tsm_phase tsm_phase_of(enum tsm_state client, enum tsm_state server)
{
    const enum tsm_state high = client > server ? client : server;
    const bool gone = client <= TSM_LISTEN && server <= TSM_LISTEN;

    if (gone) {
        return client == TSM_UNKNOWN && server == TSM_UNKNOWN ? TSM_OPENING : TSM_OVER;
    }
    if (high >= TSM_FIN_WAIT_1) {
        const bool lingering = (client == TSM_TIME_WAIT || client <= TSM_LISTEN) &&
                               (server == TSM_TIME_WAIT || server <= TSM_LISTEN);
        return lingering ? TSM_OVER : TSM_CLOSING_DOWN;
    }
    if (client == TSM_ESTABLISHED && server == TSM_ESTABLISHED) {
        return TSM_RUNNING;
    }
    if (client == TSM_CLOSED || (server == TSM_CLOSED && client == TSM_ESTABLISHED)) {
        return TSM_CLOSING_DOWN;
    }
    return TSM_OPENING;
}
