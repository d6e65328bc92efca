/* site_config.c - reads the configuration files; see site_config.h.
 *
 * A file has a section [RULE] for thresholds, and a section [suppress NAME] for each kind of
 * finding that is known to be harmless. GKeyFile does not tell lines, so who complains looks for
 * it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "site_config.h"

#include <string.h>

#include "cause.h"
#include "errors.h"
#include "rules.h"
#include "selection_options.h"
#include "text.h"

#define SITE_FILE "/etc/tcpstory.conf"
#define SUPPRESS "suppress "

/* A file that is being read. */
struct reading {
    struct site_config *site;
    const char *path;
    const char *text;
    GKeyFile *file;
    const char *section;
};

/* ---- lines ---- */

/* The last line that has the key in the section, from 1; with NULL for a key, the section's own. 0
 * = there is none. */
static guint line_of(const char *text, const char *section, const char *key)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autofree char *head = g_strdup_printf("[%s]", section);
    bool inside = false;
    guint found = 0;

    for (guint i = 0; lines[i] != NULL; i++) {
        char *line = g_strstrip(lines[i]);
        if (line[0] == '[') {
            inside = g_str_equal(line, head);
            found = inside && key == NULL ? i + 1 : found;
        } else if (inside && key != NULL) {
            line[strcspn(line, "=")] = '\0';
            found = g_str_equal(g_strchomp(line), key) ? i + 1 : found;
        }
    }
    return found;
}

/* The line with which a text begins to be no key file: of what begins it, the shortest that is not
 * accepted ends there. */
static guint bad_line(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    guint good = 0;
    guint bad = g_strv_length(lines);

    while (bad - good > 1) {
        const guint middle = good + (bad - good) / 2;
        g_autoptr(GKeyFile) file = g_key_file_new();
        g_autoptr(GString) part = g_string_new(NULL);
        for (guint i = 0; i < middle; i++) {
            g_string_append_printf(part, "%s\n", lines[i]);
        }
        if (g_key_file_load_from_data(file, part->str, part->len, G_KEY_FILE_NONE, NULL)) {
            good = middle;
        } else {
            bad = middle;
        }
    }
    return bad;
}

static bool fail_at(const struct reading *reading, guint line, const char *what, GError **error)
{
    g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE, "configuration file '%s', line %u: %s",
                reading->path, line, g_str_has_prefix(what, "--") ? what + 2 : what);
    return false;
}

static bool fail_at_key(const struct reading *reading, const char *key, const char *what,
                        GError **error)
{
    return fail_at(reading, line_of(reading->text, reading->section, key), what, error);
}

/* ---- what is known to be harmless ---- */

typedef bool (*value_reader)(struct suppression *suppression, const char *text, GError **error);

/* Ids are those of the tables, whatever was written. */
static bool read_finding(struct suppression *suppression, const char *text, GError **error)
{
    const struct cause *cause = causes_find(text);
    guint number;

    if (cause == NULL && !rules_find(text, &number, error)) {
        return false;
    }
    g_ptr_array_add(suppression->ids, g_strdup(cause != NULL ? cause->id : rules_at(number)->id));
    return true;
}

static bool read_host(struct suppression *suppression, const char *text, GError **error)
{
    struct selection_values *wanted = &suppression->selection.wanted;

    if (!selection_read_host(wanted, text, error)) {
        return false;
    }
    if (wanted->names != NULL) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE,
                    "'%s' is not an address or a network: names are not looked up", text);
        return false;
    }
    return true;
}

static bool read_port(struct suppression *suppression, const char *text, GError **error)
{
    return selection_read_port(&suppression->selection.wanted, text, error);
}

static bool read_reason(struct suppression *suppression, const char *text, GError **error)
{
    (void)error;
    g_free(suppression->reason);
    suppression->reason = g_strdup(text);
    return true;
}

static const struct {
    const char *name;
    bool list;
    value_reader read;
} keys[] = {
    {"finding", true, read_finding},
    {"host", true, read_host},
    {"port", true, read_port},
    {"reason", false, read_reason},
};

static value_reader find_reader(const char *key, bool *list)
{
    for (gsize i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (g_str_equal(keys[i].name, key)) {
            *list = keys[i].list;
            return keys[i].read;
        }
    }
    return NULL;
}

/* Of one key all values, a comma between. */
static bool read_key(const struct reading *reading, struct suppression *suppression,
                     const char *key, GError **error)
{
    g_autofree char *whole = g_key_file_get_string(reading->file, reading->section, key, NULL);
    g_autoptr(GError) cause = NULL;
    bool list;
    const value_reader read = find_reader(key, &list);
    g_auto(GStrv) values =
        g_strsplit(whole != NULL ? g_strstrip(whole) : "", read != NULL && list ? "," : "\n", -1);

    if (read == NULL) {
        return fail_at_key(reading, key, "a section [suppress ...] has finding, host, port, reason",
                           error);
    }
    if (values[0] == NULL) {
        return fail_at_key(reading, key, "the value is missing", error);
    }
    for (char **value = values; *value != NULL; value++) {
        if (!read(suppression, g_strstrip(*value), &cause)) {
            return fail_at_key(reading, key, cause->message, error);
        }
    }
    return true;
}

