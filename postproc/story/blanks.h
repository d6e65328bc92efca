/* blanks.h - when nothing at all was captured (tsm_blank.h), and what that says of lengths of time.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef BLANKS_H
#define BLANKS_H

#include "story.h"

/* How much of the time between the two is in blanks, possible ones included: what happened then was
 * not captured. */
int64_t story_blank_ns(const struct story *story, int64_t from_ns, int64_t to_ns);

/* How much of the time between the two was captured: it is what can be said to have lasted. */
int64_t story_captured_ns(const struct story *story, int64_t from_ns, int64_t to_ns);

/* The blank in which a moment is; NULL = something was captured around it. */
const struct tsm_blank *story_blank_at(const struct story *story, int64_t ns);

/* Of `story` stay the parts of blanks that are blanks of the other, too. */
void story_common_blanks(struct story *story, const struct story *other);

/* How a blank is known, as machines read it: "day", "owed", "abrupt". */
const char *blank_sign_word(enum tsm_blank_sign sign);

/* The same as a sentence for people. */
const char *blank_sign_text(enum tsm_blank_sign sign);

#endif
