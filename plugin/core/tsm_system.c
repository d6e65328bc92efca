/* tsm_system.c - see tsm_system.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsm_system.h"

#include <string.h>

/* ---- the SYN ---- */

enum { KIND_END, KIND_NOP, KIND_MSS, KIND_WSCALE, KIND_SACK_PERM, KIND_TIMESTAMP = 8 };

/* Options as letters: M MSS, W window scale, S SACK permitted, T time stamps, N no operation, E end
 * of options. What stands behind them, as a Fast Open cookie, counts not. Sources: p0f's p0f.fp;
 * tcp_options_write() of Linux, which leaves out what it does not offer. */
static const struct {
    const char *letters;
    enum tsm_layout layout;
} layouts[] = {
    // clang-format off
    {"MSTNW",     TSM_LAYOUT_LINUX},
    {"MST",       TSM_LAYOUT_LINUX},
    {"MNNSNW",    TSM_LAYOUT_LINUX},
    {"MNNTNW",    TSM_LAYOUT_LINUX},
    {"MNNT",      TSM_LAYOUT_LINUX},
    {"MNWNNTSE",  TSM_LAYOUT_APPLE},
    {"MNWNNTS",   TSM_LAYOUT_APPLE},
    {"MNWST",     TSM_LAYOUT_BSD},
    {"MNWSE",     TSM_LAYOUT_BSD},
    {"MNNSNWNNT", TSM_LAYOUT_BSD}, /* OpenBSD */
    {"MNNS",      TSM_LAYOUT_COMMON},
    {"MNW",       TSM_LAYOUT_COMMON},
    {"M",         TSM_LAYOUT_COMMON},
    {"",          TSM_LAYOUT_COMMON},
    // clang-format on
};

#define MAX_LETTERS 12

static char letter_of(uint8_t kind)
{
    static const char letters[] = {
        [KIND_END] = 'E',    [KIND_NOP] = 'N',       [KIND_MSS] = 'M',
        [KIND_WSCALE] = 'W', [KIND_SACK_PERM] = 'S', [KIND_TIMESTAMP] = 'T',
    };

    return kind < sizeof letters ? letters[kind] : '\0';
}

enum tsm_layout tsm_layout_read(const uint8_t *options, size_t size)
{
    char text[MAX_LETTERS + 1] = "";
    size_t n = 0;

    for (size_t at = 0; at < size && n < MAX_LETTERS && letter_of(options[at]) != '\0';) {
        text[n++] = letter_of(options[at]);
        if (options[at] == KIND_END) {
            break;
        }
        const size_t length = options[at] == KIND_NOP ? 1 : at + 1 < size ? options[at + 1] : 0;
        at += length > 0 ? length : size;
    }
    while (n > 0 && text[n - 1] == 'N') {
        n--;
    }
    text[n] = '\0';
    for (size_t i = 0; i < sizeof layouts / sizeof layouts[0]; i++) {
        if (strcmp(text, layouts[i].letters) == 0) {
            return layouts[i].layout;
        }
    }
    return TSM_LAYOUT_OTHER;
}

/* ---- the host ---- */

enum system { LINUX, APPLE, BSD, WINDOWS, ANY, N_SYSTEMS };

#define S INT64_C(1000000000)

/* Linux: TCP_TIMEWAIT_LEN, tcp_fin_timeout. Apple: net.inet.tcp.msl 15 s. FreeBSD, OpenBSD: MSL
 * 30 s, net.inet.tcp.finwait2_timeout. Windows: TcpTimedWaitDelay, 30 to 300 s, by default 240 s
 * until 2000 and 120 s since; TcpFinWait2Delay. Any: the shortest of them; as Linux; two MSL of RFC
 * 9293 3.4.2. */
static const struct tsm_lingers lingers[N_SYSTEMS] = {
    // clang-format off
    [LINUX]   = {60 * S,  60 * S,  60 * S,  60 * S},
    [APPLE]   = {30 * S,  30 * S,  30 * S,  60 * S},
    [BSD]     = {60 * S,  60 * S,  60 * S,  60 * S},
    [WINDOWS] = {30 * S, 120 * S, 240 * S, 120 * S},
    [ANY]     = {30 * S,  60 * S, 240 * S,  60 * S},
    // clang-format on
};

/* Windows begins with a time to live of 128, Linux, Apple and the BSDs with 64, others with 255.
 * Without a SYN a host that may be Linux is taken for it: assumed. */
static enum system system_of(enum tsm_layout layout, uint8_t ttl)
{
    if (layout == TSM_LAYOUT_LINUX) {
        return LINUX;
    }
    if (ttl > 64) {
        return ttl <= 128 ? WINDOWS : ANY;
    }
    return layout == TSM_LAYOUT_COMMON  ? LINUX
           : layout == TSM_LAYOUT_APPLE ? APPLE
           : layout == TSM_LAYOUT_BSD   ? BSD
                                        : ANY;
}

const struct tsm_lingers *tsm_system_lingers(enum tsm_layout layout, uint8_t ttl)
{
    return &lingers[system_of(layout, ttl)];
}
