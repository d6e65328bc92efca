/* size.c - see size.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "size.h"

#include <string.h>

#include "errors.h"

#define LEAST_BYTES (G_GUINT64_CONSTANT(64) * 1000 * 1000)

bool size_read(guint64 *bytes, const char *option, const char *text, GError **error)
{
    static const char letters[] = "kMGT";
    const gsize n = strlen(text);
    const char *letter = n > 0 ? strchr(letters, text[n - 1]) : NULL;
    g_autofree char *digits = g_strndup(text, letter != NULL ? n - 1 : n);
    const char *wanted = "64M or more";
    guint64 number = 0;

    if (!g_ascii_string_to_unsigned(digits, 10, 1, 1000000000, &number, NULL)) {
        wanted = "a size, as 4G";
    }
    for (; letter != NULL && letter >= letters; letter--) {
        number *= 1000;
    }
    *bytes = number;
    if (number < LEAST_BYTES) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE, "--%s: '%s' is not %s", option, text,
                    wanted);
        return false;
    }
    return true;
}
