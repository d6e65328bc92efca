/* plan_files.h - looks at files, for a plan: their sizes, and when their first frames were
 * captured.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef PLAN_FILES_H
#define PLAN_FILES_H

#include "plan.h"

/* Adds the files (ends with NULL) to the plan, in no order. One that is no capture is told in
 * plan->left_out. Names of files that were named before are added to `twice` (of char *). Nothing
 * but the beginnings of files is read. */
void plan_add_files(struct plan *plan, char **files, GPtrArray *twice);

#endif
