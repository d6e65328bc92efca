/* plugin_path.h - where the Wireshark plugin tcpstate is.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef PLUGIN_PATH_H
#define PLUGIN_PATH_H

#include <glib.h>
#include <stdbool.h>

/* The folder that WIRESHARK_PLUGIN_DIR shall name: it holds X.Y/epan/tcpstate.so. That is the
 * environment's WIRESHARK_PLUGIN_DIR when it is set; for a tcpstory in its build tree the folder
 * beside it; for one that was installed below a home folder Wireshark's personal one; otherwise
 * NULL: the plugin is installed in Wireshark's own folder. The caller frees it. */
char *plugin_folder(void);

/* Whether the plugin for the Wireshark that tcpstory was built with is there, in that folder or in
 * Wireshark's own. */
bool plugin_is_there(void);

/* The Wireshark versions that the folder has a plugin for, "4.0, 4.4"; "" for none. The caller
 * frees it. */
char *plugin_versions(const char *folder);

#endif
