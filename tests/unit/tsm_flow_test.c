/* tsm_flow_test.c - conn_state, history and byte counts of flows, from segments to rows.
 *
 * Segments are written in short: "> S" is a SYN of the client, "< SA" a SYN-ACK of the server. A
 * word is a direction, flags (S, A, F, R), and perhaps +N (data bytes), @N (sequence number, the
 * SYN being 0; otherwise the next one), #N (acknowledgment; otherwise all that was sent), w (window
 * 0), c (its data were not captured), n (the receiver does not take it), o (the engine says that
 * the sender is open). ~N waits N seconds.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "traffic.h"
#include "tsm_flow.h"

#define NS_PER_S G_GINT64_CONSTANT(1000000000)
#define OPENING ">S <SA >A "
#define CLOSING " >FA <A <FA >A"

/* A replay: the flow, the flows before it, and what the ends would send next. */
struct replay {
    struct tsm_flow flow;
    struct tsm_flow ended[4];
    unsigned n_ended;
    int64_t now_ns;
    uint32_t frame;
    uint32_t next[2];
};

static const uint32_t isn[2] = {0xfffffff0u, 5000}; /* the client's wraps */

static uint32_t number_after(const char **at)
{
    char *end;
    const unsigned long number = strtoul(*at + 1, &end, 10);

    *at = end - 1;
    return (uint32_t)number;
}

/* What follows the direction. */
static void read_word(struct replay *replay, const char *at, struct tsm_segment *seg,
                      struct tsm_verdict *verdict)
{
    static const char flags[] = "FSRPA"; /* in the order of their bits */
    const enum tsm_side side = (enum tsm_side)verdict->sender;

    for (; *at != '\0'; at++) {
        if (strchr(flags, *at) != NULL) {
            seg->flags |= (uint16_t)(1u << (strchr(flags, *at) - flags));
        } else if (*at == '+') {
            seg->payload = number_after(&at);
        } else if (*at == '@') {
            seg->seq = isn[side] + number_after(&at);
        } else if (*at == '#') {
            seg->ack = isn[tsm_other(side)] + number_after(&at);
        } else if (*at == 'w') {
            seg->window = 0;
        } else if (*at == 'c') {
            seg->cut = 1;
        } else if (*at == 'o') {
            verdict->after[side].state = TSM_ESTABLISHED;
        } else {
            g_assert_cmpint(*at, ==, 'n');
            verdict->notes = TSM_NOTE_RST_IGNORED;
        }
    }
    if (verdict->notes == 0) {
        replay->next[side] = MAX(seg->seq - isn[side] + tsm_segment_span(seg), replay->next[side]);
    }
}

static void feed(struct replay *replay, const char *word)
{
    const enum tsm_side side = word[0] == '>' ? TSM_CLIENT : TSM_SERVER;
    struct tsm_segment seg = {
        .time_ns = replay->now_ns,
        .frame = ++replay->frame,
        .seq = isn[side] + replay->next[side],
        .ack = isn[tsm_other(side)] + replay->next[tsm_other(side)],
        .window = 1000,
        .ip_bytes = 40,
    };
    struct tsm_verdict verdict = {.sender = (uint8_t)side};
    struct tsm_flow ended;

    read_word(replay, word + 1, &seg, &verdict);
    if (tsm_flow_feed(&replay->flow, &seg, &verdict, &ended)) {
        g_assert_cmpuint(replay->n_ended, <, G_N_ELEMENTS(replay->ended));
        replay->ended[replay->n_ended++] = ended;
    }
    replay->now_ns += 1000000;
}

static struct replay play(const char *script)
{
    struct replay replay = {.now_ns = NS_PER_S};
    g_auto(GStrv) words = g_strsplit(script, " ", -1);

    for (char **word = words; *word != NULL; word++) {
        if ((*word)[0] == '~') {
            replay.now_ns += NS_PER_S * atoi(*word + 1);
        } else if ((*word)[0] != '\0') {
            feed(&replay, *word);
        }
    }
    return replay;
}

