/* plugin_path.c - finding and copying the plugin; see plugin_path.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin_path.h"

#include <glib/gstdio.h>

#include "errors.h"

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

static bool fail(GError **error, const char *what, const char *path)
{
    g_set_error(error, TCPSTORY_ERROR, EXIT_TSHARK, "cannot %s '%s': %s", what, path,
                g_strerror(errno));
    return false;
}

/* A file of at most a few MB; mode 0644 whatever the umask. */
static bool copy_file(const char *from, const char *to, GError **error)
{
    g_autofree char *bytes = NULL;
    g_autoptr(GError) cause = NULL;
    gsize n;

    if (!g_file_get_contents(from, &bytes, &n, &cause) ||
        !g_file_set_contents(to, bytes, (gssize)n, &cause)) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_TSHARK, "cannot copy the plugin: %s",
                    cause->message);
        return false;
    }
    return g_chmod(to, 0644) == 0 || fail(error, "make readable", to);
}

static bool make_folder(const char *path, GError **error)
{
    return (g_mkdir(path, 0755) == 0 && g_chmod(path, 0755) == 0) ||
           fail(error, "create the folder", path);
}

bool plugin_copy(const char *from, const char *to, GError **error)
{
    g_autoptr(GDir) dir = g_dir_open(from, 0, NULL);
    const char *name;

    if (!make_folder(to, error)) {
        return false;
    }
    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *file = plugin_file(from, name);
        g_autofree char *version = g_build_filename(to, name, NULL);
        g_autofree char *epan = g_build_filename(version, "epan", NULL);
        g_autofree char *copy = g_build_filename(epan, PLUGIN_NAME, NULL);
        if (file != NULL && !(make_folder(version, error) && make_folder(epan, error) &&
                              copy_file(file, copy, error))) {
            return false;
        }
    }
    return true;
}
