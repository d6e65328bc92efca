/* deep.h - hands frames to another program, as pcapng.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef DEEP_H
#define DEEP_H

#include "wiretap.h"

#include <stdbool.h>

/* Frames on their way to another program. All zero is a valid start. */
struct deep {
    wtap_dumper *to;    /* NULL = none was handed over yet */
    GArray *interfaces; /* of int: the encapsulation of each interface of the pcapng */
};

/* Hands a packet over to who reads `fd`. Its time is kept to the nanosecond, and nothing else that
 * is not its bytes or said by its encapsulation. Returns false when pcapng cannot hold such a
 * packet or the other end has gone. */
bool deep_add(struct deep *deep, int fd, const wtap_rec *rec, const guint8 *bytes);

/* Takes the checksum off an Ethernet frame that has one as its last bytes: no other program needs
 * to know of it then. */
void deep_strip_checksum(wtap_rec *rec);

/* Whatever was added is on its way. False when the other end has gone. */
bool deep_flush(struct deep *deep);

/* Closes fd. */
void deep_close(struct deep *deep);

#endif