// clang-format off
/* Flows that are all of a connection. */
static const struct {
    const char *name;
    const char *script;
    const char *conn_state, *history;
    uint64_t bytes[2], missed[2];
} cases[] = {
    /* how it ends */
    {"S0",         ">S >S",                            "S0",     "S",          {0, 0},    {0, 0}},
    {"S1",         OPENING ">A+5 <A",                  "S1",     "ShADa",      {5, 0},    {0, 0}},
    {"S1/half",    ">S <SA",                           "S1",     "Sh",         {0, 0},    {0, 0}},
    {"SF",         OPENING ">A+5 <A <A+7" CLOSING,     "SF",     "ShADadFf",   {5, 7},    {0, 0}},
    {"S2",         OPENING ">FA <A",                   "S2",     "ShAFa",      {0, 0},    {0, 0}},
    {"S3",         OPENING "<FA >A",                   "S3",     "ShAf",       {0, 0},    {0, 0}},
    {"REJ",        ">S <RA",                           "REJ",    "Sr",         {0, 0},    {0, 0}},
    {"REJ/both",   ">S <RA >R",                        "REJ",    "SrR",        {0, 0},    {0, 0}},
    {"RSTO",       OPENING ">A+5 >RA",                 "RSTO",   "ShADR",      {5, 0},    {0, 0}},
    {"RSTR",       OPENING ">A+5 <R",                  "RSTR",   "ShADr",      {5, 0},    {0, 0}},
    {"RSTR/both",  OPENING ">A+5 <RA >R",              "RSTR",   "ShADrR",     {5, 0},    {0, 0}},
    {"RSTOS0",     ">S >R",                            "RSTOS0", "SR",         {0, 0},    {0, 0}},
    {"RSTOS0/ack", ">S <A >R@0n",                      "RSTOS0", "SaR",        {0, 0},    {0, 0}},
    {"RSTRH",      "<SA <RA",                          "RSTRH",  "^hr",        {0, 0},    {0, 0}},
    {"SH",         ">S >A+9 >FA",                      "SH",     "SDF",        {9, 0},    {0, 0}},
    {"SHR",        "<SA <FA",                          "SHR",    "^hf",        {0, 0},    {0, 0}},
    {"OTH",        ">A@50+10 <A",                      "OTH",    "Da",         {10, 0},   {0, 0}},
    {"OTH/rst",    ">R@50",                            "OTH",    "R",          {0, 0},    {0, 0}},
    /* RST and FIN */
    {"rst-after-fin",        OPENING ">FA >RA",                "RSTO", "ShAFR",    {0, 0}, {0, 0}},
    {"rst-between-fins",     OPENING ">FA >RA <FA",            "SF",   "ShAFRf",   {0, 0}, {0, 0}},
    {"rst-after-fins",       OPENING ">FA <FA >R",             "SF",   "ShAFfR",   {0, 0}, {0, 0}},
    {"rst-not-taken",        OPENING "<R@9000n >A+5 <A",       "S1",   "ShArDa",   {5, 0}, {0, 0}},
    {"rst-forged",           OPENING ">R >A+5o <A" CLOSING,    "SF",   "ShARDaFf", {5, 0}, {0, 0}},
    {"missing-syn",          "<SA >A >A+3 <A" CLOSING,         "SF",   "^hADaFf",  {3, 0}, {0, 0}},
    {"midstream-closed",     ">A@50+10 <A" CLOSING,            "SF",   "DaFfA",    {10, 0}, {0, 0}},
    /* letters */
    {"letters-once",         OPENING ">A+5 <A >A+5 <A <SA@0",  "S1",   "ShADa",    {10, 0}, {0, 0}},
    {"fin-moved",            OPENING ">FA >FA@9",              "S2",   "ShAFF",    {8, 0}, {0, 0}},
    {"rst-moved",            OPENING ">R >R >R@8",             "RSTO", "ShARR",    {0, 0}, {0, 0}},
    {"inconsistent",         OPENING ">FRA",                   "RSTO", "ShAI",     {0, 0}, {0, 0}},
    {"many-flags",           ">SF",                            "SH",   "Q",        {0, 0}, {0, 0}},
    {"repeats",              OPENING ">A+5 >A@1+5 >A@1+5",     "S1",   "ShADT",    {5, 0}, {0, 0}},
    {"repeats-10", OPENING ">A+5 >A@1+5 >A@1+5 >A@1+5 >A@1+5 >A@1+5 >A@1+5 >A@1+5 >A@1+5 >A@1+5"
                   " <A >A@1+5",                               "S1",   "ShADTaT",  {5, 0}, {0, 0}},
    {"window",               OPENING ">A+5 <Aw <Aw",           "S1",   "ShADaw",   {5, 0}, {0, 0}},
    {"window-after-fin",     OPENING ">FA <Aw <RAw",           "RSTR", "ShAFar",   {0, 0}, {0, 0}},
    {"nothing",              ">",                              "OTH",  "",         {0, 0}, {0, 0}},
    /* holes */
    {"lost",           OPENING ">A@11+10 <A#21",              "S1",   "ShADaG",   {20, 0}, {10, 0}},
    {"lost-end",       OPENING ">A+10 <A#31" " >A@31+1 <A#32", "S1",  "ShADaG",   {31, 0}, {20, 0}},
    {"lost-before-fin", OPENING ">FA@11 <A#12 <FA >A",        "SF",   "ShAFaGf",  {10, 0}, {10, 0}},
    {"reordered",       OPENING ">A@11+10 >A@1+10 <A#21",      "S1",   "ShADTa",   {20, 0}, {0, 0}},
    {"not-captured",   OPENING ">A+10c <A#11 >A+10 <A",       "S1",   "ShADaG",   {20, 0}, {10, 0}},
    {"lost-midstream",  ">A@50+10 <A >A@80+10 <A",             "OTH",  "Da",       {40, 0}, {0, 0}},
    {"two-holes",      OPENING ">A@11+10 >A@31+10 <A#41",     "S1",   "ShADaG",   {40, 0}, {20, 0}},
};
// clang-format on

