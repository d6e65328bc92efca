/* taps.c - the option -z tcpstate: reads its argument and registers what was asked for.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "taps.h"

#include <stdio.h>
#include <stdlib.h>

#include <epan/packet.h>
#include <epan/stat_tap_ui.h>
#include <epan/tap.h>
#include <wsutil/strtoi.h>

#include "capture.h"
#include "items.h"
#include "records.h"

#define CLI_OPTION "tcpstate"
#define TOTALS "tcpstate_totals"

/* To the first one everybody may listen, who finds states of the frame then; to the second one
 * those of -z tcpstate, who want nothing of a frame but that the engine has seen it. */
static int tap_id = -1, totals_id = -1;

void taps_register(void)
{
    tap_id = register_tap("tcpstate");
    totals_id = register_tap(TOTALS);
}

bool taps_are_listened_to(void)
{
    return have_tap_listener(tap_id);
}

bool taps_count_totals(void)
{
    return have_tap_listener(totals_id);
}

void taps_queue_frame(packet_info *pinfo)
{
    if (taps_are_listened_to()) {
        tap_queue_packet(tap_id, pinfo, NULL);
    }
    if (taps_count_totals()) {
        tap_queue_packet(totals_id, pinfo, NULL);
    }
}

bool taps_are_active(packet_info *pinfo)
{
    static const char mark = 1;

    if (tap_id < 0) {
        return false;
    }
    if (!fetch_tapped_data(tap_id, 0)) {
        tap_queue_packet(tap_id, pinfo, &mark);
    }
    return fetch_tapped_data(tap_id, 0) != NULL;
}

/* --- the listeners ---------------------------------------------------------------------------- */

static tap_packet_status ignore_frame(void *data _U_, packet_info *pinfo _U_,
                                      epan_dissect_t *edt _U_, const void *tapped _U_,
                                      tap_flags_t flags _U_)
{
    return TAP_PACKET_DONT_REDRAW;
}

static tap_packet_status drain_records(void *data _U_, packet_info *pinfo _U_,
                                       epan_dissect_t *edt _U_, const void *tapped _U_,
                                       tap_flags_t flags _U_)
{
    records_drain();
    return TAP_PACKET_DONT_REDRAW;
}

static void draw_table(void *data _U_)
{
    capture_finish();
    tap_table_print();
}

static void draw_records(void *data _U_)
{
    capture_finish();
    records_drain();
}

static void draw_nothing(void *data _U_)
{
}

/* What can be asked for: the text after "tcpstate", and who does it. */
static const struct listener {
    const char *argument;
    enum tsm_record_detail records;
    tap_packet_cb packet;
    tap_draw_cb draw;
    void (*start)(void); /* called before the capture is opened; NULL = nothing to do */
} listeners[] = {
    {"", TSM_RECORD_NONE, ignore_frame, draw_table, NULL},
    {",table", TSM_RECORD_NONE, ignore_frame, draw_table, NULL},
    {",records", TSM_RECORD_EVENTS, drain_records, draw_records, NULL},
    {",records,segments", TSM_RECORD_ALL, drain_records, draw_records, NULL},
    {",records,live", TSM_RECORD_LIVE, drain_records, draw_records, NULL},
    /* for tcpstory */
    {"," TSM_ITEM_OPTION, TSM_RECORD_NONE, ignore_frame, draw_nothing, items_want},
};

/* Takes `option`, as ",stream=", and its number off the end of the argument. Returns whether it was
 * there; *number stays as it is when not. */
static bool take_number(char *argument, const char *option, uint32_t *number)
{
    char *at = strstr(argument, option);

    if (at && ws_strtou32(at + strlen(option), NULL, number)) {
        *at = '\0';
        return true;
    }
    return false;
}

/* Takes `option` off the end of the argument. Returns whether it was there. */
static bool take_flag(char *argument, const char *option)
{
    const bool found = g_str_has_suffix(argument, option);

    if (found) {
        argument[strlen(argument) - strlen(option)] = '\0';
    }
    return found;
}

/* The listener for the argument, which may end with ",metrics", ",stream=N" and ",max=N" when it
 * prints records. */
static const struct listener *find_listener(const char *argument, struct records_wanted *records)
{
    char *name = g_strdup(argument);
    const struct listener *found = NULL;
    bool of_records = take_number(name, ",max=", &records->max_connections);

    of_records |= take_number(name, ",stream=", &records->stream);
    records->metrics = take_flag(name, ",metrics");
    of_records |= records->metrics;
    for (unsigned i = 0; i < G_N_ELEMENTS(listeners); i++) {
        const struct listener *listener = &listeners[i];

        if (strcmp(name, listener->argument) == 0 &&
            (!of_records || listener->records != TSM_RECORD_NONE)) {
            records->detail = listener->records;
            found = listener;
        }
    }
    g_free(name);
    return found;
}

/* --- the option ------------------------------------------------------------------------------- */

/* Registers the listener. An error message, to be freed, or NULL. */
static char *start_listener(const char *argument)
{
    static char instances[G_N_ELEMENTS(listeners)]; /* their addresses tell listeners apart */
    static bool records_started;
    struct records_wanted records = {.stream = TSM_NO_STREAM};
    const struct listener *listener = find_listener(argument, &records);
    GString *error;

    if (!listener) {
        return g_strdup_printf("unknown \"-z %s%s\": there are -z tcpstate[,table] and "
                               "-z tcpstate,records[,segments|,live][,metrics][,stream=N][,max=N]",
                               CLI_OPTION, argument);
    }
    if (listener->records != TSM_RECORD_NONE) {
        if (records_started) {
            return g_strdup("-z tcpstate,records can be given only once");
        }
        records_started = true;
        capture_want_records(&records);
    }
    if (listener->start) {
        listener->start();
    }
    error = register_tap_listener(TOTALS, &instances[listener - listeners], NULL,
                                  TL_REQUIRES_ERROR_PACKETS, NULL, listener->packet, listener->draw,
                                  NULL);
    return error ? g_string_free(error, FALSE) : NULL;
}

static compat_stat_init init_tap(const char *option, void *data _U_)
{
    char *error = start_listener(option + strlen(CLI_OPTION));

    if (error) {
        fprintf(stderr, "%s: %s\n", g_get_prgname() ? g_get_prgname() : "tshark", error);
        g_free(error);
        COMPAT_STAT_INIT_FAILED;
    }
    COMPAT_STAT_INIT_DONE;
}

/* An option for each thing that can be asked for, so that -z help lists them; the longest that an
 * argument begins with is taken. */
void taps_register_listeners(void)
{
    static const char *const options[] = {CLI_OPTION, CLI_OPTION ",table", CLI_OPTION ",records",
                                          CLI_OPTION ",headers"};
    static stat_tap_ui uis[G_N_ELEMENTS(options)];

    for (unsigned i = 0; i < G_N_ELEMENTS(options); i++) {
        uis[i] = (stat_tap_ui){
            .group = REGISTER_STAT_GROUP_GENERIC,
            .cli_string = options[i],
            .tap_init_cb = init_tap,
        };
        register_stat_tap_ui(&uis[i], NULL);
    }
}
