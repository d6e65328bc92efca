/* tsm_state_test.c - names of states, the spellings of other tools, sets as text, phases.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>
#include <string.h>

#include "tsm_state.h"

// clang-format off
/* How RFC 9293, netstat, ss and people write the states. */
static const struct {
    const char *spelling;
    enum tsm_state state;
} spellings[] = {
    {"ESTABLISHED",  TSM_ESTABLISHED}, {"established",  TSM_ESTABLISHED},
    {"ESTAB",    TSM_ESTABLISHED},
    {"SYN-SENT",     TSM_SYN_SENT},    {"SYN_SENT",     TSM_SYN_SENT},
    {"syn-sent", TSM_SYN_SENT},
    {"SYN-RECEIVED", TSM_SYN_RCVD},    {"SYN_RECV",     TSM_SYN_RCVD},
    {"SYN-RECV", TSM_SYN_RCVD},
    {"SYN_RCVD",     TSM_SYN_RCVD},    {"Syn_Received", TSM_SYN_RCVD},
    {"FIN-WAIT-1",   TSM_FIN_WAIT_1},  {"FIN_WAIT1",    TSM_FIN_WAIT_1},
    {"fin_wait_1", TSM_FIN_WAIT_1},
    {"FIN-WAIT-2",   TSM_FIN_WAIT_2},  {"FIN_WAIT2",    TSM_FIN_WAIT_2},
    {"CLOSE-WAIT",   TSM_CLOSE_WAIT},  {"CLOSE_WAIT",   TSM_CLOSE_WAIT},
    {"CLOSING",      TSM_CLOSING},     {"LAST-ACK",     TSM_LAST_ACK},
    {"LAST_ACK", TSM_LAST_ACK},
    {"TIME-WAIT",    TSM_TIME_WAIT},   {"TIME_WAIT",    TSM_TIME_WAIT},
    {"CLOSED",       TSM_CLOSED},      {"CLOSE",        TSM_CLOSED},
    {"UNCONN",       TSM_CLOSED},
    {"LISTEN",       TSM_LISTEN},      {"LISTENING",    TSM_LISTEN},      {"UNKNOWN", TSM_UNKNOWN},
};

static const char *const not_states[] = {
    "", " ", "ESTABLISHED ", " ESTABLISHED", "ESTABLISHE", "FIN_WAIT", "FIN_WAIT_3", "SYN", "_",
    "TIMEWAIT", "a text much longer than any name of a state could be", "CLOSED,LISTEN",
};

static const struct {
    enum tsm_state client, server;
    enum tsm_phase phase;
} phases[] = {
    {TSM_UNKNOWN,     TSM_UNKNOWN,     TSM_OPENING},
    {TSM_SYN_SENT,    TSM_LISTEN,      TSM_OPENING},
    {TSM_SYN_SENT,    TSM_CLOSED,      TSM_OPENING},
    {TSM_ESTABLISHED, TSM_SYN_RCVD,    TSM_OPENING},
    {TSM_SYN_RCVD,    TSM_SYN_RCVD,    TSM_OPENING},
    {TSM_ESTABLISHED, TSM_ESTABLISHED, TSM_RUNNING},
    {TSM_FIN_WAIT_1,  TSM_ESTABLISHED, TSM_CLOSING_DOWN},
    {TSM_FIN_WAIT_2,  TSM_CLOSE_WAIT,  TSM_CLOSING_DOWN},
    {TSM_CLOSING,     TSM_CLOSING,     TSM_CLOSING_DOWN},
    {TSM_TIME_WAIT,   TSM_LAST_ACK,    TSM_CLOSING_DOWN},
    {TSM_TIME_WAIT,   TSM_CLOSED,      TSM_OVER},
    {TSM_TIME_WAIT,   TSM_TIME_WAIT,   TSM_OVER},
    {TSM_CLOSED,      TSM_CLOSED,      TSM_OVER},
    {TSM_CLOSED,      TSM_LISTEN,      TSM_OVER},
};
// clang-format on

static void test_names(void)
{
    for (unsigned s = 0; s < TSM_N_STATES; s++) {
        const char *name = tsm_state_name((enum tsm_state)s);
        enum tsm_state back = TSM_N_STATES;
        g_assert_true(tsm_state_parse(name, &back));
        g_assert_cmpuint(back, ==, s);
    }
    g_assert_cmpstr(tsm_state_name(TSM_FIN_WAIT_1), ==, "FIN_WAIT_1");
    g_assert_cmpstr(tsm_state_name(TSM_N_STATES), ==, "UNKNOWN");
    g_assert_cmpstr(tsm_side_name(TSM_CLIENT), ==, "client");
    g_assert_cmpstr(tsm_side_name(TSM_SERVER), ==, "server");
}

