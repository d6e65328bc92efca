/* words.c - words, numbers and times, read strictly.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "words.h"

#include <string.h>

G_DEFINE_QUARK(scenario - error - quark, scenario_error)

bool not_understood(GError **error, const char *found, const char *expected)
{
    if (found == NULL || *found == '\0') {
        g_set_error(error, SCENARIO_ERROR, 0, "the line ends, expected %s", expected);
    } else {
        g_set_error(error, SCENARIO_ERROR, 0, "found \"%s\", expected %s", found, expected);
    }
    return false;
}

char *next_word(char **rest)
{
    char *start = *rest + strspn(*rest, " \t");
    const size_t n = strcspn(start, " \t");

    *rest = start + n;
    return n == 0 ? NULL : g_strndup(start, n);
}

bool number_parse(const char *text, int64_t low, int64_t high, int64_t *value)
{
    char *end;

    if (!g_ascii_isdigit(text[text[0] == '-' ? 1 : 0])) {
        return false;
    }
    *value = g_ascii_strtoll(text, &end, 10);
    return *end == '\0' && *value >= low && *value <= high;
}

bool time_parse(const char *text, int64_t *ns)
{
    const char *p = text;
    int64_t unit = NS_PER_S;

    *ns = 0;
    for (; g_ascii_isdigit(*p); p++) {
        *ns = *ns * 10 + g_ascii_digit_value(*p) * NS_PER_S;
        if (*ns > NS_PER_S * 1000000) {
            return false;
        }
    }
    if (*p == '.' && g_ascii_isdigit(p[1])) {
        for (p++; g_ascii_isdigit(*p) && unit > 1; p++) {
            unit /= 10;
            *ns += g_ascii_digit_value(*p) * unit;
        }
    }
    return *p == '\0' && p > text;
}

char *time_text(int64_t ns)
{
    char *text = g_strdup_printf("%s%" G_GINT64_FORMAT ".%09" G_GINT64_FORMAT, ns < 0 ? "-" : "",
                                 ABS(ns) / NS_PER_S, ABS(ns) % NS_PER_S);
    size_t n = strlen(text);

    while (text[n - 1] == '0') {
        n--;
    }
    text[text[n - 1] == '.' ? n - 1 : n] = '\0';
    return text;
}
