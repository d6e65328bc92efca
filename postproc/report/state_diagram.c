/* state_diagram.c - RFC 9293's state diagram with a way through it; see state_diagram.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "state_diagram.h"

#include "text.h"

/* RFC 9293 figure 5. A state in brackets is replaced by it and the steps of both ends, in as many
 * columns as the brackets and what is between them take. */
static const char *const drawing[] = {
    "                             [      CLOSED     ]",
    "                 passive open |             \\ active open, send SYN",
    "                             [      LISTEN     ]\\",
    "   receive SYN, send SYN, ACK |               \\ send SYN",
    "          [     SYN_RCVD    ] <-- receive SYN --- [     SYN_SENT    ]",
    "       receive ACK of SYN \\                        / receive SYN, ACK",
    "                             [   ESTABLISHED   ]",
    "       close, send FIN /                           \\ receive FIN, send ACK",
    "          [    FIN_WAIT_1   ]                     [    CLOSE_WAIT   ]",
    " receive ACK of FIN |   \\ receive FIN, send ACK      | close, send FIN",
    "[    FIN_WAIT_2   ]     [     CLOSING     ]       [     LAST_ACK    ]",
    "  receive FIN \\           | receive ACK of FIN       | receive ACK of FIN",
    "            [    TIME_WAIT    ] -- 2MSL ---------> CLOSED",
};

/* In which steps of its way an end was in each state first; 0 = never. */
struct way {
    unsigned first[TSM_N_STATES];
    GString *states; /* "SYN_SENT, ESTABLISHED" */
};

static void take_way(const struct story *story, const struct story_connection *connection,
                     enum tsm_side side, struct way *way)
{
    g_autoptr(GArray) intervals = g_array_new(FALSE, FALSE, sizeof(struct story_interval));
    unsigned before = TSM_N_STATES, n = 0;

    *way = (struct way){.states = g_string_new(NULL)};
    story_intervals(story, connection, side, intervals);
    for (guint i = 0; i < intervals->len; i++) {
        const struct story_interval *interval = &g_array_index(intervals, struct story_interval, i);
        const unsigned state = interval->state;

        if (state == before) {
            continue;
        }
        before = state;
        n++;
        way->first[state] = way->first[state] != 0 ? way->first[state] : n;
        g_string_append_printf(way->states, "%s%s", n > 1 ? ", " : "",
                               tsm_state_name((enum tsm_state)state));
    }
}

/* The state whose name stands between brackets; TSM_N_STATES when none does. */
static unsigned state_named(const char *from, const char *to)
{
    g_autofree char *name = g_strstrip(g_strndup(from, (gsize)(to - from)));

    for (unsigned state = 0; state < TSM_N_STATES; state++) {
        if (strcmp(tsm_state_name((enum tsm_state)state), name) == 0) {
            return state;
        }
    }
    return TSM_N_STATES;
}

/* "c2 ESTABLISHED s3", in the middle of `width` columns. */
static void append_cell(GString *text, unsigned state, const struct way ways[2], guint width)
{
    g_autoptr(GString) cell = g_string_new(NULL);

    if (ways[TSM_CLIENT].first[state] != 0) {
        g_string_append_printf(cell, "c%u ", ways[TSM_CLIENT].first[state]);
    }
    g_string_append(cell, tsm_state_name((enum tsm_state)state));
    if (ways[TSM_SERVER].first[state] != 0) {
        g_string_append_printf(cell, " s%u", ways[TSM_SERVER].first[state]);
    }
    const guint rest = width > cell->len ? width - (guint)cell->len : 0;
    g_string_append_printf(text, "%*s%s%*s", (int)(rest / 2), "", cell->str, (int)(rest - rest / 2),
                           "");
}

static void append_line(GString *text, const char *line, const struct way ways[2])
{
    const char *open = strchr(line, '[');

    while (open != NULL) {
        const char *close = strchr(open, ']');
        g_string_append_len(text, line, open - line);
        append_cell(text, state_named(open + 1, close), ways, (guint)(close + 1 - open));
        line = close + 1;
        open = strchr(line, '[');
    }
    g_string_append(text, line);
    g_string_append_c(text, '\n');
}

void state_diagram(const struct story *story, const struct story_connection *connection,
                   GString *text)
{
    struct way ways[2];

    take_way(story, connection, TSM_CLIENT, &ways[TSM_CLIENT]);
    take_way(story, connection, TSM_SERVER, &ways[TSM_SERVER]);
    for (gsize i = 0; i < G_N_ELEMENTS(drawing); i++) {
        append_line(text, drawing[i], ways);
    }
    for (unsigned side = 0; side < 2; side++) {
        g_autofree char *line =
            g_strdup_printf("%s (%c): %s\n", tsm_side_name((enum tsm_side)side),
                            tsm_side_name((enum tsm_side)side)[0], ways[side].states->str);
        text_wrap(text, line, 80, 4);
        g_string_free(ways[side].states, TRUE);
    }
}
