/* script.c - a scenario file: its title, and which reader each line is for.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "script.h"

#include <string.h>

#include "reader.h"
#include "words.h"

static void free_line(gpointer data)
{
    struct line *line = data;

    if (line->intervals != NULL) {
        for (guint i = 0; i < line->intervals->len; i++) {
            expected_state_clear(&g_array_index(line->intervals, struct interval, i).state);
        }
        g_array_free(line->intervals, TRUE);
    }
    expectation_free(line->expect);
    g_free(line->text);
    g_free(line);
}

static void free_saying(gpointer data)
{
    struct saying *saying = data;

    g_free(saying->rule);
    g_free(saying->words);
    g_free(saying);
}

static bool read_statement(struct reader *r, unsigned number, char *text, GError **error)
{
    struct line *line = g_new0(struct line, 1);
    char *bar = strchr(text, '|');
    char *rest = text;

    line->number = number;
    line->text = g_strdup(text);
    g_ptr_array_add(r->script->lines, line);
    if (bar != NULL) {
        *bar = '\0';
        line->expect = expectation_parse(bar + 1, error);
        if (line->expect == NULL) {
            return false;
        }
    }
    g_autofree char *word = next_word(&rest);
    return line_read(r, line, word == NULL ? "" : word, rest, error);
}

static bool read_line(struct reader *r, unsigned number, char *text, GError **error)
{
    char *rest = text;
    bool found;

    text[strcspn(text, "#")] = '\0';
    g_strchomp(text);
    g_autofree char *word = next_word(&rest);
    if (word == NULL) {
        return true;
    }
    return setting_read(r, word, rest, &found, error) &&
           (found || read_statement(r, number, text, error));
}

static struct script *new_script(const char *path)
{
    struct script *script = g_new0(struct script, 1);

    script->path = g_strdup(path);
    script->model = tsm_model_default;
    script->settings = thresholds_new();
    script->hosts = g_ptr_array_new_with_free_func(host_free);
    script->connections = g_ptr_array_new_with_free_func(g_free);
    script->sayings = g_ptr_array_new_with_free_func(free_saying);
    script->lines = g_ptr_array_new_with_free_func(free_line);
    host_put(script, "C", "192.0.2.1");
    host_put(script, "S", "192.0.2.2");
    return script;
}

void script_free(struct script *script)
{
    if (script == NULL) {
        return;
    }
    g_ptr_array_free(script->hosts, TRUE);
    g_ptr_array_free(script->connections, TRUE);
    g_ptr_array_free(script->lines, TRUE);
    g_ptr_array_free(script->sayings, TRUE);
    thresholds_free(script->settings);
    g_free(script->anomalies);
    g_free(script->title);
    g_free(script->path);
    g_free(script);
}

/* Reads all lines; the first must be a comment, which becomes the title. */
static bool read_lines(struct reader *r, char **texts, GError **error)
{
    unsigned i = 0;
    bool good = texts[0] != NULL && texts[0][0] == '#' ? true
                                                       : not_understood(error, texts[0],
                                                                        "a first line # that "
                                                                        "says what it shows");
    if (good) {
        r->script->title = g_strdup(g_strstrip(texts[0] + 1));
    }
    while (good && texts[++i] != NULL) {
        good = read_line(r, i + 1, texts[i], error);
    }
    if (!good) {
        g_prefix_error(error, "%s:%u: ", r->script->path, i + 1);
    }
    return good;
}

struct script *script_read(const char *path, GError **error)
{
    g_autofree char *content = NULL;
    gsize size;

    if (!g_file_get_contents(path, &content, &size, error)) {
        return NULL;
    }
    if (!g_utf8_validate(content, (gssize)size, NULL)) {
        g_set_error(error, SCENARIO_ERROR, 0, "%s:1: not UTF-8 text", path);
        return NULL;
    }
    g_auto(GStrv) texts = g_strsplit(content, "\n", -1);
    struct reader r = {.script = new_script(path)};
    r.isns = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    const bool good = read_lines(&r, texts, error);
    g_hash_table_destroy(r.isns);
    if (!good) {
        script_free(r.script);
        return NULL;
    }
    return r.script;
}
