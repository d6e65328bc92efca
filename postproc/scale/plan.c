/* plan.c - see plan.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plan.h"

#include <stdio.h>
#include <string.h>

#include "errors.h"
#include "run_json.h"
#include "text.h"

#define FORMAT "tcpstory plan 1"

static void clear_file(gpointer data)
{
    struct plan_file *file = data;

    g_free(file->name);
    g_free(file->path);
}

struct plan *plan_new(const char *folder)
{
    struct plan *plan = g_new0(struct plan, 1);

    plan->folder = g_strdup(folder);
    plan->files = g_array_new(FALSE, FALSE, sizeof(struct plan_file));
    g_array_set_clear_func(plan->files, clear_file);
    plan->left_out = g_ptr_array_new_with_free_func(g_free);
    return plan;
}

void plan_free(struct plan *plan)
{
    if (plan != NULL) {
        g_array_unref(plan->files);
        g_ptr_array_unref(plan->left_out);
        g_free(plan->folder);
        g_free(plan);
    }
}

const struct plan_file *plan_file_at(const struct plan *plan, guint number)
{
    return &g_array_index(plan->files, struct plan_file, number);
}

/* ---- names ---- */

char *plan_map_name(const struct plan *plan, guint number)
{
    return g_strdup_printf("%s/map/%06u.tsi", plan->folder, number);
}

char *plan_totals_name(const struct plan *plan)
{
    return g_build_filename(plan->folder, "totals.json", NULL);
}

char *plan_reduce_name(const struct plan *plan, guint shard)
{
    return g_strdup_printf("%s/reduce/%03u.tsr", plan->folder, shard);
}

static char *name_in(const char *folder)
{
    return g_build_filename(folder, "plan.json", NULL);
}

char **plan_names(const struct plan *plan)
{
    char **names = g_new0(char *, plan->files->len + 1);

    for (guint i = 0; i < plan->files->len; i++) {
        names[i] = plan_file_at(plan, i)->name;
    }
    return names;
}

/* ---- order ---- */

/* By their first frames; those without frames come first, as for other verbs. */
static gint compare_files(gconstpointer x, gconstpointer y)
{
    const struct plan_file *a = x, *b = y;

    if (a->has_frames != b->has_frames) {
        return a->has_frames ? 1 : -1;
    }
    if (a->first_ns != b->first_ns) {
        return a->first_ns > b->first_ns ? 1 : -1;
    }
    return strcmp(a->name, b->name);
}

void plan_arrange(struct plan *plan)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    guint8 digest[RUN_IDENTITY_BYTES];
    gsize n = sizeof digest;

    g_array_sort(plan->files, compare_files);
    for (guint i = 0; i < plan->files->len; i++) {
        const struct plan_file *file = plan_file_at(plan, i);
        const guint64 facts[] = {GUINT64_TO_LE(file->size), GUINT64_TO_LE((guint64)file->first_ns)};
        g_checksum_update(sum, (const guchar *)facts, sizeof facts);
    }
    g_checksum_get_digest(sum, digest, &n);
    memcpy(&plan->key, digest, sizeof plan->key);
    plan->key.k0 = GUINT64_FROM_LE(plan->key.k0);
    plan->key.k1 = GUINT64_FROM_LE(plan->key.k1);
}

/* ---- writing ---- */

static json_t *json_of_file(const struct plan_file *file)
{
    return json_pack("{s:o, s:o, s:I, s:b, s:I}", "name", run_json_of_name(file->name), "path",
                     run_json_of_name(file->path), "size", (json_int_t)file->size, "has_frames",
                     (int)file->has_frames, "first_ns", (json_int_t)file->first_ns);
}

bool plan_write(struct plan *plan, GError **error)
{
    g_autofree char *name = name_in(plan->folder);
    g_autofree char *key = g_strdup_printf("%016" G_GINT64_MODIFIER "x%016" G_GINT64_MODIFIER "x",
                                           (guint64)plan->key.k0, (guint64)plan->key.k1);
    json_t *files = json_array();
    json_t *all;

    for (guint i = 0; i < plan->files->len; i++) {
        json_array_append_new(files, json_of_file(plan_file_at(plan, i)));
    }
    all = json_pack("{s:s, s:s, s:I, s:I, s:s, s:o, s:o}", "format", FORMAT, "tcpstory",
                    TCPSTORY_VERSION, "shards", (json_int_t)plan->shards, "max_connections",
                    (json_int_t)plan->max_connections, "key", key, "left_out",
                    run_json_of_texts(plan->left_out), "files", files);
    const bool ok = run_json_write(name, all, plan->identity, error);
    json_decref(all);
    return ok;
}

/* ---- reading ---- */

bool plan_is_in(const char *folder)
{
    g_autofree char *name = name_in(folder);

    FILE *file = g_file_test(name, G_FILE_TEST_IS_REGULAR) ? fopen(name, "re") : NULL;
    char first[64] = "";

    if (file != NULL) {
        first[fread(first, 1, sizeof first - 1, file)] = '\0';
        fclose(file);
    }
    return strstr(first, "\"tcpstory plan ") != NULL; /* of any version: plan_read() tells which */
}

static void read_file(struct plan *plan, const json_t *from, bool *ok)
{
    const struct plan_file file = {
        .name = run_json_name(json_object_get(from, "name"), ok),
        .path = run_json_name(json_object_get(from, "path"), ok),
        .size = (guint64)run_json_number(from, "size", 0, INT64_MAX, ok),
        .first_ns = run_json_number(from, "first_ns", INT64_MIN, INT64_MAX, ok),
        .has_frames = json_is_true(json_object_get(from, "has_frames")),
    };

    g_array_append_val(plan->files, file);
}

static void read_key(struct plan *plan, const char *text, bool *ok)
{
    g_autofree char *first = g_strndup(text, 16);

    *ok = *ok && strlen(text) == 32 &&
          g_ascii_string_to_unsigned(first, 16, 0, G_MAXUINT64, &plan->key.k0, NULL) &&
          g_ascii_string_to_unsigned(text + 16, 16, 0, G_MAXUINT64, &plan->key.k1, NULL);
}

static bool read_plan(struct plan *plan, const json_t *all)
{
    bool ok = true;
    const json_t *files = run_json_list(all, "files", &ok);

    plan->shards = (guint32)run_json_number(all, "shards", 1, PLAN_MAX_SHARDS, &ok);
    plan->max_connections = (guint32)run_json_number(all, "max_connections", 0, UINT32_MAX, &ok);
    read_key(plan, run_json_text(all, "key", &ok), &ok);
    for (gsize i = 0; ok && i < json_array_size(files); i++) {
        read_file(plan, json_array_get(files, i), &ok);
    }
    run_json_texts(all, "left_out", plan->left_out, &ok);
    return ok && plan->files->len > 0 && plan->files->len <= PLAN_MAX_FILES;
}

struct plan *plan_read(const char *folder, GError **error)
{
    g_autoptr(Plan) plan = plan_new(folder);
    g_autofree char *name = name_in(folder);
    json_t *all = run_json_read(name, FORMAT, plan->identity, error);

    if (all == NULL) {
        return NULL;
    }
    const bool ok = read_plan(plan, all);
    json_decref(all);
    if (!ok) {
        g_autofree char *shown = text_safe_copy(name);
        g_set_error(error, TCPSTORY_ERROR, EXIT_INPUT, "'%s' is no whole plan: plan again", shown);
        return NULL;
    }
    return g_steal_pointer(&plan);
}
