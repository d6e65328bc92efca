/* page_intervals.c - the state intervals and steps of each connection as columns; see
 * page_columns.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "connection_brief.h"
#include "duration.h"
#include "letters.h"
#include "page_columns.h"
#include "rungs.h"
#include "write_json.h"

#define US_NS 1000

/* Kinds of things, each described by a JSON array; a number fits into 64 bits where two are of one
 * kind if and only if they have the same. */
struct kinds {
    GHashTable *numbers; /* int64_t (owned) -> number + 1 */
    GString *json;
};

static struct kinds kinds_new(void)
{
    return (struct kinds){
        .numbers = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL),
        .json = g_string_new(NULL),
    };
}

/* The number of a kind; *fresh = it is new, and its description is to be appended. */
static guint kinds_number(struct kinds *kinds, gint64 key, bool *fresh)
{
    const guint known = GPOINTER_TO_UINT(g_hash_table_lookup(kinds->numbers, &key));
    const guint n = g_hash_table_size(kinds->numbers);

    *fresh = known == 0;
    if (known > 0) {
        return known - 1;
    }
    g_hash_table_insert(kinds->numbers, g_memdup2(&key, sizeof key), GUINT_TO_POINTER(n + 1));
    g_string_append(kinds->json, n > 0 ? "," : "");
    return n;
}

static void kinds_end(struct kinds *kinds, const char *name, GString *json)
{
    g_string_append_printf(json, ",\"%s\":[%s]}", name, kinds->json->str);
    g_hash_table_unref(kinds->numbers);
    g_string_free(kinds->json, TRUE);
}

/* ---- intervals ---- */

struct columns {
    GString *counts, *times, *frames, *kinds;
    guint n;
};

static struct columns columns_new(void)
{
    return (struct columns){g_string_new(NULL), g_string_new(NULL), g_string_new(NULL),
                            g_string_new(NULL), 0};
}

static void columns_end(struct columns *columns, const char *name, GString *json)
{
    g_string_append_printf(json, "\"%s\":{\"n\":%u,\"counts\":\"%s\",\"times\":\"%s\"", name,
                           columns->n, columns->counts->str, columns->times->str);
    if (columns->frames->len > 0) {
        g_string_append_printf(json, ",\"frames\":\"%s\"", columns->frames->str);
    }
    g_string_append_printf(json, ",\"kinds\":\"%s\"", columns->kinds->str);
    g_string_free(columns->counts, TRUE);
    g_string_free(columns->times, TRUE);
    g_string_free(columns->frames, TRUE);
    g_string_free(columns->kinds, TRUE);
}

/* State, basis, whether it is certain, and why when no segment brought it. */
static guint interval_kind(struct kinds *kinds, const struct story_interval *before,
                           const struct story_interval *interval)
{
    const bool certain = story_is_certain(interval);
    const bool timer = before != NULL && interval->frame == 0 && before->state != interval->state;
    const unsigned from = timer ? before->state : 0;
    const unsigned cause = timer ? interval->cause + 1u : 0;
    bool fresh;
    const guint number =
        kinds_number(kinds,
                     (gint64)interval->state | (gint64)interval->basis << 8 |
                         (gint64)certain << 16 | (gint64)from << 24 | (gint64)cause << 32,
                     &fresh);

    if (fresh) {
        g_string_append_printf(kinds->json, "[%u,%u,%u,", interval->state, interval->basis,
                               certain ? 1u : 0u);
        write_json_string(kinds->json, timer ? brief_reason(before, interval) : "");
        g_string_append_c(kinds->json, ']');
    }
    return number;
}

static void put_end(const struct page_subject *page, const struct story_connection *connection,
                    const GArray *intervals, struct columns *to, struct kinds *kinds)
{
    const struct story_interval *before = NULL;
    int64_t last_ns = connection->start_ns;

    letters_put(to->counts, intervals->len);
    to->n += intervals->len;
    for (guint i = 0; i < intervals->len; i++) {
        const struct story_interval *interval = &g_array_index(intervals, struct story_interval, i);
        letters_put_signed(to->times, duration(last_ns, interval->from_ns) / page->unit_ns);
        letters_put(to->kinds, interval_kind(kinds, before, interval));
        last_ns = interval->from_ns;
        before = interval;
    }
}

