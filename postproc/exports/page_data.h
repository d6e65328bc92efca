/* page_data.h - all that the page of a report knows, as JSON for its script.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef PAGE_DATA_H
#define PAGE_DATA_H

#include "judged_captures.h"
#include "out.h"

/* Writes it. `facts` are lines about each capture, as the report begins with: a list of strings
 * (GStrv) for each. */
void page_data_write(const struct judged_captures *captures, const GPtrArray *facts,
                     struct out *out);

#endif
