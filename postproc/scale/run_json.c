/* run_json.c - see run_json.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "run_json.h"

#include <string.h>

#include "errors.h"
#include "made.h"
#include "run_identity.h"
#include "text.h"

gint64 run_json_number(const json_t *object, const char *name, gint64 least, gint64 most, bool *ok)
{
    const json_t *value = json_object_get(object, name);

    if (!json_is_integer(value) || json_integer_value(value) < least ||
        json_integer_value(value) > most) {
        *ok = false;
        return least;
    }
    return json_integer_value(value);
}

const char *run_json_text(const json_t *object, const char *name, bool *ok)
{
    const char *text = json_string_value(json_object_get(object, name));

    *ok = *ok && text != NULL;
    return text != NULL ? text : "";
}

const json_t *run_json_list(const json_t *object, const char *name, bool *ok)
{
    const json_t *list = json_object_get(object, name);

    *ok = *ok && json_is_array(list);
    return json_is_array(list) ? list : NULL;
}

json_t *run_json_of_name(const char *name)
{
    json_t *list;

    if (g_utf8_validate(name, -1, NULL)) {
        return json_string(name);
    }
    list = json_array();
    for (; *name != '\0'; name++) {
        json_array_append_new(list, json_integer((guint8)*name));
    }
    return list;
}

char *run_json_name(const json_t *value, bool *ok)
{
    GString *name = g_string_new(json_string_value(value));

    for (gsize i = 0; i < json_array_size(value); i++) {
        const json_int_t byte = json_integer_value(json_array_get(value, i));
        *ok = *ok && byte > 0 && byte <= UINT8_MAX;
        g_string_append_c(name, (char)byte);
    }
    *ok = *ok && name->len > 0;
    return g_string_free(name, FALSE);
}

json_t *run_json_of_texts(const GPtrArray *texts)
{
    json_t *list = json_array();

    for (guint i = 0; i < texts->len; i++) {
        g_autofree char *valid = g_utf8_make_valid(g_ptr_array_index(texts, i), -1);
        json_array_append_new(list, json_string(valid));
    }
    return list;
}

void run_json_texts(const json_t *object, const char *name, GPtrArray *to, bool *ok)
{
    const json_t *list = run_json_list(object, name, ok);

    for (gsize i = 0; i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i));
        g_ptr_array_add(to, text_safe_copy(text != NULL ? text : "?"));
    }
}

static void identify(const char *bytes, gsize size, guint8 *identity)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    gsize n = RUN_IDENTITY_BYTES;

    g_checksum_update(sum, (const guchar *)bytes, (gssize)size);
    g_checksum_get_digest(sum, identity, &n);
}

json_t *run_json_read(const char *name, const char *format, guint8 *identity, GError **error)
{
    g_autofree char *shown = text_safe_copy(name);
    g_autofree char *bytes = NULL;
    g_autoptr(GError) cause = NULL;
    gsize size;
    json_t *object;

    if (!g_file_get_contents(name, &bytes, &size, &cause)) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_INPUT, "cannot read '%s': %s", shown,
                    g_file_test(name, G_FILE_TEST_EXISTS) ? cause->message : "it is not there");
        return NULL;
    }
    identify(bytes, size, identity);
    object = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, NULL);
    if (g_strcmp0(json_string_value(json_object_get(object, "format")), format) != 0) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_INPUT, "'%s' is no %s of this version", shown,
                    format);
        json_decref(object);
        return NULL;
    }
    return object;
}

bool run_json_write(const char *name, const json_t *object, guint8 *identity, GError **error)
{
    char *text = json_dumps(object, JSON_INDENT(1) | JSON_ENSURE_ASCII);
    g_autofree char *line = g_strconcat(text, "\n", NULL);
    const bool ok = made_whole(name, line, strlen(line), error);

    identify(line, strlen(line), identity);
    g_free(text); /* jansson allocates by g_malloc(): cli.c */
    return ok;
}

char *run_json_hex(const guint8 *identity)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < RUN_IDENTITY_BYTES; i++) {
        g_string_append_printf(text, "%02x", identity[i]);
    }
    return g_string_free(text, FALSE);
}
