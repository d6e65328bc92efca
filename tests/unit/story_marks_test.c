/* story_marks_test.c - postproc/story/marks.c: the kinds that a segment counts for.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "marks.h"

#include <glib.h>

#define K(name) (UINT64_C(1) << MARK_##name)

static const struct {
    const char *name;
    struct tsm_record_segment segment;
    uint64_t want;
} rows[] = {
    {"nothing", {0}, 0},
    {"ACK", {.flags = TSM_ACK}, 0},
    {"SYN", {.flags = TSM_SYN}, K(SYN)},
    {"SYN with ECN", {.flags = TSM_SYN | 0xc0}, K(SYN)},
    {"SYN-ACK", {.flags = TSM_SYN | TSM_ACK}, K(SYN_ACK)},
    {"SYN with RST", {.flags = TSM_SYN | TSM_RST}, K(RST) | K(BAD_RST)},
    {"SYN-ACK with RST", {.flags = TSM_SYN | TSM_ACK | TSM_RST}, K(RST) | K(BAD_RST)},
    {"SYN with FIN", {.flags = TSM_SYN | TSM_FIN}, K(SYN) | K(FIN)},
    {"RST-ACK", {.flags = TSM_RST | TSM_ACK}, K(RST)},
    {"RST with FIN", {.flags = TSM_RST | TSM_FIN}, K(RST) | K(BAD_RST)},
    {"third ACK", {.flags = TSM_ACK, .open_step = 3}, K(THIRD_ACK)},
    {"third ACK that closes",
     {.flags = TSM_ACK | TSM_FIN, .open_step = 3, .close_steps = TSM_CLOSE_1},
     K(THIRD_ACK) | K(FIN)},
    {"ACK of the first FIN", {.flags = TSM_ACK, .close_steps = TSM_CLOSE_2}, K(ACK_OF_FIN)},
    {"the other FIN, with the ACK",
     {.flags = TSM_ACK | TSM_FIN, .close_steps = TSM_CLOSE_2 | TSM_CLOSE_3},
     K(FIN) | K(ACK_OF_FIN)},
    {"last ACK", {.flags = TSM_ACK, .close_steps = TSM_CLOSE_4}, K(ACK_OF_FIN)},
    {"ACK for a SYN",
     {.flags = TSM_ACK,
      .sender = TSM_SERVER,
      .notes = TSM_NOTE_BAD_ACK,
      .state = {TSM_SYN_SENT, TSM_ESTABLISHED}},
     TSM_NOTE_BAD_ACK | K(ACK_FOR_SYN)},
    {"bad ACK of the one in SYN_SENT",
     {.flags = TSM_ACK,
      .sender = TSM_CLIENT,
      .notes = TSM_NOTE_BAD_ACK,
      .state = {TSM_SYN_SENT, TSM_ESTABLISHED}},
     TSM_NOTE_BAD_ACK},
    {"bad RST for a SYN",
     {.flags = TSM_ACK | TSM_RST,
      .sender = TSM_SERVER,
      .notes = TSM_NOTE_BAD_ACK,
      .state = {TSM_SYN_SENT, TSM_CLOSED}},
     TSM_NOTE_BAD_ACK | K(RST)},
    {"keep-alive", {.flags = TSM_ACK, .action = TSM_ACT_KEEP_ALIVE}, K(KEEP_ALIVE)},
    {"probe", {.flags = TSM_ACK, .action = TSM_ACT_ZERO_WINDOW_PROBE}, K(WINDOW_PROBE)},
    {"captured twice", /* counts for its note alone */
     {.flags = TSM_SYN, .action = TSM_ACT_DUPLICATE, .notes = TSM_NOTE_DUPLICATE},
     TSM_NOTE_DUPLICATE},
    {"quoted by an ICMP error", {.flags = TSM_SYN, .action = TSM_ACT_ICMP_ERROR}, 0},
};

static void test_marks(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_test_message("%s", rows[i].name);
        g_assert_cmphex(marks_of(&rows[i].segment), ==, rows[i].want);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/marks", test_marks);
    return g_test_run();
}
