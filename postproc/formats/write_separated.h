/* write_separated.h - tables as lines of separated values, for machines.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WRITE_SEPARATED_H
#define WRITE_SEPARATED_H

#include "sheet.h"

/* Separated by tabs; "-" is a value that is missing. Cells have no control characters, so nothing
 * is quoted. */
void write_tsv(const struct sheet *sheet, const struct sheet_rows *rows, struct out *out);

/* Separated by commas, with CR LF at the end of a line, and quoted where RFC 4180 section 2 asks
 * for it; a value that is missing is empty. */
void write_csv(const struct sheet *sheet, const struct sheet_rows *rows, struct out *out);

#endif