/* Takes it in; it replaces one of the same name, as of the site's file. */
static void add_suppression(GPtrArray *all, struct suppression *suppression)
{
    for (guint i = 0; i < all->len; i++) {
        struct suppression *other = g_ptr_array_index(all, i);
        if (g_str_equal(other->name, suppression->name)) {
            g_ptr_array_remove_index(all, i);
            break;
        }
    }
    g_ptr_array_add(all, suppression);
}

static bool read_suppression(const struct reading *reading, GError **error)
{
    g_autofree char *name = g_strdup(reading->section + strlen(SUPPRESS));
    struct suppression *suppression = suppression_new(g_strstrip(name));
    g_auto(GStrv) names = g_key_file_get_keys(reading->file, reading->section, NULL, NULL);
    const struct selection_values *wanted = &suppression->selection.wanted;

    add_suppression(reading->site->suppressions, suppression);
    for (char **key = names; key != NULL && *key != NULL; key++) {
        if (!read_key(reading, suppression, *key, error)) {
            return false;
        }
    }
    if (suppression->ids->len == 0 && wanted->nets == NULL && wanted->ports == NULL) {
        return fail_at_key(reading, NULL, "without finding, host and port it would suppress all",
                           error);
    }
    return true;
}

/* ---- thresholds ---- */

static bool read_thresholds(const struct reading *reading, GError **error)
{
    g_auto(GStrv) names = g_key_file_get_keys(reading->file, reading->section, NULL, NULL);
    g_autoptr(GError) cause = NULL;
    guint number;

    if (!rules_find(reading->section, &number, &cause)) {
        return fail_at_key(reading, NULL, cause->message, error);
    }
    for (char **key = names; key != NULL && *key != NULL; key++) {
        g_autofree char *value = g_key_file_get_string(reading->file, reading->section, *key, NULL);
        if (!thresholds_assign(reading->site->thresholds, reading->section, *key,
                               value != NULL ? g_strstrip(value) : "", &cause)) {
            return fail_at_key(reading, *key, cause->message, error);
        }
    }
    return true;
}

/* ---- files ---- */

static bool read_sections(struct reading *reading, GError **error)
{
    g_auto(GStrv) sections = g_key_file_get_groups(reading->file, NULL);
    bool ok = true;

    for (char **section = sections; ok && *section != NULL; section++) {
        reading->section = *section;
        ok = g_str_has_prefix(*section, SUPPRESS) ? read_suppression(reading, error)
                                                  : read_thresholds(reading, error);
    }
    return ok;
}

static bool read_file(struct site_config *site, const char *path, GError **error)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autofree char *text = NULL;
    g_autoptr(GError) cause = NULL;
    struct reading reading = {.site = site, .path = path, .file = file};

    if (!g_file_get_contents(path, &text, NULL, &cause)) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE, "configuration file '%s': %s", path,
                    cause->message);
        return false;
    }
    reading.text = text;
    if (text[0] != '\0' &&
        !g_key_file_load_from_data(file, text, strlen(text), G_KEY_FILE_NONE, &cause)) {
        return fail_at(&reading, bad_line(text), cause->message, error);
    }
    return read_sections(&reading, error);
}

/* One that need not exist. */
static bool read_if_there(struct site_config *site, const char *path, GError **error)
{
    return !g_file_test(path, G_FILE_TEST_EXISTS) || read_file(site, path, error);
}

static bool read_files(struct site_config *site, const struct options *options, GError **error)
{
    g_autofree char *own = g_build_filename(g_get_user_config_dir(), "tcpstory", "config", NULL);

    if (options->no_config && options->config != NULL) {
        g_set_error_literal(error, TCPSTORY_ERROR, EXIT_USAGE, "--config or --no-config, not both");
        return false;
    }
    if (options->no_config) {
        return true;
    }
    if (options->config != NULL) {
        return read_file(site, options->config, error);
    }
    return read_if_there(site, SITE_FILE, error) && read_if_there(site, own, error);
}

static void free_suppression(gpointer suppression)
{
    suppression_free(suppression);
}

bool site_config_read(struct site_config *site, const struct options *options,
                      const struct anonymizer *anonymizer, GError **error)
{
    site->thresholds = thresholds_new();
    site->suppressions = g_ptr_array_new_with_free_func(free_suppression);
    bool ok = read_files(site, options, error);

    for (char **set = options->set; ok && set != NULL && *set != NULL; set++) {
        ok = thresholds_set(site->thresholds, *set, error);
    }
    for (guint i = 0; i < site->suppressions->len; i++) {
        struct suppression *suppression = g_ptr_array_index(site->suppressions, i);
        selection_anonymize(&suppression->selection, anonymizer);
    }
    return ok;
}

void site_config_clear(struct site_config *site)
{
    thresholds_free(site->thresholds);
    g_clear_pointer(&site->suppressions, g_ptr_array_unref);
}
