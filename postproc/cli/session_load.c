/* session_load.c - see session_load.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "session_load.h"

#include <stdio.h>

#include "errors.h"
#include "text.h"

void session_say(const char *name, const char *kind, const char *what)
{
    g_autoptr(GString) text = g_string_new("tcpstory: ");

    text_safe(text, name);
    g_string_append_printf(text, ": %s%s\n", kind, what);
    fputs(text->str, stderr);
}

struct story *session_load(char **files, const struct input_wants *wants,
                           const struct options *options, int *status)
{
    g_autoptr(GError) failure = NULL;
    struct story *story = input_load((const char *const *)files, wants, &failure);

    if (story == NULL) {
        session_tell(failure, status);
        return NULL;
    }
    for (guint i = 0; i < story->warnings->len && !options->quiet; i++) {
        session_say(story->name, story->partial ? "partial: " : "warning: ",
                    g_ptr_array_index(story->warnings, i));
    }
    if (story->partial) {
        *status = MAX(*status, EXIT_INPUT);
    }
    return story;
}

void session_tell(const GError *failure, int *status)
{
    errors_tell(failure);
    *status = MAX(*status, failure->code);
}
