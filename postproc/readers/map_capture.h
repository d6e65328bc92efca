/* map_capture.h - the TCP headers of one capture of a RUN, as a .tsi file.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MAP_CAPTURE_H
#define MAP_CAPTURE_H

#include "plan.h"

/* Whether the capture was mapped already: the file is there, of this plan, and as it was written.
 */
bool map_is_done(const struct plan *plan, guint number);

/* Reads capture `number` and writes its .tsi. Of one that is damaged it has what can be read, and
 * says so: *trouble is set then, to be freed. Fails with EXIT_INPUT when the capture is not the one
 * that was planned, EXIT_TSHARK when there is no tshark or plugin for frames that need dissection,
 * EXIT_OUTPUT. */
bool map_capture(const struct plan *plan, guint number, char **trouble, GError **error);

#endif
