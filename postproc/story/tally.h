/* tally.h - counts things per address, or per address and port.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TALLY_H
#define TALLY_H

#include <glib.h>
#include <stdbool.h>

#include "tsm_table.h"

/* What was counted for one address. */
struct tally_entry {
    uint8_t address[16];
    uint8_t address_len; /* 4 or 16 */
    uint8_t has_port;
    uint16_t port;
    guint n;
};

struct tally;

struct tally *tally_new(void);
void tally_free(struct tally *tally); /* NULL is allowed */

/* Counts one for the tuple's end on that side, with or without its port. Returns the new count. */
guint tally_add(struct tally *tally, const struct tsm_tuple *tuple, enum tsm_side side,
                bool with_port);

/* How many different ones were counted. */
guint tally_size(const struct tally *tally);

/* The entries of the highest counts, at most `most`, the highest first; equal counts in the
 * order of address and port. Array of const struct tally_entry *, valid until the tally changes;
 * the caller frees it with g_ptr_array_unref(). */
GPtrArray *tally_top(const struct tally *tally, guint most);

/* Appends the entry's address: "10.9.0.2:80", "10.9.0.2". */
void tally_text(const struct tally_entry *entry, GString *text);

#endif
