/* plugin_path.c - finding the plugin; see plugin_path.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin_path.h"

#define PLUGIN_NAME "tcpstate.so"

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
    return g_file_test(folder, G_FILE_TEST_IS_DIR) ? g_canonicalize_filename(folder, NULL) : NULL;
}

/* The plugin of one Wireshark version in the folder; NULL when it has none. */
static char *plugin_file(const char *folder, const char *version)
{
    g_autofree char *file = g_build_filename(folder, version, "epan", PLUGIN_NAME, NULL);

    return g_file_test(file, G_FILE_TEST_IS_REGULAR) ? g_steal_pointer(&file) : NULL;
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
