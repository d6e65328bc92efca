/* cause.c - the chapters of causes as one table; see cause.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cause.h"

static const struct cause *const chapters[] = {causes_capture, causes_listener, causes_network,
                                               causes_client, causes_application};

const struct cause *causes_at(guint number)
{
    for (gsize i = 0; i < G_N_ELEMENTS(chapters); i++) {
        for (const struct cause *cause = chapters[i]; cause->id != NULL; cause++) {
            if (number-- == 0) {
                return cause;
            }
        }
    }
    return NULL;
}

guint causes_count(void)
{
    guint n = 0;

    while (causes_at(n) != NULL) {
        n++;
    }
    return n;
}

const struct cause *causes_find(const char *name)
{
    const struct cause *cause;

    for (guint i = 0; (cause = causes_at(i)) != NULL; i++) {
        if (g_ascii_strcasecmp(cause->id, name) == 0 || g_str_equal(cause->name, name)) {
            return cause;
        }
    }
    return NULL;
}

const char *cause_bearing_word(enum cause_bearing bearing)
{
    static const char *const words[] = {
        [CAUSE_NEEDS] = "needs",
        [CAUSE_NEEDS_ONE] = "needs one of these",
        [CAUSE_EXPECTS] = "expects",
        [CAUSE_ALLOWS] = "explains",
        [CAUSE_CONTRADICTS] = "speaks against it",
        [CAUSE_EXCLUDES] = "excluded by",
    };

    return words[bearing];
}
