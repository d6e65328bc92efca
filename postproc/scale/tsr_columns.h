/* tsr_columns.h - records of many columns, most of which are 0, as symbols and numbers.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TSR_COLUMNS_H
#define TSR_COLUMNS_H

#include "tsr_base.h"

/* Writes a record of type TOTALS, FACTS or SPENT: which columns are not 0, a bit each; then those.
 */
void tsr_put_columns(struct tsr_pen *pen, struct tsr_base *base, const struct tsm_record *record);

/* Reads what follows its type; false when it is none. */
bool tsr_get_columns(struct tsr_text *text, struct tsr_base *base, struct tsm_record *record);

#endif
