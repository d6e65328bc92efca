/* text.c - numbers, times and addresses as text.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _POSIX_C_SOURCE 200809L
#include "text.h"

#include <arpa/inet.h>
#include <string.h>
#include <time.h>

#include "duration.h"

#define S_NS 1000000000LL

void text_number(GString *out, uint64_t value)
{
    char digits[20];
    size_t n = sizeof digits;

    do {
        digits[--n] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    g_string_append_len(out, digits + n, (gssize)(sizeof digits - n));
}

/* Whole seconds and the nanoseconds after them, 0 .. 999999999. */
static int64_t split_seconds(int64_t ns, uint32_t *rest)
{
    int64_t seconds = ns / S_NS;
    int64_t below = ns % S_NS;

    if (below < 0) {
        below += S_NS;
        seconds--;
    }
    *rest = (uint32_t)below;
    return seconds;
}

/* The first `decimals` of the nine digits of a number of nanoseconds below a second. */
static void append_fraction(GString *out, uint32_t ns, unsigned decimals)
{
    char digits[10] = ".";

    for (unsigned i = 9; i > 0; i--) {
        digits[i] = (char)('0' + ns % 10);
        ns /= 10;
    }
    g_string_append_len(out, digits, decimals > 0 ? (gssize)decimals + 1 : 0);
}

void text_seconds_short(GString *out, int64_t ns, unsigned decimals)
{
    uint32_t rest;
    uint64_t magnitude = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;
    uint32_t unit = 1;

    for (unsigned i = decimals; i < 9; i++) {
        unit *= 10;
    }
    if (ns < 0) {
        magnitude += unit - 1; /* down means away from zero here */
        g_string_append_c(out, '-');
    }
    rest = (uint32_t)(magnitude % S_NS);
    text_number(out, magnitude / S_NS);
    append_fraction(out, rest, decimals);
}

void text_seconds(GString *out, int64_t ns)
{
    text_seconds_short(out, ns, 9);
}

static void append_calendar(GString *out, int64_t ns, bool utc, const char *format)
{
    uint32_t rest;
    const time_t seconds = (time_t)split_seconds(ns, &rest);
    struct tm parts;
    char text[64];

    if ((utc ? gmtime_r(&seconds, &parts) : localtime_r(&seconds, &parts)) == NULL ||
        strftime(text, sizeof text, format, &parts) == 0) {
        return;
    }
    g_string_append(out, text);
}

void text_time(GString *out, int64_t ns, enum text_clock clock, int64_t origin_ns)
{
    uint32_t rest;

    switch (clock) {
    case TEXT_RELATIVE:
        text_seconds_short(out, duration(origin_ns, ns), 6);
        break;
    case TEXT_LOCAL:
    case TEXT_UTC:
        split_seconds(ns, &rest);
        append_calendar(out, ns, clock == TEXT_UTC, "%Y-%m-%d %H:%M:%S");
        append_fraction(out, rest, 6);
        break;
    case TEXT_EPOCH:
        text_seconds(out, ns);
        break;
    }
}

void text_moment(GString *out, int64_t ns, enum text_clock clock, int64_t origin_ns)
{
    const bool relative = clock == TEXT_RELATIVE;

    g_string_append(out, relative && ns >= origin_ns ? "+" : "");
    text_time(out, ns, clock, origin_ns);
    g_string_append(out, relative ? " s" : "");
}

void text_zone(GString *out, int64_t ns, enum text_clock clock)
{
    if (clock == TEXT_UTC) {
        g_string_append(out, "UTC");
    } else {
        append_calendar(out, ns, false, "%Z");
    }
}

/* Three significant digits of a value of thousandths: 1350 -> "1.35", 12345 -> "12.3". */
static void append_three_digits(GString *out, uint64_t thousandths)
{
    const unsigned decimals = thousandths < 10000 ? 2 : thousandths < 100000 ? 1 : 0;
    char text[32];

    g_snprintf(text, sizeof text, "%.*f", (int)decimals, (double)thousandths / 1000.0);
    if (decimals > 0) {
        size_t n = strlen(text);
        while (text[n - 1] == '0') {
            n--;
        }
        text[text[n - 1] == '.' ? n - 1 : n] = '\0';
    }
    g_string_append(out, text);
}