void page_intervals(const struct page_subject *page, GString *json)
{
    g_autoptr(GArray) scratch = g_array_new(FALSE, FALSE, sizeof(struct story_interval));
    struct columns columns = columns_new();
    struct kinds kinds = kinds_new();

    for (guint i = 0; i < page->n; i++) {
        const struct story_connection *connection = story_connection(page->story, i);
        for (unsigned side = 0; side < 2; side++) {
            story_intervals(page->story, connection, (enum tsm_side)side, scratch);
            put_end(page, connection, scratch, &columns, &kinds);
        }
    }
    columns_end(&columns, "intervals", json);
    kinds_end(&kinds, "kinds_of", json);
}

int64_t page_columns_unit(const struct page_subject *page)
{
    g_autoptr(GArray) scratch = g_array_new(FALSE, FALSE, sizeof(struct story_interval));
    bool whole = story_start(page->story) % US_NS == 0;

    for (guint i = 0; whole && i < page->n; i++) {
        const struct story_connection *connection = story_connection(page->story, i);
        whole = connection->start_ns % US_NS == 0 && connection->end_ns % US_NS == 0;
        for (unsigned side = 0; whole && side < 2; side++) {
            story_intervals(page->story, connection, (enum tsm_side)side, scratch);
            for (guint k = 0; whole && k < scratch->len; k++) {
                whole = g_array_index(scratch, struct story_interval, k).from_ns % US_NS == 0;
            }
        }
    }
    return whole ? US_NS : 1;
}

/* ---- steps ---- */

/* Sender, what was sent, the step and the socket call, whether something was reset. */
static guint step_kind(struct kinds *kinds, const struct story_step *step)
{
    char numbers[TSM_STEP_TEXT];
    bool fresh;
    const guint number =
        kinds_number(kinds,
                     (gint64)step->sender | (gint64)step->action << 8 | (gint64)step->call << 16 |
                         (gint64)step->open_step << 24 | (gint64)step->close_steps << 32,
                     &fresh);

    if (fresh) {
        g_autoptr(GString) text = g_string_new(NULL);
        g_string_append_printf(kinds->json, "[%u,", step->sender);
        brief_step(step, text);
        write_json_string(kinds->json, text->str);
        g_string_append_c(kinds->json, ',');
        write_json_string(kinds->json, tsm_step_text(step->open_step, step->close_steps, numbers,
                                                     sizeof numbers));
        g_string_append_c(kinds->json, ',');
        write_json_string(kinds->json, rungs_call((enum tsm_call)step->call));
        g_string_append_printf(kinds->json, ",%u]", step->action == TSM_ACT_RST ? 1u : 0u);
    }
    return number;
}

/* Where the steps of each connection begin in a list that has them one connection after the other,
 * and that list: places in story->steps. The caller frees both. */
static guint *group_steps(const struct page_subject *page, guint **first)
{
    const GArray *steps = page->story->steps;
    guint *places = g_new(guint, steps->len + 1);
    guint *at = g_new0(guint, page->n + 2);

    for (guint i = 0; i < steps->len; i++) {
        const guint number = g_array_index(steps, struct story_step, i).connection;
        at[MIN(number, page->n) + 1]++;
    }
    for (guint i = 1; i <= page->n + 1; i++) {
        at[i] += at[i - 1];
    }
    *first = g_memdup2(at, sizeof(guint) * (page->n + 2));
    for (guint i = 0; i < steps->len; i++) {
        const guint number = g_array_index(steps, struct story_step, i).connection;
        places[at[MIN(number, page->n)]++] = i;
    }
    g_free(at);
    return places;
}

void page_steps(const struct page_subject *page, GString *json)
{
    const GArray *steps = page->story->steps;
    struct columns columns = columns_new();
    struct kinds kinds = kinds_new();
    g_autofree guint *first = NULL;
    g_autofree guint *places = group_steps(page, &first);

    for (guint i = 0; i < page->n; i++) {
        const struct story_connection *connection = story_connection(page->story, i);
        int64_t last_ns = connection->start_ns;
        int64_t last_frame = connection->frame;
        letters_put(columns.counts, first[i + 1] - first[i]);
        columns.n += first[i + 1] - first[i];
        for (guint k = first[i]; k < first[i + 1]; k++) {
            const struct story_step *step = &g_array_index(steps, struct story_step, places[k]);
            letters_put_signed(columns.times, duration(last_ns, step->time_ns) / page->unit_ns);
            letters_put_signed(columns.frames, (int64_t)step->frame - last_frame);
            letters_put(columns.kinds, step_kind(&kinds, step));
            last_ns = step->time_ns;
            last_frame = step->frame;
        }
    }
    columns_end(&columns, "steps", json);
    kinds_end(&kinds, "kinds_of", json);
}