/* The order has a meaning: state >= ESTABLISHED is synchronized, >= FIN_WAIT_1 is closing. */
static void test_order(void)
{
    g_assert_cmpint(TSM_CLOSED, <, TSM_LISTEN);
    g_assert_cmpint(TSM_LISTEN, <, TSM_SYN_SENT);
    g_assert_cmpint(TSM_SYN_RCVD, <, TSM_ESTABLISHED);
    g_assert_cmpint(TSM_ESTABLISHED, <, TSM_FIN_WAIT_1);
    g_assert_cmpint(TSM_N_STATES, ==, 12);
}

static void test_spellings(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(spellings); i++) {
        enum tsm_state state = TSM_N_STATES;
        g_assert_true(tsm_state_parse(spellings[i].spelling, &state));
        g_assert_cmpstr(tsm_state_name(state), ==, tsm_state_name(spellings[i].state));
    }
}

static void test_not_states(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(not_states); i++) {
        enum tsm_state state = TSM_LAST_ACK;
        g_assert_false(tsm_state_parse(not_states[i], &state));
        g_assert_cmpuint(state, ==, TSM_LAST_ACK);
    }
}

static void test_basis(void)
{
    for (unsigned b = 0; b < TSM_N_BASES; b++) {
        enum tsm_basis back = TSM_N_BASES;
        g_assert_true(tsm_basis_parse(tsm_basis_name((enum tsm_basis)b), &back));
        g_assert_cmpuint(back, ==, b);
    }
    enum tsm_basis basis = TSM_TIMED;
    g_assert_false(tsm_basis_parse("guessed", &basis));
    g_assert_cmpuint(basis, ==, TSM_TIMED);
    g_assert_cmpstr(tsm_basis_name(TSM_N_BASES), ==, "assumed");
}

static void test_sets(void)
{
    const tsm_state_set set = tsm_only(TSM_CLOSE_WAIT) | tsm_only(TSM_ESTABLISHED);
    char text[TSM_SET_TEXT];

    g_assert_true(tsm_contains(set, TSM_CLOSE_WAIT));
    g_assert_false(tsm_contains(set, TSM_CLOSED));
    g_assert_cmpstr(tsm_set_text(set, text, sizeof text), ==, "ESTABLISHED,CLOSE_WAIT");
    g_assert_cmpstr(tsm_set_text(0, text, sizeof text), ==, "");
    g_assert_cmpstr(tsm_set_text(tsm_only(TSM_TIME_WAIT), text, sizeof text), ==, "TIME_WAIT");
}

/* All states fit, and what does not fit is cut at a whole name, at every size. */
static void test_sets_cut(void)
{
    const tsm_state_set all = (1u << TSM_N_STATES) - 1;
    char whole[TSM_SET_TEXT];

    tsm_set_text(all, whole, sizeof whole);
    g_assert_true(g_str_has_suffix(whole, ",TIME_WAIT"));
    for (unsigned size = 1; size <= sizeof whole; size++) {
        g_autofree char *text = g_malloc(size);
        tsm_set_text(all, text, size);
        const size_t n = strlen(text);
        g_assert_cmpuint(n, <, size);
        g_assert_cmpint(strncmp(text, whole, n), ==, 0);
        g_assert_true(whole[n] == ',' || whole[n] == '\0' || n == 0);
    }
}

static void test_phases(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(phases); i++) {
        g_assert_cmpstr(tsm_phase_name(tsm_phase_of(phases[i].client, phases[i].server)), ==,
                        tsm_phase_name(phases[i].phase));
        g_assert_cmpstr(tsm_phase_name(tsm_phase_of(phases[i].client, phases[i].server)), !=, "");
    }
}

static void test_other(void)
{
    g_assert_cmpint(tsm_other(TSM_CLIENT), ==, TSM_SERVER);
    g_assert_cmpint(tsm_other(TSM_SERVER), ==, TSM_CLIENT);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/state/names", test_names);
    g_test_add_func("/state/order", test_order);
    g_test_add_func("/state/spellings", test_spellings);
    g_test_add_func("/state/not-states", test_not_states);
    g_test_add_func("/state/basis", test_basis);
    g_test_add_func("/state/sets", test_sets);
    g_test_add_func("/state/sets-cut", test_sets_cut);
    g_test_add_func("/state/phases", test_phases);
    g_test_add_func("/state/other", test_other);
    return g_test_run();
}