/* "2 min 5 s": two units, the smaller one left out when it is zero. */
static void append_two_units(GString *out, uint64_t seconds)
{
    static const struct {
        uint64_t seconds;
        const char *name;
    } units[] = {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}};
    size_t i = 0;

    while (seconds < units[i].seconds) {
        i++;
    }
    text_number(out, seconds / units[i].seconds);
    g_string_append_printf(out, " %s", units[i].name);
    if (i + 1 < G_N_ELEMENTS(units)) {
        const uint64_t smaller = seconds % units[i].seconds / units[i + 1].seconds;
        if (smaller > 0) {
            g_string_append_printf(out, " %" G_GUINT64_FORMAT " %s", smaller, units[i + 1].name);
        }
    }
}

void text_duration(GString *out, int64_t ns)
{
    uint64_t magnitude = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;

    if (ns < 0) {
        g_string_append_c(out, '-');
    }
    if (magnitude == 0) {
        g_string_append(out, "0 s");
    } else if (magnitude < 1000) {
        g_string_append_printf(out, "%" G_GUINT64_FORMAT " ns", magnitude);
    } else if (magnitude < 999500) {
        append_three_digits(out, magnitude);
        g_string_append(out, " us");
    } else if (magnitude < 999500000) {
        append_three_digits(out, magnitude / 1000);
        g_string_append(out, " ms");
    } else if (magnitude < 99950000000) {
        append_three_digits(out, magnitude / 1000000);
        g_string_append(out, " s");
    } else {
        append_two_units(out, (magnitude + S_NS / 2) / S_NS);
    }
}

void text_bytes(GString *out, uint64_t bytes)
{
    static const char *const units[] = {" B", " kB", " MB", " GB", " TB", " PB", " EB"};
    uint64_t thousandths = bytes * 1000;
    size_t i = 0;

    if (bytes > UINT64_MAX / 1000) {
        thousandths = bytes;
        i = 1;
    }
    for (; thousandths >= 999500 && i + 1 < G_N_ELEMENTS(units); i++) {
        thousandths /= 1000;
    }
    append_three_digits(out, thousandths);
    g_string_append(out, units[i]);
}

void text_count(GString *out, uint64_t n)
{
    char digits[32];
    const int len = g_snprintf(digits, sizeof digits, "%" G_GUINT64_FORMAT, n);

    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0) {
            g_string_append_c(out, ',');
        }
        g_string_append_c(out, digits[i]);
    }
}

void text_counted(GString *out, uint64_t n, const char *one, const char *many)
{
    text_count(out, n);
    g_string_append_c(out, ' ');
    g_string_append(out, n == 1 ? one : many);
}

static void append_ipv4(GString *out, const uint8_t *address)
{
    for (unsigned i = 0; i < 4; i++) {
        if (i > 0) {
            g_string_append_c(out, '.');
        }
        text_number(out, address[i]);
    }
}

void text_host(GString *out, const uint8_t *address, unsigned len)
{
    char text[INET6_ADDRSTRLEN];

    if (len == 4) {
        append_ipv4(out, address);
    } else if (inet_ntop(AF_INET6, address, text, sizeof text) != NULL) {
        g_string_append(out, text);
    }
}

void text_endpoint(GString *out, const struct tsm_tuple *tuple, enum tsm_side side)
{
    const bool brackets = tuple->addr_len != 4;

    if (brackets) {
        g_string_append_c(out, '[');
    }
    text_host(out, side == TSM_CLIENT ? tuple->src : tuple->dst, tuple->addr_len);
    g_string_append(out, brackets ? "]:" : ":");
    text_number(out, side == TSM_CLIENT ? tuple->sport : tuple->dport);
}

