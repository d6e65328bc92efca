/* reader.h - a scenario file while it is being read. Private to script*.c.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef READER_H
#define READER_H

#include "script.h"

struct reader {
    struct script *script;
    GHashTable *isns;        /* "C:40000" -> GUINT_TO_POINTER(isn), as the settings say */
    int64_t now_ns;          /* of the last line with a time, from 0 */
    const struct line *last; /* last segment; NULL at first */
    bool timestamps;         /* segments carry the option unless they say otherwise */
};

/* ---- script_hosts.c: hosts, ends and connections ---- */

/* Adds a host, or gives it another address. False when the address is none. */
bool host_put(struct script *script, const char *name, const char *address);

void host_free(gpointer host);

/* The host whose name is the first n bytes of `name`; NULL when there is none. */
struct host *host_named(const struct script *script, const char *name, size_t n);

/* The place of a host among all, from 0: the order in which their states are written. */
unsigned host_place(const struct script *script, const struct host *host);

/* Reads "C" or "C:1000" into host and port. */
bool end_parse(const struct script *script, const char *text, struct end *end, GError **error);

/* Gives an end its ISN: in connections to come, and in those that are there. */
void end_set_isn(struct reader *r, const struct end *end, uint32_t isn);

/* The connection between two ends, made if it is new, and which of its columns `from` is. */
struct connection *connection_between(struct reader *r, const struct end *from,
                                      const struct end *to, unsigned *column);

/* ---- script_settings.c ---- */

/* Reads a setting; *found tells whether the word is one. */
bool setting_read(struct reader *r, const char *word, char *rest, bool *found, GError **error);

/* ---- script_lines.c ---- */

/* Reads the left side of a line that begins with `word`, a time or "hindsight". */
bool line_read(struct reader *r, struct line *line, const char *word, char *rest, GError **error);

#endif
