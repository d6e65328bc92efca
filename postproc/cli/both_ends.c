/* both_ends.c - see both_ends.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _POSIX_C_SOURCE 200809L
#include "both_ends.h"

#include "errors.h"
#include "find_clocks.h"
#include "session_load.h"
#include "taps.h"

bool both_ends_are_wanted(const struct options *options)
{
    return options->any_ends || g_strcmp0(options->join, "taps") == 0;
}

static bool joins(const struct options *options)
{
    return g_strcmp0(options->join, "taps") == 0;
}

/* Each of the two is one file, so that it is one tap. */
static bool check(const GPtrArray *captures, int *status)
{
    g_autoptr(GError) failure = NULL;

    if (captures->len == 2) {
        return true;
    }
    g_set_error_literal(&failure, TCPSTORY_ERROR, EXIT_USAGE,
                        "two captures are wanted, made at both ends");
    session_tell(failure, status);
    return false;
}

/* The capture made nearer to the clients comes first; the clocks go with them. */
static void put_in_order(struct clocks *clocks, char **files[2])
{
    if (clocks->n != 2 || clocks->taps[1].nearer >= 0) {
        return;
    }
    char **const first = files[0];
    struct tsm_clock *clock = &clocks->taps[1];

    files[0] = files[1];
    files[1] = first;
    clock->base_ns -= clock->offset_ns; /* the other one, against this one */
    clock->offset_ns = -clock->offset_ns;
    clock->drift_ppb = -clock->drift_ppb;
}

static void tell_clocks(const struct options *options, const struct clocks *clocks,
                        char **const files[2])
{
    const char *const names[] = {files[0][0], files[1][0]};
    g_autoptr(GString) text = g_string_new(NULL);

    clocks_tell(clocks, names, text);
    if (text->len > 0 && !options->quiet) {
        session_say(names[1], "warning: ", text->str);
    }
}

/* `before`: the story of the first end when this is the second; NULL. Which connections are wanted
 * is asked when both are one. */
static struct story *load(const struct options *options, const struct input_wants *wants,
                          char **files, const struct story *before, const struct clocks *clocks,
                          int *status)
{
    const guint tap = before != NULL;
    struct input_wants one = *wants;

    one.clocks = clocks;
    one.tap = tap;
    one.story.keeps_facts = true;
    one.story.frames_before = before != NULL && joins(options) ? before->capture.frames : 0;
    one.story.vantage = tap == 0 ? TSM_AT_CLIENT : TSM_AT_SERVER;
    if (joins(options)) {
        one.selection = (struct selection){.any_time = true};
    }
    return session_load(files, &one, options, status);
}

static void join(const struct input_wants *wants, struct story *at_client,
                 const struct story *at_server, GPtrArray *stories, int *status)
{
    g_autoptr(GError) failure = NULL;

    taps_join(at_client, at_server);
    if (!selection_apply(&wants->selection, at_client, &failure)) {
        session_tell(failure, status);
        story_free(at_client);
        return;
    }
    story_compact(at_client);
    g_ptr_array_add(stories, at_client);
}

void both_ends_load(const struct options *options, const struct input_wants *wants,
                    const GPtrArray *captures, GPtrArray *stories, int *status)
{
    struct clocks clocks = {.n = 0};

    if (!check(captures, status)) {
        return;
    }
    char **files[2] = {g_ptr_array_index(captures, 0), g_ptr_array_index(captures, 1)};
    const char *const names[] = {files[0][0], files[1][0], NULL};
    clocks_of_files(&clocks, names);
    put_in_order(&clocks, files);
    tell_clocks(options, &clocks, files);
    g_autoptr(Story) at_client = load(options, wants, files[0], NULL, &clocks, status);
    g_autoptr(Story) at_server =
        at_client == NULL ? NULL : load(options, wants, files[1], at_client, &clocks, status);
    if (at_server == NULL) {
        return;
    }
    if (joins(options)) {
        join(wants, g_steal_pointer(&at_client), at_server, stories, status);
    } else {
        g_ptr_array_add(stories, g_steal_pointer(&at_client));
        g_ptr_array_add(stories, g_steal_pointer(&at_server));
    }
}
