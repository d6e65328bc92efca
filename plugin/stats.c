/* stats.c - how tables of Statistics > TCP State come and go; see stats.h.
 *
 * Wireshark has a table filled while packets are tapped, and draws it. Ours is known only at the
 * end. So a second listener, which has nothing but a draw function, fills it: listeners are drawn
 * in the reverse of the order in which they came, and this one comes with the first packet, when
 * Wireshark's own is there already.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "stats.h"

#include <epan/packet_info.h>
#include <epan/tap.h>

#include "asked.h"
#include "capture.h"
#include "replay.h"

#define MAX_TABLES 4

/* A table that Wireshark knows. */
static struct shown {
    stat_tap_table_ui ui;
    const struct stats_table *what;
    GByteArray *streams; /* those of which a frame was tapped */
    bool has_filler;     /* the listener that fills it is registered */
    bool of_capture;     /* the story is gathered already: no replay is needed */
    uint32_t last_frame; /* the last one that was tapped */
} shown[MAX_TABLES];

struct stats_rows {
    stat_tap_table *table;
    unsigned n_columns;
    unsigned n;
};

static struct shown *shown_of(const stat_tap_table_ui *ui)
{
    for (unsigned i = 0; i < stats_n_tables; i++) {
        if (&shown[i].ui == ui) {
            return &shown[i];
        }
    }
    return NULL;
}

/* NULL while no window shows it. */
static stat_tap_table *table_of(const struct shown *table)
{
    const GArray *tables = table->ui.tables;

    return tables && tables->len > 0 ? g_array_index(tables, stat_tap_table *, 0) : NULL;
}

/* --- rows ------------------------------------------------------------------------------------- */

/* Strings in a table are the table's own. */
static void free_cell(stat_tap_table_item_type *cell)
{
    if (cell->type == TABLE_ITEM_STRING) {
        g_free((char *)cell->value.string_value);
    }
    *cell = (stat_tap_table_item_type){.type = TABLE_ITEM_NONE};
}

static void put_cell(stat_tap_table_item_type *cell, const stat_tap_table_item_type *value)
{
    free_cell(cell);
    *cell = *value;
    if (value->type == TABLE_ITEM_STRING) {
        cell->value.string_value = g_strdup(value->value.string_value);
    }
}

void stats_add_row(struct stats_rows *rows, const stat_tap_table_item_type *cells)
{
    stat_tap_table_item_type *row;

    if (rows->n >= rows->table->num_elements) {
        stat_tap_table_item_type *empty = g_new0(stat_tap_table_item_type, rows->n_columns);

        stat_tap_init_table_row(rows->table, rows->n, rows->n_columns, empty);
        g_free(empty);
    }
    row = rows->table->elements[rows->n++];
    for (unsigned column = 0; column < rows->n_columns; column++) {
        put_cell(&row[column], &cells[column]);
    }
}

/* Windows hold pointers to rows, so rows that are not needed are emptied and stay. */
static void clear_rows(stat_tap_table *table)
{
    for (unsigned row = 0; row < table->num_elements; row++) {
        for (unsigned column = 0; column < table->num_fields; column++) {
            free_cell(&table->elements[row][column]);
        }
    }
}

const struct story_connection *stats_next(const struct stats_input *input, guint *i)
{
    while (*i < input->story->connections->len) {
        const struct story_connection *connection = story_connection(input->story, (*i)++);
        const guint byte = connection->stream / 8;

        if (byte < input->streams->len &&
            (input->streams->data[byte] & 1u << connection->stream % 8) != 0) {
            return connection;
        }
    }
    return NULL;
}

/* --- filling ---------------------------------------------------------------------------------- */

static void fill(void *data)
{
    struct shown *table = data;
    const bool all = !table->of_capture || table->last_frame >= capture_totals()->frames;
    const struct story *story = !all ? NULL : table->of_capture ? capture_story() : replay_story();
    const struct stats_input input = {story, table->streams};
    struct stats_rows rows = {table_of(table), table->what->n_columns, 0};

    if (!input.story || !rows.table) {
        return; /* not all frames are there yet, or the window is closed */
    }
    clear_rows(rows.table);
    table->what->fill(&input, &rows);
}

