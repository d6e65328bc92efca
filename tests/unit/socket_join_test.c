/* socket_join_test.c - postproc/host: a host's list joined with a story, and what it means.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "socket_join.h"
#include "socket_meaning.h"
#include "stories.h"

#define S 1000000000LL
#define END (400 * S)

/* The server's end is 10.0.0.2:80, the client's 10.0.0.1:PORT. */
static guint connect_from(Story *story, uint16_t port, int64_t ns, enum tsm_state client,
                          enum tsm_state server)
{
    const struct tsm_tuple tuple = stories_tuple(1, port, 2, 80);
    const guint stream = stories_add(story, &tuple, ns);

    stories_state(story, stream, TSM_CLIENT, ns, client);
    stories_state(story, stream, TSM_SERVER, ns, server);
    return stream;
}

/* Its handshake was seen. */
static void open_all(Story *story, guint stream)
{
    const struct tsm_record record = {
        .type = TSM_RECORD_TOTALS,
        .u.totals = {.stream = stream, .start_ns = S, .end_ns = S, .setup_ns = -1, .steps = 7},
    };

    stories_record(story, &record);
}

/* The client resets it, which the server's end is presumed to know. */
static void reset(Story *story, guint stream, int64_t ns)
{
    struct tsm_record record = {
        .type = TSM_RECORD_CHANGE,
        .u.change = {stream,
                     {.at_ns = ns,
                      .from_ns = ns,
                      .possible = tsm_only(TSM_CLOSED),
                      .state = TSM_CLOSED,
                      .side = TSM_CLIENT,
                      .cause = TSM_SND_RST}},
    };

    stories_record(story, &record);
    record.u.change.change.side = TSM_SERVER;
    record.u.change.change.cause = TSM_RCV_RST;
    stories_record(story, &record);
}

/* Joins a list; the rows as "verdict meaning", in their order. */
static GPtrArray *join(const Story *story, const char *list, char **warning)
{
    g_autofree char *text = g_strdup(list);
    g_autoptr(SocketList) sockets = socket_list_parse(text, strlen(text), "list", NULL);
    const struct socket_join join = {
        .list = sockets, .story = story, .ns = END, .frame = UINT32_MAX};
    g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(struct socket_row));
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);

    *warning = socket_join(&join, rows);
    for (guint i = 0; i < rows->len; i++) {
        const struct socket_row *row = &g_array_index(rows, struct socket_row, i);
        GString *line = g_string_new(socket_verdict_word(row->meaning->verdict));
        g_string_append_c(line, ' ');
        socket_meaning_text(row, line);
        g_ptr_array_add(lines, g_string_free(line, FALSE));
    }
    return lines;
}

static Story *story(void)
{
    Story *made = story_new("x", NULL);

    stories_capture(made, 0, END);
    return made;
}

static void check(const Story *story, const char *list, const char *const *want)
{
    g_autofree char *warning = NULL;
    g_autoptr(GPtrArray) lines = join(story, list, &warning);

    g_assert_null(warning);
    g_assert_cmpuint(lines->len, ==, g_strv_length((char **)want));
    for (guint i = 0; i < lines->len; i++) {
        if (!g_str_has_prefix(g_ptr_array_index(lines, i), want[i])) {
            g_error("'%s', not '%s'", (char *)g_ptr_array_index(lines, i), want[i]);
        }
    }
}

/* The founding article's fake ESTABLISHED, 312 s after the RST; right after it nobody knows. */
static void test_fake(void)
{
    g_autoptr(Story) made = story();

    reset(made, connect_from(made, 1, S, TSM_ESTABLISHED, TSM_ESTABLISHED), END - 312 * S);
    reset(made, connect_from(made, 2, S, TSM_ESTABLISHED, TSM_ESTABLISHED), END - S / 2);
    check(
        made,
        "ESTAB 0 0 10.0.0.2:80 10.0.0.1:1\n"
        "ESTAB 0 0 [::ffff:10.0.0.2]:80 [::ffff:10.0.0.1]:2\n",
        (const char *[]){"conflict ESTABLISHED on this host, but the peer has reset it 5 min 12 s "
                         "ago and the RST was lost",
                         "explained a state changed less than a second before", NULL});
}

