/* run_words.h - what verbs that work on a RUN are given: the folder, and perhaps a number.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef RUN_WORDS_H
#define RUN_WORDS_H

#include "options.h"
#include "plan.h"

/* Reads the plan of the RUN that was named, and nothing else. NULL and error (EXIT_USAGE,
 * EXIT_INPUT). */
struct plan *run_words_plan(const struct options *options, const char *usage, GError **error);

/* The same with the number of a capture, or of a shard. */
struct plan *run_words_numbered(const struct options *options, const char *usage, bool of_shards,
                                guint *number, GError **error);

#endif
