/* tap_table.c - the table of states that `tshark -z tcpstate,table` prints for people.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "taps.h"

#include <inttypes.h>
#include <stdio.h>

#include "capture.h"

#define RULE "========================================================================\n"

static void print_row(const char *name, uint64_t client_now, uint64_t server_now,
                      uint64_t client_visits, uint64_t server_visits)
{
    printf("%-12s %13" PRIu64 " %13" PRIu64 " %13" PRIu64 " %13" PRIu64 "\n", name, client_now,
           server_now, client_visits, server_visits);
}

static const char *plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

/* A row for each state that anybody was in. Returns the number of streams. */
static uint64_t print_states(const struct state_counts *counts)
{
    uint64_t streams = 0;

    for (unsigned state = 0; state < TSM_N_STATES; state++) {
        uint64_t client_visits = counts->visits[TSM_CLIENT][state];
        uint64_t server_visits = counts->visits[TSM_SERVER][state];

        streams += counts->now[TSM_CLIENT][state];
        if (client_visits + server_visits > 0) {
            print_row(tsm_state_name(state), counts->now[TSM_CLIENT][state],
                      counts->now[TSM_SERVER][state], client_visits, server_visits);
        }
    }
    return streams;
}

void tap_table_print(void)
{
    const struct tsm_record_capture *totals = capture_totals();
    uint64_t streams;

    printf("\n" RULE "TCP connection states\n"
           "as believed at each segment; -z tcpstate,states has them in hindsight,\n"
           "without what later segments refuted\n\n");
    printf("%-12s %27s %27s\n", "", "---- at the end of it ----", "---- times reached ----");
    printf("%-12s %13s %13s %13s %13s\n", "State", "clients", "servers", "clients", "servers");
    streams = print_states(capture_state_counts());
    printf("\n%" PRIu64 " connection%s; %" PRIu32 " TCP segment%s in %" PRIu32 " frame%s", streams,
           plural(streams), totals->segments, plural(totals->segments), totals->frames,
           plural(totals->frames));
    if (totals->unread > 0) {
        printf("; %" PRIu32 " TCP headers cut short or malformed", totals->unread);
    }
    if (totals->quoted > 0) {
        printf("; %" PRIu32 " quoted in ICMP errors", totals->quoted);
    }
    printf("\n" RULE);
}
