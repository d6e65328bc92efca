/* style.c - colours of a terminal.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "style.h"

#include <string.h>

#define END "\033[0m"

static const char *const codes[] = {
    [OUT_PLAIN] = "",         [OUT_HEADING] = "\033[1m", [OUT_GOOD] = "\033[32m",
    [OUT_DOUBT] = "\033[33m", [OUT_BAD] = "\033[31m",    [OUT_DIM] = "\033[2m",
};

void style_append(GString *to, bool color, enum out_style style, const char *text)
{
    if (!color || style == OUT_PLAIN) {
        g_string_append(to, text);
        return;
    }
    g_string_append(to, codes[style]);
    g_string_append(to, text);
    g_string_append(to, END);
}

const char *style_read(const char *text, enum out_style *style)
{
    for (unsigned i = OUT_PLAIN + 1; i < G_N_ELEMENTS(codes); i++) {
        if (g_str_has_prefix(text, codes[i])) {
            *style = (enum out_style)i;
            return text + strlen(codes[i]);
        }
    }
    if (g_str_has_prefix(text, END)) {
        *style = OUT_PLAIN;
        return text + strlen(END);
    }
    return NULL;
}

void style_strip(GString *to, const char *text)
{
    enum out_style style;

    while (*text != '\0') {
        const gsize plain = strcspn(text, "\033");
        const char *next;
        g_string_append_len(to, text, (gssize)plain);
        text += plain;
        next = style_read(text, &style);
        text = next != NULL ? next : *text != '\0' ? text + 1 : text;
    }
}
