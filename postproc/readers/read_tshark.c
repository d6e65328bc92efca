/* read_tshark.c - tshark reads a capture and prints the plugin's record stream; see read_capture.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _POSIX_C_SOURCE 200809L
#include "read_capture.h"

#include "diagnosis.h"
#include "errors.h"
#include "frames_program.h"
#include "read_records.h"
#include "tshark.h"

gssize tshark_run_read(void *run, char *buf, gsize size, GError **error)
{
    const struct tshark_run *of = run;

    progress_tick(of->capture->progress);
    return tshark_read(of->tshark, buf, size, error);
}

/* What tshark's -z is to print. */
static char *wanted_records(const struct story *story)
{
    GString *records = g_string_new("tcpstate,records");

    if (story->wants->follower.ended != NULL) {
        g_string_append(records, ",live");
    } else if (story_wants_segments(story)) {
        g_string_append(records, ",segments");
    }
    if (story->wants->keeps_metrics) {
        g_string_append(records, ",metrics");
    }
    if (story->wants->follower.ended == NULL && story->wants->segments_of != TSM_NO_STREAM) {
        g_string_append_printf(records, ",stream=%u", story->wants->segments_of);
    }
    if (story->wants->max_connections > 0) {
        g_string_append_printf(records, ",max=%u", story->wants->max_connections);
    }
    return g_string_free(records, FALSE);
}

static bool read_while_held(const struct capture_input *capture, struct merged *merged,
                            struct story *story, struct interrupts *interrupts, GError **error)
{
    g_autofree char *tap = wanted_records(story);
    g_autoptr(Tshark) tshark = tshark_start(merged->fd, tap, interrupts, error);
    struct tshark_run running = {capture, tshark};
    const struct byte_source source = {tshark_run_read, &running};
    g_autoptr(GError) reading = NULL;
    struct diagnosis found = {.name = capture->name, .content = capture->content};

    if (tshark == NULL) {
        return false;
    }
    if (!read_records(story, &source, &reading) && reading->code == EXIT_TSHARK) {
        g_propagate_error(error, g_steal_pointer(&reading));
        return false;
    }
    if (!interrupts->ended) {
        found.status = tshark_wait(tshark);
    }
    if (interrupts->ended || interrupts->cut) {
        return diagnose_interrupt(story, interrupts, error);
    }
    found.messages = tshark_messages(tshark);
    if (found.status == 0 && (found.status = merged_wait(merged, interrupts)) != 0) {
        found.messages = merged->child.messages->str; /* what tshark could not know */
    }
    return diagnose(story, &found, error);
}

bool capture_read_records(const struct capture_input *capture, struct story *story, GError **error)
{
    struct interrupts interrupts;
    struct merged merged;
    bool ok;

    interrupts_hold(&interrupts);
    ok = merged_start(&merged, capture, &interrupts, error) &&
         read_while_held(capture, &merged, story, &interrupts, error);
    merged_end(&merged);
    interrupts_release(&interrupts);
    return ok;
}