/* Of every frame. Windows draw now and then while frames are tapped; whoever has had nothing since
 * is not drawn again at the end. */
static tap_packet_status note_frame(void *data, packet_info *pinfo, epan_dissect_t *edt _U_,
                                    const void *tapped _U_, tap_flags_t flags _U_)
{
    struct shown *table = data;

    table->last_frame = pinfo->num;
    return TAP_PACKET_REDRAW;
}

static void add_filler(struct shown *table)
{
    GString *error;

    if (table->has_filler) {
        return;
    }
    error = register_tap_listener("tcpstate", table, NULL, TL_REQUIRES_NOTHING, NULL, note_frame,
                                  fill, NULL);
    table->has_filler = error == NULL;
    if (error) {
        g_string_free(error, TRUE);
    }
}

static void remove_filler(struct shown *table)
{
    if (table->has_filler) {
        table->has_filler = false;
        remove_tap_listener(table);
    }
}

/* --- what Wireshark calls --------------------------------------------------------------------- */

static void begin(struct shown *table)
{
    g_byte_array_set_size(table->streams, 0);
    table->last_frame = 0;
    table->of_capture = capture_gathers() && asked_is_loaded();
    if (!table->of_capture) {
        replay_start();
    }
}

static void init_table(stat_tap_table_ui *ui)
{
    struct shown *table = shown_of(ui);
    const char *name = table->what->name;

    remove_filler(table);
    begin(table);
    if (stat_tap_find_table(ui, name)) {
        clear_rows(table_of(table));
        return;
    }
    stat_tap_add_table(ui, stat_tap_init_table(name, (int)table->what->n_columns, 0, NULL));
}

static void note_stream(struct shown *table, uint32_t stream)
{
    const guint byte = stream / 8;
    const guint had = table->streams->len;

    if (byte >= had) {
        g_byte_array_set_size(table->streams, byte + byte / 2 + 1);
        memset(table->streams->data + had, 0, table->streams->len - had);
    }
    table->streams->data[byte] |= (guint8)(1u << stream % 8);
}

static tap_packet_status note_packet(void *data, packet_info *pinfo, epan_dissect_t *edt _U_,
                                     const void *tapped _U_, tap_flags_t flags _U_)
{
    const stat_data_t *stat = data;
    struct shown *table = shown_of(stat->stat_tap_data);
    struct annotation a;

    add_filler(table);
    table->last_frame = pinfo->num;
    for (unsigned layer = 0; capture_annotation(pinfo->num, layer, &a); layer++) {
        note_stream(table, a.stream);
    }
    return TAP_PACKET_REDRAW;
}

static struct shown *shown_with(const stat_tap_table *table)
{
    for (unsigned i = 0; i < stats_n_tables; i++) {
        if (table_of(&shown[i]) == table) {
            return &shown[i];
        }
    }
    return NULL;
}

static void reset_table(stat_tap_table *table)
{
    struct shown *found = shown_with(table);

    clear_rows(table);
    if (found) {
        begin(found);
    }
}

/* The window is closed. */
static void free_item(stat_tap_table *table, unsigned row _U_, unsigned column _U_,
                      stat_tap_table_item_type *cell)
{
    struct shown *found = shown_with(table);

    free_cell(cell);
    if (found) {
        remove_filler(found);
    }
}

void stats_register(void)
{
    for (unsigned i = 0; i < stats_n_tables; i++) {
        const struct stats_table *what = &stats_tables[i];

        shown[i].what = what;
        shown[i].streams = g_byte_array_new();
        shown[i].ui = (stat_tap_table_ui){
            .group = REGISTER_STAT_GROUP_GENERIC,
            .title = what->title,
            .tap_name = "tcpstate",
            .cli_string = what->cli_string,
            .stat_tap_init_cb = init_table,
            .packet_func = note_packet,
            .stat_tap_reset_table_cb = reset_table,
            .stat_tap_free_table_item_cb = free_item,
            .nfields = what->n_columns,
            .fields = what->columns,
        };
        register_stat_tap_table_ui(&shown[i].ui);
    }
}
