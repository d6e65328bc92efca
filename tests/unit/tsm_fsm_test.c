/* tsm_fsm_test.c - every cell of the transition table, and the paths that people know.
 *
 * The arrows are written down here a second time, from RFC 9293 figure 5 and not from tsm_fsm.def,
 * so that a slip in either shows.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>
#include <string.h>

#include "tsm_fsm.h"

struct arrow {
    enum tsm_state from;
    enum tsm_event event;
    enum tsm_state to;
};

// clang-format off
/* RFC 9293 figure 5, line by line from its top. CLOSE of LISTEN and of SYN_SENT sends nothing, so
 * an observer cannot see it; note 2 (FIN_WAIT_1 -> TIME_WAIT) is two events. */
static const struct arrow figure_5[] = {
    {TSM_CLOSED,      TSM_PASSIVE_OPEN,   TSM_LISTEN},
    {TSM_CLOSED,      TSM_SND_SYN,        TSM_SYN_SENT},
    {TSM_LISTEN,      TSM_RCV_SYN,        TSM_SYN_RCVD},
    {TSM_LISTEN,      TSM_SND_SYN,        TSM_SYN_SENT},
    {TSM_SYN_SENT,    TSM_RCV_SYN,        TSM_SYN_RCVD},
    {TSM_SYN_SENT,    TSM_RCV_SYN_ACK,    TSM_ESTABLISHED},
    {TSM_SYN_RCVD,    TSM_RCV_RST,        TSM_LISTEN},       /* note 1 */
    {TSM_SYN_RCVD,    TSM_RCV_ACK_OF_SYN, TSM_ESTABLISHED},
    {TSM_SYN_RCVD,    TSM_SND_FIN,        TSM_FIN_WAIT_1},
    {TSM_ESTABLISHED, TSM_SND_FIN,        TSM_FIN_WAIT_1},
    {TSM_ESTABLISHED, TSM_RCV_FIN,        TSM_CLOSE_WAIT},
    {TSM_FIN_WAIT_1,  TSM_RCV_ACK_OF_FIN, TSM_FIN_WAIT_2},
    {TSM_FIN_WAIT_1,  TSM_RCV_FIN,        TSM_CLOSING},
    {TSM_CLOSE_WAIT,  TSM_SND_FIN,        TSM_LAST_ACK},
    {TSM_FIN_WAIT_2,  TSM_RCV_FIN,        TSM_TIME_WAIT},
    {TSM_CLOSING,     TSM_RCV_ACK_OF_FIN, TSM_TIME_WAIT},
    {TSM_LAST_ACK,    TSM_RCV_ACK_OF_FIN, TSM_CLOSED},
    {TSM_TIME_WAIT,   TSM_TIMEOUT_2MSL,   TSM_CLOSED},
};

