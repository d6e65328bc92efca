/* plugin_path.c - finding the plugin; see plugin_path.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin_path.h"

#define PLUGIN_NAME "tcpstate.so"

/* The plugin of one Wireshark version in the folder; NULL when it has none. */
static char *plugin_file(const char *folder, const char *version)
{
    g_autofree char *file = g_build_filename(folder, version, "epan", PLUGIN_NAME, NULL);

    return g_file_test(file, G_FILE_TEST_IS_REGULAR) ? g_steal_pointer(&file) : NULL;
}

/* Where `place` keeps Wireshark's personal plugins, when this one is among them; otherwise NULL. */
static char *personal_folder(const char *place)
{
    g_autofree char *folder = g_build_filename(place, "lib", "wireshark", "plugins", NULL);
    g_autofree char *file = plugin_file(folder, TCPSTORY_PLUGIN_ABI);

    return file != NULL ? g_canonicalize_filename(folder, NULL) : NULL;
}

/* The personal folder of whoever installed tcpstory below the home folder: the prefix is usually
 * ~/.local, which holds that folder, too (packaging/install_places.cmake.in). */
static char *installed_folder(const char *self)
{
    g_autofree char *bin = g_path_get_dirname(self);
    g_autofree char *prefix = g_path_get_dirname(bin);
    g_autofree char *local = g_build_filename(g_get_home_dir(), ".local", NULL);
    char *folder = personal_folder(prefix);

    if (folder == NULL && g_str_has_prefix(self, g_get_home_dir())) {
        folder = personal_folder(local);
    }
    return folder;
}

char *plugin_folder(void)
{
    const char *named = g_getenv("WIRESHARK_PLUGIN_DIR");
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *place = NULL;
    g_autofree char *folder = NULL;

    if (named != NULL && named[0] != '\0') {
        return g_canonicalize_filename(named, NULL);
    }
    if (self == NULL) {
        return NULL;
    }
    place = g_path_get_dirname(self);
    folder = g_build_filename(place, "..", "plugin", "wireshark", NULL);
    return g_file_test(folder, G_FILE_TEST_IS_DIR) ? g_canonicalize_filename(folder, NULL)
                                                   : installed_folder(self);
}

bool plugin_is_there(void)
{
    g_autofree char *folder = plugin_folder();
    g_autofree char *file = folder != NULL ? plugin_file(folder, TCPSTORY_PLUGIN_ABI)
                                           : g_strdup(TCPSTORY_PLUGIN_INSTALLED);

    return file != NULL && g_file_test(file, G_FILE_TEST_IS_REGULAR);
}

char *plugin_versions(const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    GString *versions = g_string_new(NULL);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *file = plugin_file(folder, name);
        if (file != NULL) {
            g_string_append_printf(versions, "%s%s", versions->len > 0 ? ", " : "", name);
        }
    }
    return g_string_free(versions, FALSE);
}
