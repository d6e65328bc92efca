/* asked.c - what will be asked of a capture after it was read; see asked.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "asked.h"

#include <epan/column.h>
#include <epan/funnel.h>
#include <epan/plugin_if.h>
#include <epan/prefs.h>
#include <epan/tap.h>

#include "fields.h"
#include "preferences.h"
#include "taps.h"

/* The names in columns and on the command line that speak of it, without "tcpstate.". */
static const char *const names[] = {"anomaly",   "incident", "outcome", "count.",
                                    "hindsight", ".final",   ".view"};

/* tshark has some of these operations, but shows no capture. */
static bool is_windows(void)
{
    const funnel_ops_t *ops = funnel_get_funnel_ops();

    return ops && ops->retap_packets;
}

static bool speaks_of_it(const char *text)
{
    for (const char *at = text; (at = strstr(at, "tcpstate.")) != NULL; at++) {
        for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
            const char *found = strstr(at, names[i]);
            if (found && strcspn(at, " =&|,()") > (size_t)(found - at)) {
                return true;
            }
        }
    }
    return false;
}

static bool in_columns(void)
{
    for (const GList *at = g_list_first(prefs.col_list); at; at = at->next) {
        const fmt_data *column = at->data;
        if (column->fmt == COL_CUSTOM && column->custom_fields &&
            speaks_of_it(column->custom_fields)) {
            return true;
        }
    }
    return false;
}

static bool in_tree(proto_tree *tree)
{
    for (unsigned field = HF_OF_HINDSIGHT; tree && field < N_FIELDS; field++) {
        if (proto_field_is_referenced(tree, hf_tcpstate[field])) {
            return true;
        }
    }
    return false;
}

/* What shows all there is: -V, -O tcpstate, -T json ..., -z expert. Clustered: "-2nV". */
static bool shows_all(const char *argument)
{
    static const char *const words[] = {"pdml", "json", "jsonraw", "ek"};
    bool is_format = false;

    for (unsigned i = 0; i < G_N_ELEMENTS(words); i++) {
        is_format |= g_str_has_suffix(argument, words[i]);
    }
    return is_format || g_str_has_prefix(argument, "expert") ||
           (argument[0] == '-' && argument[1] != '-' && strchr(argument, 'V') != NULL);
}

/* tshark does not tell a plugin in the first pass what it will print in the second one, so its
 * command line is read, where the system shows it: arguments, each with a zero at its end. */
static bool on_command_line(void)
{
    char *text = NULL;
    gsize length = 0;
    bool found = false;

    if (!g_file_get_contents("/proc/self/cmdline", &text, &length, NULL)) {
        return false;
    }
    for (const char *at = text; !found && at < text + length; at += strlen(at) + 1) {
        found = speaks_of_it(at) || shows_all(at) || g_str_has_suffix(at, "sharkd") ||
                strcmp(at, "tcpstate") == 0;
    }
    g_free(text);
    return found;
}

static bool is_hindsight_wanted(proto_tree *tree, bool shown_again)
{
    switch (preferences_gathering()) {
    case GATHER_NEVER:
        return false;
    case GATHER_ALWAYS:
        return true;
    case GATHER_WHEN_ASKED:
        break;
    }
    return shown_again && (is_windows() || in_tree(tree) || in_columns() || on_command_line());
}

/* Whether the frame is shown while it is read, as tshark's only pass does; the first one of two
 * prints nothing and has no taps. */
static bool is_shown_now(packet_info *pinfo, proto_tree *tree)
{
    return pinfo->cinfo || (tree && PTREE_DATA(tree)->visible) || taps_are_active(pinfo);
}

struct keeping asked_for(packet_info *pinfo, proto_tree *tree)
{
    const bool shown_again = is_windows() || !is_shown_now(pinfo, tree);

    return (struct keeping){.frames = shown_again, .story = is_hindsight_wanted(tree, shown_again)};
}

/* Expert items are made of verdicts. */
static bool are_experts_asked(proto_tree *tree)
{
    bool in_column = false;

    for (const GList *at = g_list_first(prefs.col_list); at; at = at->next) {
        in_column |= ((const fmt_data *)at->data)->fmt == COL_EXPERT;
    }
    return in_column || have_tap_listener(find_tap_id("expert")) ||
           (tree && proto_field_is_referenced(tree, proto_get_id_by_filter_name("_ws.expert")));
}

enum asking asked_at_all(proto_tree *tree)
{
    if ((tree && proto_field_is_referenced(tree, proto_tcpstate)) || preferences_show_states() ||
        taps_are_listened_to() || are_experts_asked(tree)) {
        return ASKING_FRAMES;
    }
    return taps_count_totals() ? ASKING_TOTALS : ASKING_NOTHING;
}

bool asked_is_loaded(void)
{
    ws_info_t *info = NULL;

    if (!is_windows()) {
        return true;
    }
    plugin_if_get_ws_info(&info);
    return info && info->ws_info_supported && info->cf_state == FILE_READ_DONE;
}