static void test_case(const void *data)
{
    const unsigned i = GPOINTER_TO_UINT(data);
    const struct replay replay = play(cases[i].script);

    g_assert_cmpuint(replay.n_ended, ==, 0);
    g_assert_cmpstr(replay.flow.history, ==, cases[i].history);
    g_assert_cmpstr(tsm_conn_state_name(tsm_flow_conn_state(&replay.flow)), ==,
                    cases[i].conn_state);
    for (enum tsm_side side = TSM_CLIENT; side <= TSM_SERVER; side++) {
        g_assert_cmpuint(tsm_flow_bytes(&replay.flow, side), ==, cases[i].bytes[side]);
        g_assert_cmpuint(replay.flow.end[side].missed, ==, cases[i].missed[side]);
    }
}

// clang-format off
/* Connections of which Zeek makes several rows: the states of all flows. */
static const struct {
    const char *name, *script, *conn_states;
} splits[] = {
    {"attempt",       ">S ~4 >S",                              "S0"},
    {"attempt-again", ">S ~3 >S ~3 >S <SA >A",                 "S0 S1"},
    {"half-duplex",   ">S >A >A+5 ~6 >A+5",                    "S0 OTH"},
    {"refused-again", ">S <RA >S@0 <RA >S@0 <RA",              "REJ REJ REJ"},
    {"refused-then-open", ">S <RA >S@0 <SA@0 >A <Ao",          "REJ S1"},
    {"syn-fin-again", ">SF >SF@0",                             "SH SH"},
    {"one-closed",    OPENING ">FA <A >S@0",                   "S2 S0"},
    {"hole-closed",   OPENING ">FA@11 <A#12 >S@0",             "S2 S0"},
    {"one-reset",     OPENING ">A+5 <R >S@0",                  "RSTR S0"},
    {"syn-ack-open",  OPENING ">FA <A <SA@0",                  "S2"},
    {"syn-ack-reset", "<SA <RA <SA@0",                         "RSTRH OTH"},
    {"refused-later", ">S <RA ~6 >S <RA",                      "REJ REJ"},
    {"after-close",   OPENING ">A+5 <A" CLOSING " ~6 <RA@2",   "SF RSTRH"},
    {"linger",        OPENING ">A+5 <A" CLOSING " ~4 <RA@2",   "SF"},
    {"same-isn",      OPENING "<FA >FA <A >S@0",               "SF S0"},
    {"idle",          OPENING ">A+5 <A ~299 >A+5 <A",          "S1"},
    {"too-idle",      OPENING ">A+5 <A ~301 >A+5 <A",          "S1 OTH"},
    {"half-closed",   OPENING ">FA <A ~299 <A+5 >A",           "S2"},
    {"syn-acks",      "<SA@0 <SA@0 <SA@7",                     "OTH OTH"},
};
// clang-format on

static void test_split(const void *data)
{
    const unsigned i = GPOINTER_TO_UINT(data);
    const struct replay replay = play(splits[i].script);
    g_autoptr(GString) states = g_string_new(NULL);
    uint32_t packets = 0;

    for (unsigned n = 0; n <= replay.n_ended; n++) {
        const struct tsm_flow *flow = n < replay.n_ended ? &replay.ended[n] : &replay.flow;
        g_string_append_printf(states, "%s%s", n > 0 ? " " : "",
                               tsm_conn_state_name(tsm_flow_conn_state(flow)));
        packets += flow->end[TSM_CLIENT].packets + flow->end[TSM_SERVER].packets;
    }
    g_assert_cmpstr(states->str, ==, splits[i].conn_states);
    g_assert_cmpuint(packets, ==, replay.frame); /* each segment is in one flow */
}

