/* blanks.c - see blanks.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "blanks.h"

#include "blanks_common.h"
#include "duration.h"

static const struct tsm_blank *blank_at(const struct story *story, guint i)
{
    return &g_array_index(story->blanks, struct tsm_blank, i);
}

int64_t story_blank_ns(const struct story *story, int64_t from_ns, int64_t to_ns)
{
    int64_t sum = 0;

    for (guint i = 0; i < story->blanks->len; i++) {
        const struct tsm_blank *blank = blank_at(story, i);
        sum = duration_sum(
            sum, duration_forward(MAX(from_ns, blank->from_ns), MIN(to_ns, blank->to_ns)));
    }
    return sum;
}

int64_t story_captured_ns(const struct story *story, int64_t from_ns, int64_t to_ns)
{
    return MAX(duration_forward(from_ns, to_ns) - story_blank_ns(story, from_ns, to_ns), 0);
}

const struct tsm_blank *story_blank_at(const struct story *story, int64_t ns)
{
    for (guint i = 0; i < story->blanks->len; i++) {
        if (ns > blank_at(story, i)->from_ns && ns < blank_at(story, i)->to_ns) {
            return blank_at(story, i);
        }
    }
    return NULL;
}

void story_common_blanks(struct story *story, const struct story *other)
{
    GArray *common = blanks_common(story->blanks, other->blanks);

    g_array_unref(story->blanks);
    story->blanks = common;
}

static const struct {
    const char *word, *text;
} signs[] = {
    [TSM_BLANK_LONG] = {"day", "no frame for a day or more"},
    [TSM_BLANK_OWED] = {"owed", "several hosts owed segments, and none came"},
    [TSM_BLANK_ABRUPT] = {"abrupt",
                          "several connections stopped at once: paused, or all was quiet"},
};

const char *blank_sign_word(enum tsm_blank_sign sign)
{
    return signs[sign].word;
}

const char *blank_sign_text(enum tsm_blank_sign sign)
{
    return signs[sign].text;
}
