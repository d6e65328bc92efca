/* errors.c - the error domain of tcpstory.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "errors.h"

#include <stdio.h>

#include "text.h"

G_DEFINE_QUARK(tcpstory_error, tcpstory_error)

void errors_tell(const GError *error)
{
    static char *last;
    g_auto(GStrv) lines = g_strsplit(error->message, "\n", -1);
    g_autoptr(GString) text = g_string_new("tcpstory: ");

    for (char **line = lines; *line != NULL; line++) {
        text_safe(text, *line);
        g_string_append_c(text, '\n');
    }
    if (g_strcmp0(text->str, last) == 0) {
        return;
    }
    fputs(text->str, stderr);
    g_free(last);
    last = g_strdup(text->str);
    if (error->code == EXIT_USAGE) {
        fputs("Try 'tcpstory --help'.\n", stderr);
    }
}
