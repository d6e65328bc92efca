/* tsm_system_test.c - which system a host runs, by the options of its SYN and its time to live.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsm_system.h"

#include <glib.h>
#include <string.h>

#define SECONDS(ns) ((ns) / INT64_C(1000000000))

/* Options by letters: those of tsm_system.c, F for a Fast Open cookie. */
static size_t write_options(uint8_t bytes[40], const char *letters)
{
    static const struct {
        char letter;
        uint8_t kind, length;
    } options[] = {{'M', 2, 4},   {'W', 3, 3}, {'S', 4, 2}, {'T', 8, 10},
                   {'F', 34, 10}, {'N', 1, 1}, {'E', 0, 1}};
    size_t size = 0;

    memset(bytes, 0, 40);
    for (const char *p = letters; *p != '\0'; p++) {
        for (size_t i = 0; i < G_N_ELEMENTS(options); i++) {
            if (options[i].letter == *p) {
                bytes[size] = options[i].kind;
                bytes[size + 1] = options[i].length > 1 ? options[i].length : 0;
                size += options[i].length;
            }
        }
    }
    return size;
}

// clang-format off
static const struct {
    const char *letters;
    uint8_t ttl;
    int least_s, usual_s, most_s, fin_wait_2_s;
} rows[] = {
    {"MSTNW",     64,  60,  60,  60,  60}, /* Linux */
    {"MSTNW",     255, 60,  60,  60,  60}, /* of which the time to live was set */
    {"MSTNWFNN",  51,  60,  60,  60,  60}, /* with Fast Open */
    {"MNNSNW",    64,  60,  60,  60,  60}, /* without time stamps */
    {"MNNTNW",    64,  60,  60,  60,  60}, /* without SACK */
    {"MNWNNTSE",  64,  30,  30,  30,  60}, /* macOS */
    {"MNWNNTSEE", 47,  30,  30,  30,  60},
    {"MNWST",     64,  60,  60,  60,  60}, /* FreeBSD */
    {"MNWST",     128, 30, 120, 240, 120}, /* Windows 7 with time stamps */
    {"MNWNNS",    117, 30, 120, 240, 120}, /* Windows */
    {"MNWNNS",    64,  30,  60, 240,  60}, /* nobody's */
    {"NWNNTNNSM", 64,  30,  60, 240,  60}, /* Solaris 8 */
    {"M",         64,  60,  60,  60,  60}, /* anybody's: as Linux */
    {"M",         120, 30, 120, 240, 120},
    {"M",         250, 30,  60, 240,  60},
    {"",          0,   60,  60,  60,  60}, /* no SYN */
};
// clang-format on

static void test_rows(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        uint8_t options[40];
        const size_t size = write_options(options, rows[i].letters);
        const struct tsm_lingers *of =
            tsm_system_lingers(tsm_layout_read(options, size), rows[i].ttl);
        g_test_message("%s ttl %u", rows[i].letters, rows[i].ttl);
        g_assert_cmpint(SECONDS(of->least), ==, rows[i].least_s);
        g_assert_cmpint(SECONDS(of->usual), ==, rows[i].usual_s);
        g_assert_cmpint(SECONDS(of->most), ==, rows[i].most_s);
        g_assert_cmpint(SECONDS(of->fin_wait_2), ==, rows[i].fin_wait_2_s);
    }
}

/* Malformed lengths: nothing is read beyond the options, and it comes to an end. */
static void test_malformed(void)
{
    const uint8_t none[] = {2, 0, 2, 0}, cut[] = {2}, large[] = {2, 255, 1, 1};

    g_assert_cmpint(tsm_layout_read(none, sizeof none), ==, TSM_LAYOUT_COMMON);
    g_assert_cmpint(tsm_layout_read(cut, sizeof cut), ==, TSM_LAYOUT_COMMON);
    g_assert_cmpint(tsm_layout_read(large, sizeof large), ==, TSM_LAYOUT_COMMON);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/system/rows", test_rows);
    g_test_add_func("/system/malformed", test_malformed);
    return g_test_run();
}