/* What the text of the RFCs adds to the figure. */
static const struct arrow text[] = {
    /* 3.10.7.4: a simultaneous opener's SYN is acknowledged; a third ACK with FIN */
    {TSM_SYN_RCVD,    TSM_RCV_SYN_ACK,    TSM_ESTABLISHED},
    {TSM_SYN_RCVD,    TSM_RCV_FIN,        TSM_CLOSE_WAIT},
    /* 3.10.7.3, 3.10.7.4: refused */
    {TSM_SYN_SENT,    TSM_RCV_REFUSAL,    TSM_CLOSED},
    {TSM_SYN_RCVD,    TSM_RCV_REFUSAL,    TSM_CLOSED},
    /* 3.10.5: ABORT */
    {TSM_SYN_SENT,    TSM_SND_RST,        TSM_CLOSED},
    {TSM_SYN_RCVD,    TSM_SND_RST,        TSM_CLOSED},
    {TSM_ESTABLISHED, TSM_SND_RST,        TSM_CLOSED},
    {TSM_FIN_WAIT_1,  TSM_SND_RST,        TSM_CLOSED},
    {TSM_FIN_WAIT_2,  TSM_SND_RST,        TSM_CLOSED},
    {TSM_CLOSE_WAIT,  TSM_SND_RST,        TSM_CLOSED},
    {TSM_CLOSING,     TSM_SND_RST,        TSM_CLOSED},
    {TSM_LAST_ACK,    TSM_SND_RST,        TSM_CLOSED},
    {TSM_TIME_WAIT,   TSM_SND_RST,        TSM_CLOSED},
    /* 3.10.7.4: reset */
    {TSM_ESTABLISHED, TSM_RCV_RST,        TSM_CLOSED},
    {TSM_FIN_WAIT_1,  TSM_RCV_RST,        TSM_CLOSED},
    {TSM_FIN_WAIT_2,  TSM_RCV_RST,        TSM_CLOSED},
    {TSM_CLOSE_WAIT,  TSM_RCV_RST,        TSM_CLOSED},
    {TSM_CLOSING,     TSM_RCV_RST,        TSM_CLOSED},
    {TSM_LAST_ACK,    TSM_RCV_RST,        TSM_CLOSED},
    {TSM_TIME_WAIT,   TSM_RCV_RST,        TSM_CLOSED},
    /* 3.9.2.2: a hard ICMP error ends an open; RFC 5461: no other, but Linux drops the request */
    {TSM_SYN_SENT,    TSM_RCV_ICMP_ERROR, TSM_CLOSED},
    {TSM_SYN_RCVD,    TSM_RCV_ICMP_ERROR, TSM_LISTEN},
    /* 3.8.3: R2 is over */
    {TSM_SYN_SENT,    TSM_GIVE_UP,        TSM_CLOSED},
    {TSM_SYN_RCVD,    TSM_GIVE_UP,        TSM_LISTEN},
    {TSM_ESTABLISHED, TSM_GIVE_UP,        TSM_CLOSED},
    {TSM_FIN_WAIT_1,  TSM_GIVE_UP,        TSM_CLOSED},
    {TSM_CLOSE_WAIT,  TSM_GIVE_UP,        TSM_CLOSED},
    {TSM_CLOSING,     TSM_GIVE_UP,        TSM_CLOSED},
    {TSM_LAST_ACK,    TSM_GIVE_UP,        TSM_CLOSED},
    {TSM_FIN_WAIT_2,  TSM_TIMEOUT_FIN_WAIT_2, TSM_CLOSED},
    /* 3.6.1, RFC 1122 4.2.2.13: the addresses and ports are used again */
    {TSM_TIME_WAIT,   TSM_SND_SYN,        TSM_SYN_SENT},
    {TSM_SYN_SENT,    TSM_REPLACED,       TSM_CLOSED},
    {TSM_SYN_RCVD,    TSM_REPLACED,       TSM_CLOSED},
    {TSM_ESTABLISHED, TSM_REPLACED,       TSM_CLOSED},
    {TSM_FIN_WAIT_1,  TSM_REPLACED,       TSM_CLOSED},
    {TSM_FIN_WAIT_2,  TSM_REPLACED,       TSM_CLOSED},
    {TSM_CLOSE_WAIT,  TSM_REPLACED,       TSM_CLOSED},
    {TSM_CLOSING,     TSM_REPLACED,       TSM_CLOSED},
    {TSM_LAST_ACK,    TSM_REPLACED,       TSM_CLOSED},
    {TSM_TIME_WAIT,   TSM_REPLACED,       TSM_CLOSED},
};

/* A connection whose start was not captured: what one segment is worth. */
static const struct arrow midstream[] = {
    {TSM_UNKNOWN, TSM_PASSIVE_OPEN,   TSM_LISTEN},
    {TSM_UNKNOWN, TSM_SND_SYN,        TSM_SYN_SENT},
    {TSM_UNKNOWN, TSM_SND_SYN_ACK,    TSM_SYN_RCVD},
    {TSM_UNKNOWN, TSM_RCV_SYN_ACK,    TSM_ESTABLISHED},
    {TSM_UNKNOWN, TSM_RCV_ACK_OF_SYN, TSM_ESTABLISHED},
    {TSM_UNKNOWN, TSM_SND_SEGMENT,    TSM_ESTABLISHED},
    {TSM_UNKNOWN, TSM_RCV_SEGMENT,    TSM_ESTABLISHED},
    {TSM_UNKNOWN, TSM_SND_FIN,        TSM_FIN_WAIT_1},
    {TSM_UNKNOWN, TSM_RCV_FIN,        TSM_CLOSE_WAIT},
    {TSM_UNKNOWN, TSM_SND_RST,        TSM_CLOSED},
    {TSM_UNKNOWN, TSM_RCV_RST,        TSM_CLOSED},
    {TSM_UNKNOWN, TSM_REPLACED,       TSM_CLOSED},
};

// clang-format on

