/* html_text.c - text as HTML; see html_text.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "html_text.h"

#include <string.h>

/* Classes of the page's style. */
static const char *const style_classes[] = {
    [OUT_PLAIN] = "",      [OUT_HEADING] = "heading", [OUT_GOOD] = "good",
    [OUT_DOUBT] = "doubt", [OUT_BAD] = "bad",         [OUT_DIM] = "dim",
};

void html_text(GString *html, const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    g_autofree char *escaped = g_markup_escape_text(valid, -1);

    g_string_append(html, escaped);
}

void html_text_styled(GString *html, const char *text)
{
    enum out_style style = OUT_PLAIN;
    bool on = false;

    while (*text != '\0') {
        const gsize plain = strcspn(text, "\033");
        g_autofree char *piece = g_strndup(text, plain);
        const char *next;
        html_text(html, piece);
        text += plain;
        next = style_read(text, &style);
        if (next != NULL) {
            g_string_append(html, on ? "</span>" : "");
            on = style != OUT_PLAIN;
            if (on) {
                g_string_append_printf(html, "<span class=\"%s\">", style_classes[style]);
            }
            text = next;
        } else if (*text != '\0') {
            text++;
        }
    }
    g_string_append(html, on ? "</span>" : "");
}

const char *html_text_class(enum out_style style)
{
    return style_classes[style];
}
