/* story_window.c - a text window with the story of the selected packet's connection.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "story_window.h"

#include "compat.h"
#include <epan/funnel.h>
#include <epan/plugin_if.h>
#include <wsutil/report_message.h>

#include "capture.h"
#include "connection_view.h"
#include "replay.h"
#include "story_text.h"

#define TITLE "Story of this connection"

/* The selected frame; 0 = none. */
static uint32_t selected_frame(void)
{
    ws_info_t *info = NULL;

    plugin_if_get_ws_info(&info);
    return info && info->ws_info_supported ? info->cf_framenr : 0;
}

/* A connection whose story is told in a window. */
struct window {
    const funnel_ops_t *ops;
    uint32_t stream;
    char *picture; /* SVG; owned */
};

static void free_window(void *data)
{
    struct window *window = data;

    g_free(window->picture);
    g_free(window);
}

/* --- buttons ---------------------------------------------------------------------------------- */

static compat_bool filter_connection(funnel_text_window_t *text_window _U_, void *data)
{
    const struct window *window = data;
    char *filter = g_strdup_printf("tcpstate.stream == %u", window->stream);

    plugin_if_apply_filter(filter, true);
    g_free(filter);
    return true;
}

/* Called with what was typed into a dialog: the name of a file. */
static void write_picture(char **typed, void *data)
{
    GError *error = NULL;

    if (typed && typed[0] && *typed[0] != '\0' &&
        !g_file_set_contents(typed[0], data, -1, &error)) {
        report_failure("%s", error->message);
        g_error_free(error);
    }
}

static compat_bool save_picture(funnel_text_window_t *text_window _U_, void *data)
{
    const struct window *window = data;
    char *name = g_strdup_printf("tcp-stream-%u.svg", window->stream);
    char *path = g_build_filename(g_get_home_dir(), name, NULL);
    const char *labels[] = {"File", NULL}, *values[] = {path, NULL};

    window->ops->new_dialog(window->ops->ops_id, "Save the story as a picture (SVG)", labels,
                            values, write_picture, g_strdup(window->picture), g_free);
    g_free(path);
    g_free(name);
    return true;
}

static void add_button(funnel_text_window_t *text_window, struct window *window,
                       funnel_bt_cb_t pressed, const char *label)
{
    funnel_bt_t *button = g_new0(funnel_bt_t, 1);

    *button = (funnel_bt_t){text_window, pressed, window, g_free, NULL};
    window->ops->add_button(text_window, button, label);
}

/* --- the window ------------------------------------------------------------------------------- */

/* Breaks no lines, as they are preformatted; a text that begins with a tag is HTML. Its size is
 * remembered by its title. */
static funnel_text_window_t *open_window(const funnel_ops_t *ops, const char *title,
                                         const char *html)
{
    funnel_text_window_t *text_window = ops->new_text_window(ops->ops_id, title);

    ops->set_text(text_window, html);
    return text_window;
}

static void say(const funnel_ops_t *ops, const char *text)
{
    char *html = story_text_plain(text);

    open_window(ops, TITLE, html);
    g_free(html);
}

/* The story of a stream, for which Wireshark dissects the capture once more. */
static void tell(const funnel_ops_t *ops, uint32_t stream)
{
    const struct view_style style = {.clock = TEXT_RELATIVE};
    const struct story_connection *connection;
    const struct story *story;

    replay_keep_segments(stream);
    replay_start();
    ops->retap_packets(ops->ops_id);
    replay_keep_segments(TSM_NO_STREAM);
    story = replay_story();
    connection = story ? connection_find(story, stream) : NULL;
    if (!connection) {
        say(ops, "The capture was not read to its end. Please try again.\n");
        return;
    }
    char *html = story_text(story, connection);
    GString *picture = g_string_new(NULL);
    struct window *window = g_new0(struct window, 1);
    funnel_text_window_t *text_window = open_window(ops, TITLE, html);

    connection_picture(story, connection, &style, false, picture);
    *window = (struct window){ops, stream, g_string_free(picture, FALSE)};
    add_button(text_window, window, filter_connection, "Filter this connection");
    add_button(text_window, window, save_picture, "Save as SVG");
    ops->set_close_cb(text_window, free_window, window);
    g_free(html);
}

static void show_story(void *data _U_)
{
    static bool busy; /* menus work while packets are dissected */
    const funnel_ops_t *ops = funnel_get_funnel_ops();
    struct annotation a;

    if (!ops || busy) {
        return;
    }
    if (!capture_annotation(selected_frame(), 0, &a)) {
        say(ops, "Select a packet of a TCP connection first.\n");
        return;
    }
    busy = true;
    tell(ops, a.stream);
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
