/* stats_menu.c - the submenu Statistics > TCP State; see stats_menu.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "stats_menu.h"

#include "compat.h"
#include <epan/plugin_if.h>
#include <epan/stat_tap_ui.h>

#include "fields.h"
#include "stats.h"

/* `option` as after -z. */
static void open_table(ext_menubar_gui_type gui _U_, void *window _U_, void *option)
{
    if (process_stat_cmd_arg(option)) {
        start_requested_stats();
    }
}

static void add_entry(ext_menu_t *menu, const char *label, const char *option)
{
    static const char tooltip[] = "The same in a terminal: tshark -q -z %s";
    char *text = g_strdup_printf(tooltip, option);

    ext_menubar_add_entry(menu, label, text, open_table, (char *)option);
    g_free(text);
}

void stats_menu_register(void)
{
    ext_menu_t *menu = ext_menubar_register_menu(proto_tcpstate, "TCP State", true);

    ext_menubar_set_parentmenu(menu, "Statistics");
    for (unsigned i = 0; i < stats_n_tables; i++) {
        add_entry(menu, stats_tables[i].title + strlen(STATS_TITLE), stats_tables[i].cli_string);
    }
    add_entry(menu, "Connections to filter (Response Times)", "tcpstate,srt");
}
