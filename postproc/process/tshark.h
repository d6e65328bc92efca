/* tshark.h - runs tshark and reads what it prints.
 *
 * Its home is a folder that is not there, so personal configuration does not matter; see child.h
 * for the rest.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TSHARK_H
#define TSHARK_H

#include "child.h"

typedef struct tshark Tshark;

/* The path of tshark: the environment variable TSHARK, or what PATH finds. The caller frees it.
 * NULL and error (EXIT_TSHARK) when there is none. */
char *tshark_find(GError **error);

/* Starts `tshark -n -q -z TAP -r -` with the capture as standard input; capture_fd stays the
 * caller's. `tap` is "tcpstate,records" or more (docs/user/records.md). `interrupts` are held until
 * tshark_free(), and make reading fail; the first SIGINT makes tshark stop reading. NULL and error
 * (EXIT_TSHARK) when it cannot be started. */
struct tshark *tshark_start(int capture_fd, const char *tap, struct interrupts *interrupts,
                            GError **error);

/* Starts `tshark -n -Y FILTER -T fields -e FIELD ... -r -`: a line for each frame for which the
 * display filter holds, with its fields (ends with NULL), tabs between. The rest is as in
 * tshark_start(). */
struct tshark *tshark_start_filter(int capture_fd, const char *filter, const char *const *fields,
                                   struct interrupts *interrupts, GError **error);

/* Its process: for those who wait for several. */
struct child *tshark_child(struct tshark *tshark);

/* Reads its standard output; see struct byte_source. `tshark` is a struct tshark. */
gssize tshark_read(void *tshark, char *buf, gsize size, GError **error);

/* Waits for its end. Returns its exit status, or -1 when a signal ended it. */
int tshark_wait(struct tshark *tshark);

/* What it wrote to standard error: all of it after tshark_wait(), if it was not too much. */
const char *tshark_messages(const struct tshark *tshark);

/* Ends it if it still runs, and frees. NULL is allowed. */
void tshark_free(struct tshark *tshark);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Tshark, tshark_free)

/* The version that `tshark --version` tells, "4.0.17"; NULL when it cannot be had. The caller frees
 * it. */
char *tshark_version(void);

#endif