static const struct arrow *find(const struct arrow *arrows, size_t n, enum tsm_state from,
                                enum tsm_event event)
{
    for (size_t i = 0; i < n; i++) {
        if (arrows[i].from == from && arrows[i].event == event) {
            return &arrows[i];
        }
    }
    return NULL;
}

/* The arrow from a state by an event; NULL where the sources have none. */
static const struct arrow *arrow_of(enum tsm_state from, enum tsm_event event)
{
    const struct arrow *arrow = find(figure_5, G_N_ELEMENTS(figure_5), from, event);

    if (arrow == NULL) {
        arrow = find(text, G_N_ELEMENTS(text), from, event);
    }
    return arrow != NULL ? arrow : find(midstream, G_N_ELEMENTS(midstream), from, event);
}

static void test_cell(const void *data)
{
    const unsigned index = GPOINTER_TO_UINT(data);
    const enum tsm_state from = (enum tsm_state)(index / TSM_N_EVENTS);
    const enum tsm_event event = (enum tsm_event)(index % TSM_N_EVENTS);
    const struct tsm_cell *cell = tsm_fsm(from, event);
    const struct arrow *arrow = arrow_of(from, event);

    g_assert_cmpuint(cell->kind, !=, TSM_UNDECIDED);
    g_assert_nonnull(cell->why);
    g_assert_cmpuint(strlen(cell->why), >, 0);
    if (arrow != NULL) {
        g_assert_cmpuint(cell->kind, ==, TSM_EDGE);
        g_assert_cmpstr(tsm_state_name((enum tsm_state)cell->to), ==, tsm_state_name(arrow->to));
        g_assert_nonnull(cell->section);
    } else {
        g_assert_cmpuint(cell->kind, !=, TSM_EDGE);
        g_assert_cmpstr(tsm_state_name((enum tsm_state)cell->to), ==, tsm_state_name(from));
        g_assert_null(cell->section);
    }
    g_assert_cmpuint(tsm_fsm_next(from, event), ==, cell->to);
}

/* The image of one state is its next state, or nothing where the event cannot happen. */
static void test_image_of_one(void)
{
    for (unsigned i = 0; i < TSM_N_STATES * TSM_N_EVENTS; i++) {
        const enum tsm_state from = (enum tsm_state)(i / TSM_N_EVENTS);
        const enum tsm_event event = (enum tsm_event)(i % TSM_N_EVENTS);
        const struct tsm_cell *cell = tsm_fsm(from, event);
        const tsm_state_set expected =
            cell->kind == TSM_NEVER ? 0 : tsm_only((enum tsm_state)cell->to);
        g_assert_cmphex(tsm_fsm_image(tsm_only(from), event), ==, expected);
    }
}

static void test_image_of_set(void)
{
    const tsm_state_set wait = tsm_only(TSM_FIN_WAIT_1) | tsm_only(TSM_FIN_WAIT_2);

    g_assert_cmphex(tsm_fsm_image(0, TSM_RCV_FIN), ==, 0);
    g_assert_cmphex(tsm_fsm_image(wait, TSM_RCV_FIN), ==,
                    tsm_only(TSM_CLOSING) | tsm_only(TSM_TIME_WAIT));
    g_assert_cmphex(tsm_fsm_image(wait, TSM_SND_FIN), ==, tsm_only(TSM_FIN_WAIT_1));
}

/* A path: states in order, and the events between them. */
struct path {
    const char *name;
    enum tsm_state states[8];
    enum tsm_event events[8];
};

// clang-format off
/* The founding article, section 2: the client's path, the server's, and the other migrations; and
 * simultaneous open and close (RFC 9293 figures 7 and 13). */
