/* story_diagram_test.c - postproc/report/state_diagram.c: the way of both ends through the diagram.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "state_diagram.h"
#include "stories.h"

static char *drawn(const enum tsm_state *client, guint n)
{
    g_autoptr(Story) story = story_new("x", NULL);
    const struct tsm_tuple tuple = stories_tuple(1, 1000, 2, 80);
    const guint stream = stories_add(story, &tuple, 100);
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < n; i++) {
        stories_state(story, stream, TSM_CLIENT, 100 + i, client[i]);
    }
    stories_state(story, stream, TSM_SERVER, 100, TSM_LISTEN);
    stories_state(story, stream, TSM_SERVER, 101, TSM_SYN_RCVD);
    state_diagram(story, story_connection(story, 0), text);
    return g_string_free(text, FALSE);
}

static void test_steps(void)
{
    const enum tsm_state way[] = {TSM_SYN_SENT,   TSM_ESTABLISHED, TSM_FIN_WAIT_1,
                                  TSM_FIN_WAIT_2, TSM_TIME_WAIT,   TSM_CLOSED};
    g_autofree char *text = drawn(way, G_N_ELEMENTS(way));

    g_assert_nonnull(strstr(text, " c1 SYN_SENT "));
    g_assert_nonnull(strstr(text, " c2 ESTABLISHED "));
    g_assert_nonnull(strstr(text, " c5 TIME_WAIT "));
    g_assert_nonnull(strstr(text, " LISTEN s1"));
    g_assert_nonnull(strstr(text, " SYN_RCVD s2"));
    g_assert_nonnull(strstr(text, "client (c): SYN_SENT, ESTABLISHED, FIN_WAIT_1, FIN_WAIT_2, "));
    g_assert_nonnull(strstr(text, "server (s): LISTEN, SYN_RCVD\n"));
    g_assert_null(strchr(text, '['));
}

/* Each state but UNKNOWN is in the diagram, and no line is longer than 80 columns. */
static void test_all_states(void)
{
    const enum tsm_state way[] = {TSM_CLOSED};
    g_autofree char *text = drawn(way, 1);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    for (unsigned state = TSM_UNKNOWN + 1; state < TSM_N_STATES; state++) {
        g_assert_nonnull(strstr(text, tsm_state_name((enum tsm_state)state)));
    }
    for (char **line = lines; *line != NULL; line++) {
        g_assert_cmpuint(strlen(*line), <=, 80);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/diagram/steps", test_steps);
    g_test_add_func("/diagram/all-states", test_all_states);
    return g_test_run();
}