/* What comes after the close does not count for the duration; packets count always. */
static void test_counts(void)
{
    const struct replay replay = play(OPENING ">A+5 <A" CLOSING " ~2 <FA@1");

    g_assert_cmpint(replay.flow.last_ns - replay.flow.start_ns, ==, 7000000);
    g_assert_cmpuint(replay.flow.end[TSM_CLIENT].packets, ==, 5);
    g_assert_cmpuint(replay.flow.end[TSM_SERVER].packets, ==, 5);
    g_assert_cmpuint(replay.flow.end[TSM_SERVER].ip_bytes, ==, 200);
    g_assert_cmpuint(replay.flow.frame, ==, 1);
}

/* A history that is longer than there is room for ends with X. */
static void test_long_history(void)
{
    g_autoptr(GString) script = g_string_new(OPENING);
    struct replay replay;

    for (unsigned i = 0; i < 200; i++) {
        g_string_append_printf(script, " >FA@%u", 10 + i);
    }
    replay = play(script->str);
    g_assert_cmpuint(strlen(replay.flow.history), ==, TSM_HISTORY_TEXT - 1);
    g_assert_true(g_str_has_prefix(replay.flow.history, "ShAFFF"));
    g_assert_true(g_str_has_suffix(replay.flow.history, "FX"));
}

/* More than 4 GiB, by sequence numbers. */
static void test_large(void)
{
    struct replay replay = play(OPENING);

    for (uint32_t i = 1; i <= 10; i++) {
        g_autofree char *data = g_strdup_printf(">A@%u+1000000000", (i - 1) * 1000000000 + 1);
        g_autofree char *ack = g_strdup_printf("<A#%u", i * 1000000000 + 1);
        feed(&replay, data);
        feed(&replay, ack);
    }
    g_assert_cmpuint(tsm_flow_bytes(&replay.flow, TSM_CLIENT), ==,
                     10 * G_GUINT64_CONSTANT(1000000000));
}

/* The flow that is left after all segments, with sequence numbers shifted by so much. */
static struct tsm_flow feed_all(const struct sequence *s, const uint32_t shift[2])
{
    struct tsm_flow flow = {0};
    struct tsm_flow ended;

    for (unsigned i = 0; i < s->length; i++) {
        const unsigned end = s->sent[i].end;
        const struct tsm_verdict verdict = {.sender = (uint8_t)end};
        struct tsm_segment seg = s->sent[i].seg;
        seg.seq += shift[end];
        seg.ack += tsm_has(&seg, TSM_ACK) && seg.ack != 0 ? shift[1 - end] : 0;
        tsm_flow_feed(&flow, &seg, &verdict, &ended);
    }
    return flow;
}

/* Random traffic: where sequence numbers begin changes nothing, and a history has Zeek's letters.
 */
static void check_shifted(const struct sequence *s, GRand *rand)
{
    const uint32_t none[2] = {0, 0};
    const uint32_t some[2] = {g_rand_int(rand), g_rand_int(rand)};
    const struct tsm_flow a = feed_all(s, none);
    const struct tsm_flow b = feed_all(s, some);

    g_assert_cmpstr(a.history, ==, b.history);
    g_assert_cmpuint(strspn(a.history, "^SHADFRGTWIQXshadfrgtwiqx"), ==, strlen(a.history));
    g_assert_cmpint(tsm_flow_conn_state(&a), ==, tsm_flow_conn_state(&b));
    for (enum tsm_side side = TSM_CLIENT; side <= TSM_SERVER; side++) {
        g_assert_cmpuint(tsm_flow_bytes(&a, side), ==, tsm_flow_bytes(&b, side));
        g_assert_cmpuint(a.end[side].missed, ==, b.end[side].missed);
        g_assert_cmpuint(a.end[side].n_ranges, <=, TSM_FLOW_RANGES);
    }
}

static void test_shifted(void)
{
    traffic_for_all(check_shifted);
}

static void add_tests(const char *folder, const char *name, void (*test)(const void *), unsigned i)
{
    g_autofree char *path = g_strdup_printf("/flow/%s/%s", folder, name);

    g_test_add_data_func(path, GUINT_TO_POINTER(i), test);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        add_tests("row", cases[i].name, test_case, i);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(splits); i++) {
        add_tests("split", splits[i].name, test_split, i);
    }
    g_test_add_func("/flow/counts", test_counts);
    g_test_add_func("/flow/long-history", test_long_history);
    g_test_add_func("/flow/large", test_large);
    g_test_add_func("/flow/shifted", test_shifted);
    return g_test_run();
}