static const struct path paths[] = {
    {"client",
     {TSM_CLOSED, TSM_SYN_SENT, TSM_ESTABLISHED, TSM_FIN_WAIT_1, TSM_FIN_WAIT_2, TSM_TIME_WAIT,
      TSM_CLOSED},
     {TSM_SND_SYN, TSM_RCV_SYN_ACK, TSM_SND_FIN, TSM_RCV_ACK_OF_FIN, TSM_RCV_FIN,
      TSM_TIMEOUT_2MSL, TSM_N_EVENTS}},
    {"server",
     {TSM_CLOSED, TSM_LISTEN, TSM_SYN_RCVD, TSM_ESTABLISHED, TSM_CLOSE_WAIT, TSM_LAST_ACK,
      TSM_CLOSED},
     {TSM_PASSIVE_OPEN, TSM_RCV_SYN, TSM_RCV_ACK_OF_SYN, TSM_RCV_FIN, TSM_SND_FIN,
      TSM_RCV_ACK_OF_FIN, TSM_N_EVENTS}},
    {"listen-to-syn-sent",   {TSM_LISTEN, TSM_SYN_SENT},     {TSM_SND_SYN, TSM_N_EVENTS}},
    {"syn-sent-to-syn-rcvd", {TSM_SYN_SENT, TSM_SYN_RCVD},   {TSM_RCV_SYN, TSM_N_EVENTS}},
    {"syn-sent-to-closed",   {TSM_SYN_SENT, TSM_CLOSED},     {TSM_GIVE_UP, TSM_N_EVENTS}},
    {"syn-rcvd-to-listen",   {TSM_SYN_RCVD, TSM_LISTEN},     {TSM_RCV_RST, TSM_N_EVENTS}},
    {"syn-rcvd-to-fin-wait-1", {TSM_SYN_RCVD, TSM_FIN_WAIT_1}, {TSM_SND_FIN, TSM_N_EVENTS}},
    {"simultaneous-open",
     {TSM_CLOSED, TSM_SYN_SENT, TSM_SYN_RCVD, TSM_SYN_RCVD, TSM_ESTABLISHED},
     {TSM_SND_SYN, TSM_RCV_SYN, TSM_SND_SYN_ACK, TSM_RCV_SYN_ACK, TSM_N_EVENTS}},
    {"simultaneous-close",
     {TSM_ESTABLISHED, TSM_FIN_WAIT_1, TSM_CLOSING, TSM_TIME_WAIT, TSM_CLOSED},
     {TSM_SND_FIN, TSM_RCV_FIN, TSM_RCV_ACK_OF_FIN, TSM_TIMEOUT_2MSL, TSM_N_EVENTS}},
    {"three-segment-close", /* figure 5, note 2: one segment, two events */
     {TSM_ESTABLISHED, TSM_FIN_WAIT_1, TSM_FIN_WAIT_2, TSM_TIME_WAIT},
     {TSM_SND_FIN, TSM_RCV_ACK_OF_FIN, TSM_RCV_FIN, TSM_N_EVENTS}},
};
// clang-format on

static void test_path(const void *data)
{
    const struct path *path = data;
    enum tsm_state state = path->states[0];

    for (unsigned i = 0; path->events[i] != TSM_N_EVENTS; i++) {
        state = tsm_fsm_next(state, path->events[i]);
        g_assert_cmpstr(tsm_state_name(state), ==, tsm_state_name(path->states[i + 1]));
    }
}

/* Every state but UNKNOWN can be reached from CLOSED, and CLOSED from every state. */
static void test_reachable(void)
{
    tsm_state_set there = tsm_only(TSM_CLOSED), before;

    do {
        before = there;
        for (unsigned e = 0; e < TSM_N_EVENTS; e++) {
            there |= tsm_fsm_image(there, (enum tsm_event)e);
        }
    } while (there != before);
    g_assert_cmphex(there | tsm_only(TSM_UNKNOWN), ==, (1u << TSM_N_STATES) - 1);
}

static void test_names(void)
{
    g_assert_cmpstr(tsm_event_name(TSM_RCV_ACK_OF_FIN), ==, "RCV_ACK_OF_FIN");
    g_assert_cmpstr(tsm_event_name(TSM_TIMEOUT_2MSL), ==, "TIMEOUT_2MSL");
    g_assert_cmpstr(tsm_event_name(TSM_N_EVENTS), ==, "");
}

static void add_cells(void)
{
    for (unsigned s = 0; s < TSM_N_STATES; s++) {
        for (unsigned e = 0; e < TSM_N_EVENTS; e++) {
            g_autofree char *name = g_strdup_printf("/fsm/%s/%s", tsm_state_name((enum tsm_state)s),
                                                    tsm_event_name((enum tsm_event)e));
            g_test_add_data_func(name, GUINT_TO_POINTER(s * TSM_N_EVENTS + e), test_cell);
        }
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add_cells();
    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_autofree char *name = g_strdup_printf("/fsm/path/%s", paths[i].name);
        g_test_add_data_func(name, &paths[i], test_path);
    }
    g_test_add_func("/fsm/image/one", test_image_of_one);
    g_test_add_func("/fsm/image/set", test_image_of_set);
    g_test_add_func("/fsm/reachable", test_reachable);
    g_test_add_func("/fsm/names", test_names);
    return g_test_run();
}
