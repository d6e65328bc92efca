/* tshark.h - runs tshark as a child process that can do no harm, and reads what it prints.
 *
 * A capture is hostile input, and dissectors have bugs. So tshark gets an open descriptor of the
 * capture and nothing else: started by root it runs as an unprivileged user; its home is an empty
 * private folder, so personal configuration does not matter; it ends when we end.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TSHARK_H
#define TSHARK_H

#include <glib.h>
#include <stdbool.h>

typedef struct tshark Tshark;

/* Exit status when root's process may not become the unprivileged user; the messages say so. */
#define TSHARK_CANNOT_CHANGE_USER 125

/* Starts `tshark -n -q -z RECORDS -r -` with the capture as standard input; capture_fd stays the
 * caller's. `records` is "tcpstate,records" or more (docs/records.md). Until tshark_free(), SIGINT, SIGTERM and SIGHUP (those not ignored) are
 * held back, make reading fail, and take effect in tshark_free(). NULL and error (EXIT_TSHARK)
 * when it cannot be started. */
struct tshark *tshark_start(int capture_fd, const char *records, GError **error);

/* Reads its standard output; see struct byte_source. `tshark` is a struct tshark. */
gssize tshark_read(void *tshark, char *buf, gsize size, GError **error);

/* Whether the user asked (SIGINT, once) to stop reading: what was read until then is to be told. */
bool tshark_was_cut(const struct tshark *tshark);

/* Whether reading failed because of a signal: tshark_free() will end us. */
bool tshark_interrupted(const struct tshark *tshark);

/* Waits for its end. Returns its exit status, or -1 when a signal ended it. */
int tshark_wait(struct tshark *tshark);

/* What it wrote to standard error: all of it after tshark_wait(), if it was not too much. */
const char *tshark_messages(const struct tshark *tshark);

/* Ends it if it still runs, removes the private folder, and frees. NULL is allowed. */
void tshark_free(struct tshark *tshark);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Tshark, tshark_free)

/* The version that `tshark --version` tells, "4.0.17"; NULL when it cannot be had. The caller frees
 * it. */
char *tshark_version(void);

#endif
