/* live_pages.c - lines for a screen; see live_pages.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _POSIX_C_SOURCE 200809L
#include "live_pages.h"

#include <stdlib.h>
#include <string.h>

#include "connection_brief.h"
#include "duration.h"
#include "incident_print.h"
#include "text.h"

/* ---- what is printed, as lines ---- */

/* A struct out that writes into memory. */
struct memory_out {
    struct out out;
    char *text;
    size_t size;
};

static void open_memory(struct memory_out *memory, guint width)
{
    memory->text = NULL;
    memory->size = 0;
    memory->out = (struct out){
        .file = open_memstream(&memory->text, &memory->size), .name = "memory", .width = width};
}

/* Splits a text into lines, without a last one that is empty. */
static GPtrArray *split(const char *text)
{
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);

    while (*text != '\0') {
        const gsize n = strcspn(text, "\n");
        g_ptr_array_add(lines, g_strndup(text, n));
        text += n + (text[n] == '\n');
    }
    return lines;
}

static GPtrArray *close_memory(struct memory_out *memory)
{
    fclose(memory->out.file);
    GPtrArray *lines = split(memory->text);
    free(memory->text);
    return lines;
}

/* ---- pages ---- */

static void append_rates(const struct live_model *model, GString *text)
{
    const struct live_rates rates = live_model_rates(model);

    g_string_append_printf(text, "%s  ", model->input);
    text_duration(text, duration_forward(model->from_ns, model->now_ns));
    g_string_append(text, "  ");
    text_counted(text, model->totals.segments, "segment", "segments");
    g_string_append_printf(text, " (%.0f/s)  open ", rates.segments);
    text_count(text, model->open);
    g_string_append_printf(text, "  new %.1f/s  ended %.1f/s  in all ", rates.begun, rates.ended);
    text_count(text, model->begun);
    if (model->totals.closed_out > 0) {
        g_string_append(text, "  evicted ");
        text_count(text, model->totals.closed_out);
    }
    g_string_append_c(text, '\n');
}

GPtrArray *live_page_head(const struct live_model *model, guint width)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GString) wrapped = g_string_new(NULL);

    append_rates(model, text);
    for (unsigned state = TSM_SYN_SENT; state < TSM_N_STATES; state++) {
        if (model->sockets[state] > 0) {
            g_string_append_printf(text, "%s %u  ", tsm_state_name((enum tsm_state)state),
                                   model->sockets[state]);
        }
    }
    text_wrap(wrapped, text->str, width, 2);
    return split(wrapped->str);
}

GPtrArray *live_page_incidents_in_short(const Incidents *newest, guint most, guint width)
{
    const struct incident_layout layout = {.clock = TEXT_LOCAL};
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; newest != NULL && i < newest->found->len && i < most; i++) {
        struct memory_out memory;
        open_memory(&memory, 10 * width);
        incident_print(newest, i, &layout, &memory.out);
        g_autoptr(GPtrArray) all = close_memory(&memory);
        if (all->len > 0) {
            g_ptr_array_add(lines, g_strdup(g_ptr_array_index(all, 0)));
        }
    }
    return lines;
}

GPtrArray *live_page_incidents(const Incidents *newest, guint width)
{
    const struct incident_layout layout = {.evidence = true, .filter = true, .clock = TEXT_LOCAL};
    struct memory_out memory;

    open_memory(&memory, width);
    for (guint i = 0; newest != NULL && i < newest->found->len; i++) {
        incident_print(newest, i, &layout, &memory.out);
        fputs("\n", memory.out.file);
    }
    if (newest == NULL || newest->found->len == 0) {
        fputs("No incidents.\n", memory.out.file);
    }
    return close_memory(&memory);
}

GPtrArray *live_page_ladder(const Incidents *newest, uint32_t stream, guint width)
{
    const struct story *story = newest != NULL ? newest->anomalies->story : NULL;
    const struct story_connection *connection =
        story != NULL ? story_of_stream(story, stream) : NULL;
    g_autoptr(GArray) scratch = g_array_new(FALSE, FALSE, sizeof(struct story_interval));
    struct memory_out memory;
    struct outcome_facts facts;

    open_memory(&memory, width);
    if (connection != NULL) {
        outcome_facts(story, connection, scratch, &facts);
        const enum outcome_opening opening = outcome_opening(&facts);
        brief_print(story, story_number(story, connection), opening,
                    outcome_ending(&facts, opening), &memory.out);
    } else {
        fprintf(memory.out.file, "Stream %u is no longer kept.\n", stream);
    }
    return close_memory(&memory);
}
