/* read_run.h - a RUN folder as one capture.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef READ_RUN_H
#define READ_RUN_H

#include "plan.h"
#include "story.h"

/* Reads a RUN into the story. Fails with EXIT_INPUT when it was not merged or reduced yet; what is
 * missing of the captures marks the story partial. */
bool read_run(const struct plan *plan, struct story *story, GError **error);

#endif