/* What either side does not have; a later connection on the same ends counts, one after the moment
 * does not. */
static void test_missing(void)
{
    g_autoptr(Story) made = story();

    connect_from(made, 1, S, TSM_ESTABLISHED, TSM_ESTABLISHED);
    connect_from(made, 2, S, TSM_CLOSED, TSM_CLOSED);
    connect_from(made, 2, 2 * S, TSM_ESTABLISHED, TSM_ESTABLISHED);
    connect_from(made, 3, END + S, TSM_ESTABLISHED, TSM_ESTABLISHED);
    check(made,
          "ESTAB 0 0 10.0.0.2:80 10.0.0.1:2\n"
          "ESTAB 0 0 10.0.0.2:80 10.0.0.9:7\n"
          "SYN-SENT 0 1 127.0.0.1:5 127.0.0.1:6\n",
          (const char *[]){"agree ", "unseen nothing of it in a capture of 6 min 40 s",
                           "unseen loopback", "gone ESTABLISHED by the capture", NULL});
}

/* Of a list that is cut nobody knows what it does not have. */
static void test_cut(void)
{
    g_autoptr(Story) made = story();

    connect_from(made, 1, S, TSM_ESTABLISHED, TSM_ESTABLISHED);
    check(made, "ESTAB 0 0 10.0.0.2:80 10.0.0.1:2\nESTAB 0 0 10.0",
          (const char *[]){"unseen ", "explained it is not in the list", NULL});
}

/* All bound to any address: the only server that has such a port, or nobody knows. */
static void test_which_host(void)
{
    g_autoptr(Story) made = story();
    g_autofree char *warning = NULL;
    g_autofree char *other = NULL;
    const struct tsm_tuple second = stories_tuple(1, 9, 3, 80);

    open_all(made, connect_from(made, 1, S, TSM_ESTABLISHED, TSM_ESTABLISHED));
    g_autoptr(GPtrArray) one = join(made, "LISTEN 0 5 *:80 *:*\n", &warning);
    g_assert_null(warning);
    g_assert_cmpuint(one->len, ==, 2);
    g_assert_true(g_str_has_prefix(g_ptr_array_index(one, 1), "gone "));
    open_all(made, stories_add(made, &second, S));
    g_autoptr(GPtrArray) lines = join(made, "LISTEN 0 5 *:80 *:*\n", &warning);
    g_assert_nonnull(strstr(warning, "--host ADDRESS"));
    g_autoptr(GPtrArray) far = join(made, "ESTAB 0 0 192.0.2.1:80 192.0.2.2:1\n", &other);
    g_assert_nonnull(strstr(other, "no address of the list is in the capture"));
}

/* Times at the bounds of what can be; text has no place left in braces. */
static void test_hostile(void)
{
    g_autoptr(Story) made = story();
    g_autofree char *warning = NULL;

    connect_from(made, 1, INT64_MIN, TSM_FIN_WAIT_1, TSM_CLOSE_WAIT);
    for (unsigned state = TSM_CLOSED; state < TSM_N_STATES; state++) {
        g_autofree char *line =
            g_strdup_printf("%s 9 9 10.0.0.2:80 10.0.0.1:1\n", tsm_state_name(state));
        g_autoptr(GPtrArray) lines = join(made, line, &warning);
        g_assert_null(strchr(g_ptr_array_index(lines, 0), '{'));
        g_clear_pointer(&warning, g_free);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/socket_join/fake", test_fake);
    g_test_add_func("/socket_join/missing", test_missing);
    g_test_add_func("/socket_join/cut", test_cut);
    g_test_add_func("/socket_join/which_host", test_which_host);
    g_test_add_func("/socket_join/hostile", test_hostile);
    return g_test_run();
}
