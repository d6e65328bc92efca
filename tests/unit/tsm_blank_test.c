/* tsm_blank_test.c - silences of parts of a capture, put together, are those of the whole.
 *
 * What a blank is, tests/cli/test_blanks.py shows.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include <string.h>

#include "tsm_record.h"

#define NS_PER_S INT64_C(1000000000)
#define FRAMES 3000

struct frame {
    int64_t ns;
    uint16_t port;
    bool back;
    uint32_t payload;
};

static void show(struct tsm_blank_watch *watch, const struct frame *frame, GArray *silences)
{
    const uint8_t port = (uint8_t)frame->port;
    const struct tsm_tuple there = {.src = {10, 0, 0, 1},
                                    .dst = {10, 0, 1, port},
                                    .sport = frame->port,
                                    .dport = 80,
                                    .addr_len = 4};
    const struct tsm_tuple back = {.src = {10, 0, 1, port},
                                   .dst = {10, 0, 0, 1},
                                   .sport = 80,
                                   .dport = frame->port,
                                   .addr_len = 4};
    const struct tsm_segment seg = {
        .time_ns = frame->ns, .flags = TSM_ACK, .payload = frame->payload};
    struct tsm_silence silence;

    if (tsm_blank_time(watch, frame->ns, &silence)) {
        g_array_append_val(silences, silence);
    }
    tsm_blank_segment(watch, frame->back ? &back : &there, &seg);
    tsm_blank_frame(watch);
}

static GArray *judge(const GArray *silences)
{
    GArray *blanks = g_array_new(FALSE, FALSE, sizeof(struct tsm_blank));
    int64_t longest_ns = 0;

    for (guint i = 0; i < silences->len; i++) {
        struct tsm_blank blank;
        if (tsm_silence_is_blank(&g_array_index(silences, struct tsm_silence, i), &longest_ns,
                                 &blank)) {
            g_array_append_val(blanks, blank);
        }
    }
    return blanks;
}

/* Frames in bursts, of a few connections, with pauses of any length between. */
static void draw(struct frame *frames)
{
    int64_t ns = 1700000000 * NS_PER_S;

    for (unsigned i = 0; i < FRAMES; i++) {
        static const int64_t pauses_ns[] = {NS_PER_S / 1000,  NS_PER_S / 100, NS_PER_S / 5,
                                            20 * NS_PER_S,    100 * NS_PER_S, 4000 * NS_PER_S,
                                            200000 * NS_PER_S};
        const int kind = g_test_rand_int_range(0, 40);
        ns += pauses_ns[kind < (int)G_N_ELEMENTS(pauses_ns) ? kind : kind % 3];
        frames[i] =
            (struct frame){ns, (uint16_t)g_test_rand_int_range(1000, 1004),
                           g_test_rand_int_range(0, 2) == 1, (uint32_t)g_test_rand_int_range(0, 2)};
    }
}

/* What a reader of all finds. */
static GArray *of_whole(const struct frame *frames)
{
    g_autoptr(GArray) silences = g_array_new(FALSE, FALSE, sizeof(struct tsm_silence));
    struct tsm_blank_watch watch = {0};

    for (unsigned i = 0; i < FRAMES; i++) {
        show(&watch, &frames[i], silences);
    }
    return judge(silences);
}

/* Readers of a part each; who has what they tell puts it together. */
static GArray *of_parts(const struct frame *frames)
{
    g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(struct tsm_silence));
    struct tsm_silence before = {0};

    for (unsigned begin = 0, end; begin < FRAMES; begin = end) {
        g_autoptr(GArray) silences = g_array_new(FALSE, FALSE, sizeof(struct tsm_silence));
        struct tsm_blank_watch watch = {0};
        struct tsm_silence last;
        const unsigned room = (unsigned)g_test_rand_int_range(1, 60);
        end = MIN(begin + room, FRAMES);
        for (unsigned i = begin; i < end; i++) {
            show(&watch, &frames[i], silences);
        }
        const int64_t quiet_ns = before.frames > 0 ? frames[begin].ns - before.from_ns : 0;
        if (quiet_ns >= TSM_SILENCE_NS) {
            before.to_ns = frames[begin].ns;
            g_array_append_val(all, before);
        } else {
            before.longest_ns = MAX(before.longest_ns, quiet_ns);
        }
        for (guint i = 0; i < silences->len; i++) {
            tsm_silence_join(&g_array_index(silences, struct tsm_silence, i), &before);
        }
        g_array_append_vals(all, silences->data, silences->len);
        tsm_silence_now(&watch, &last);
        tsm_silence_join(&last, &before);
        before = last;
    }
    return judge(all);
}

static void test_parts(void)
{
    unsigned signs[TSM_BLANK_ABRUPT + 1] = {0};

    for (unsigned turn = 0; turn < 20; turn++) {
        g_autofree struct frame *frames = g_new(struct frame, FRAMES);
        draw(frames);
        g_autoptr(GArray) whole = of_whole(frames);
        g_autoptr(GArray) parts = of_parts(frames);
        g_assert_cmpuint(whole->len, ==, parts->len);
        for (guint i = 0; i < whole->len; i++) {
            const struct tsm_blank *one = &g_array_index(whole, struct tsm_blank, i);
            const struct tsm_blank *other = &g_array_index(parts, struct tsm_blank, i);
            g_assert_cmpint(one->from_ns, ==, other->from_ns);
            g_assert_cmpint(one->to_ns, ==, other->to_ns);
            g_assert_cmpuint(one->sign, ==, other->sign);
            signs[one->sign]++;
        }
    }
    g_assert_cmpuint(signs[TSM_BLANK_LONG], >, 20);
    g_assert_cmpuint(signs[TSM_BLANK_OWED], >, 20);
}

/* Its record, as text and packed; what is none is not read. */
static void test_record(void)
{
    const struct tsm_record record = {
        .type = TSM_RECORD_BLANK,
        .u.blank = {-9, 1700000000123456789, TSM_BLANK_ABRUPT},
    };
    static const char *const bad[] = {"N\t5\t5\t1", "N\t6\t5\t1", "N\t5\t6\t0",    "N\t5\t6\t4",
                                      "N\t5\t6",    "N\t5\tx\t1", "N\t5\t6\t1\t7", "N\t\t6\t1"};
    struct tsm_record_base base = {0}, other = {0};
    struct tsm_record back;
    char buf[TSM_RECORD_TEXT];

    size_t size = tsm_record_format(&record, buf);
    g_assert_cmpstr(buf, ==, "N\t-9\t1700000000123456789\t3\n");
    g_assert_true(tsm_record_parse(&back, buf, size));
    g_assert_cmpint(back.u.blank.from_ns, ==, -9);
    size = tsm_record_pack(&record, &base, buf);
    g_assert_cmpuint(tsm_record_unpack(&back, &other, buf, size), ==, size);
    g_assert_cmpint(back.u.blank.from_ns, ==, -9);
    g_assert_cmpint(back.u.blank.to_ns, ==, 1700000000123456789);
    g_assert_cmpuint(back.u.blank.sign, ==, TSM_BLANK_ABRUPT);
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_assert_false(tsm_record_parse(&back, bad[i], strlen(bad[i])));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tsm_blank/parts", test_parts);
    g_test_add_func("/tsm_blank/record", test_record);
    return g_test_run();
}
