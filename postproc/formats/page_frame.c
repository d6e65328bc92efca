/* page_frame.c - head and end of pages; see page_frame.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "page_frame.h"

#include <string.h>

#include "html_text.h"
#include "page_sources.h"
#include "palette.h"
#include "svg.h"

/* A rule for each state's colour: as a variable, and as the background of what is of its class. */
static void append_palette(GString *style)
{
    for (unsigned i = 0; i < TSM_N_STATES; i++) {
        const enum tsm_state state = (enum tsm_state)i;
        g_string_append_printf(style, ".s-%s{background:%s;color:%s}\n", tsm_state_name(state),
                               palette_color(state), palette_ink(state));
    }
}

static char *make_style(void)
{
    GString *style = g_string_new(page_sources_style);

    append_palette(style);
    g_string_append(style, svg_rules());
    return g_string_free(style, FALSE);
}

/* " 'sha256-...'" of what stands between two tags (CSP Level 3, 2.3.1). */
static void append_hash(GString *html, const char *text)
{
    guint8 digest[32];
    gsize size = sizeof digest;
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
    g_autofree char *coded = NULL;

    g_checksum_update(sum, (const guchar *)text, (gssize)strlen(text));
    g_checksum_get_digest(sum, digest, &size);
    g_checksum_free(sum);
    coded = g_base64_encode(digest, size);
    g_string_append_printf(html, " 'sha256-%s'", coded);
}

void page_frame_begin(GString *html, const char *title)
{
    g_autofree char *style = make_style();

    g_string_append(html,
                    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                    "<meta name=\"viewport\" content=\"width=device-width\">\n"
                    "<meta name=\"color-scheme\" content=\"light dark\">\n"
                    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                    "base-uri 'none'; form-action 'none'; style-src");
    append_hash(html, style);
    g_string_append(html, "; script-src");
    append_hash(html, page_sources_script);
    g_string_append(html, "\">\n<title>");
    html_text(html, title);
    g_string_append_printf(html, "</title>\n<style>%s</style>\n</head>\n<body>\n", style);
}

void page_frame_begin_data(GString *html)
{
    g_string_append(html, "<script type=\"application/json\" id=\"data\">\n");
}

void page_frame_json(GString *html, const char *json)
{
    while (*json != '\0') {
        const gsize plain = strcspn(json, "<");
        g_string_append_len(html, json, (gssize)plain);
        json += plain;
        if (*json == '<') {
            g_string_append(html, "\\u003c");
            json++;
        }
    }
}

void page_frame_end(GString *html)
{
    g_string_append_printf(html, "\n</script>\n<script>%s</script>\n</body>\n</html>\n",
                           page_sources_script);
}
