/* story_window.c - a text window with the story of the selected packet's connection.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "story_window.h"

#include "compat.h"
#include <epan/funnel.h>
#include <epan/plugin_if.h>

#include "capture.h"
#include "connection_view.h"
#include "replay.h"

#define TITLE "Story of this connection"
#define WIDTH 100 /* columns of text, as wide as the ladder is at best */

/* The selected frame; 0 = none. */
static uint32_t selected_frame(void)
{
    ws_info_t *info = NULL;

    plugin_if_get_ws_info(&info);
    return info && info->ws_info_supported ? info->cf_framenr : 0;
}

/* The story of a stream, for which Wireshark dissects the capture once more. */
static char *tell(const funnel_ops_t *ops, uint32_t stream)
{
    const struct out look = {.width = WIDTH};
    const struct view_style style = {.clock = TEXT_RELATIVE};
    const struct story_connection *connection;
    const struct story *story;
    GString *text = g_string_new(NULL);

    replay_keep_segments(stream);
    replay_start();
    ops->retap_packets(ops->ops_id);
    replay_keep_segments(TSM_NO_STREAM);
    story = replay_story();
    connection = story ? connection_find(story, stream) : NULL;
    if (connection) {
        connection_view(story, connection, &style, &look, text);
    } else {
        g_string_append(text, "The capture was not read to its end. Please try again.\n");
    }
    return g_string_free(text, FALSE);
}

/* The window breaks lines that are too long, unless they are preformatted; it takes a text that
 * begins with a tag for HTML. Its size is remembered by its title. */
static void open_window(const funnel_ops_t *ops, const char *text)
{
    char *lines = g_markup_printf_escaped("<pre>%s</pre>", text);

    ops->set_text(ops->new_text_window(ops->ops_id, TITLE), lines);
    g_free(lines);
}

static void show_story(void *data _U_)
{
    static bool busy; /* menus work while packets are dissected */
    const funnel_ops_t *ops = funnel_get_funnel_ops();
    struct annotation a;
    char *text;

    if (!ops || busy) {
        return;
    }
    if (!capture_annotation(selected_frame(), 0, &a)) {
        open_window(ops, "Select a packet of a TCP connection first.\n");
        return;
    }
    busy = true;
    text = tell(ops, a.stream);
    open_window(ops, text);
    g_free(text);
    busy = false;
}

#if WIRESHARK_AT_LEAST(4, 4)
static void show_story_of_packet(void *data, GPtrArray *fields _U_)
{
    show_story(data);
}
#endif

void story_window_register(void)
{
    funnel_register_menu(TITLE, REGISTER_TOOLS_GROUP_UNSORTED, show_story, NULL, NULL, false);
#if WIRESHARK_AT_LEAST(4, 4)
    funnel_register_packet_menu(TITLE, "tcpstate", show_story_of_packet, NULL, false);
#endif
}