/* Letters that nobody sees, and that change what is seen around them. */
static bool steers(gunichar letter)
{
    switch (g_unichar_type(letter)) {
    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT: /* as U+202E, which turns the direction of writing */
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
        return true;
    default:
        return false;
    }
}

void text_safe(GString *out, const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);

    for (const char *c = valid; *c != '\0'; c = g_utf8_next_char(c)) {
        const gunichar letter = g_utf8_get_char(c);
        g_string_append_unichar(out, steers(letter) ? '?' : letter);
    }
}

char *text_safe_copy(const char *text)
{
    GString *safe = g_string_new(NULL);

    text_safe(safe, text);
    return g_string_free(safe, FALSE);
}

/* The place of the first letter after the escape sequence, if one is here. */
static const char *skip_escape(const char *c)
{
    if (*c == '\033') {
        const char *end = strchr(c, 'm');
        return end != NULL ? end + 1 : c;
    }
    return c;
}

/* Where to break a line that is too long: its last space within the width, or the first one beyond;
 * not in its indentation. NULL when it is short enough or cannot be broken. */
static const char *break_of(const char *line, const char *end, unsigned width)
{
    const char *space = NULL;
    unsigned column = (unsigned)strspn(line, " ");

    for (const char *c = line + column; c < end;) {
        const char *after = skip_escape(c);
        if (after != c) {
            c = after;
            continue;
        }
        if (*c == ' ' && (column <= width || space == NULL)) {
            space = c;
        }
        if (column >= width && space != NULL) {
            return space;
        }
        column++;
        c = g_utf8_next_char(c);
    }
    return NULL;
}

void text_wrap(GString *out, const char *text, unsigned width, unsigned indent)
{
    while (*text != '\0') {
        const char *end = text + strcspn(text, "\n");
        const char *at;
        unsigned used = 0;
        while ((at = break_of(text, end, width - used)) != NULL) {
            g_string_append_len(out, text, at - text);
            g_string_append_printf(out, "\n%*s", (int)indent, "");
            text = at + 1;
            used = indent;
        }
        g_string_append_len(out, text, end - text);
        text = end;
        if (*text == '\n') {
            g_string_append_c(out, '\n');
            text++;
        }
    }
}

#define MAX_LETTERS 31

typedef unsigned distances[MAX_LETTERS + 1][MAX_LETTERS + 1];

/* The distance of the first i letters of a and the first j letters of b; i and j are not 0. */
static unsigned distance_of(distances d, const char *a, unsigned i, const char *b, unsigned j)
{
    const unsigned replaced = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
    const unsigned least = MIN(MIN(d[i - 1][j], d[i][j - 1]) + 1, replaced);

    if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        return MIN(least, d[i - 2][j - 2] + 1);
    }
    return least;
}

/* How many letters must be inserted, removed, replaced or swapped with their neighbour to turn one
 * word into the other (optimal string alignment); longer words count as wholly different. */
static unsigned distance(const char *a, const char *b)
{
    const size_t n = strlen(a);
    const size_t m = strlen(b);
    distances d;

    if (n > MAX_LETTERS || m > MAX_LETTERS) {
        return MAX_LETTERS + 1;
    }
    for (unsigned i = 0; i <= n; i++) {
        for (unsigned j = 0; j <= m; j++) {
            d[i][j] = i == 0 || j == 0 ? i + j : distance_of(d, a, i, b, j);
        }
    }
    return d[n][m];
}

const char *text_nearest(const char *word, const char *const *words)
{
    const char *best = NULL;
    unsigned least = MAX_LETTERS + 1;

    for (; *words != NULL; words++) {
        const bool prefix =
            word[0] != '\0' && (g_str_has_prefix(*words, word) || g_str_has_prefix(word, *words));
        const unsigned d = distance(word, *words);
        const bool like = prefix || d <= MAX(strlen(*words), strlen(word)) / 3;
        if (like && d < least) {
            best = *words;
            least = d;
        }
    }
    return best;
}
