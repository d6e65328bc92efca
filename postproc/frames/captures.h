/* captures.h - the captures that the program was given, read one after the other as if they were
 * one.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CAPTURES_H
#define CAPTURES_H

#include "wiretap.h"

#include <stdbool.h>

#include "pcap_records.h"
#include "tsm_item.h"
#include "unpack.h"

/* Their descriptors are this one and those behind it. */
#define CAPTURES_FIRST_FD 4

struct captures {
    unsigned n;
    unsigned at; /* the one that is read, from 0 */
    wtap *from;  /* NULL = it is not open */
    struct unpacking unpacking;
    bool packed; /* what cannot be looked into is packed */
    struct wiretap_record record;
    struct pcap_records pcap; /* what reads it instead of `from`; see captures.c */
    gint64 offset;            /* where its file was read from */
    guint64 read;             /* records of it so far */
    bool direct;              /* so it is */
    bool never_direct;        /* settable, for tests: so it never is */
    bool begins;              /* the record is the first one of its capture */
    guint64 came, lost;       /* packets, as the interfaces of those that were closed count them */
    guint64 between;          /* lost between those of `from`, as its packets tell */
    GString *trouble;         /* what went wrong, in tshark's words, for who reads standard error */
};

/* Begins with `n` captures. Free it with captures_clear(), or leave it to the program's end. */
void captures_init(struct captures *captures, unsigned n);
void captures_clear(struct captures *captures);

/* Opens a capture alone. False when it is none. */
bool captures_open(struct captures *captures, unsigned number);
void captures_close(struct captures *captures);

/* Reads the next record into captures->record; false at the end, with *end set to how it ended. A
 * capture that is cut short or damaged is followed by the next one: *end tells of it then. */
bool captures_next(struct captures *captures, enum tsm_item_end *end);

/* The record was used. */
void captures_done(struct captures *captures);

/* Stops reading: what SIGINT does. */
void captures_stop(int number);

#endif
