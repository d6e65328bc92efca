/* tsi.h - the TCP headers of one capture file, in K sections: what `tcpstory map` writes.
 *
 * A file of blocks (blocks.h). A block holds items (tsm_item.h) of one section in the order of
 * frames, each as what differs from one before it (tsi_code.h). All headers of a connection are in
 * one section. One section more holds names: of addresses, and of interfaces, which have no address
 * and their number as length.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TSI_H
#define TSI_H

#include "blocks.h"
#include "syn_sample.h"
#include "tsi_code.h"
#include "tsm_blank.h"
#include "tsm_hash.h"
#include "tsm_item.h"
#include "tsm_skew.h"

#define TSI_VERSION 5

/* An interface of the capture. */
struct tsi_interface {
    gint64 start_ns, end_ns; /* of its first and last frame in time; 0 = none has one */
};

/* What is known of the capture file. */
struct tsi_summary {
    guint64 size;            /* bytes, as the plan has it */
    guint32 frames;          /* of any kind */
    guint32 end;             /* enum tsm_item_end */
    gint64 start_ns, end_ns; /* of the first and the last frame in time; 0 = none has one */
    guint32 came, lost;      /* packets, as its interfaces counted them; 0 = unknown */
    guint32 unread;          /* TCP headers that cannot be read at all: no section has them */
    guint32 n_interfaces;    /* up to the greatest that has a frame; further ones are not told */
    struct tsi_interface interfaces[TSM_SKEW_TAPS];
    struct tsm_silence last; /* what was captured last */
    GArray *silences;        /* of struct tsm_silence, by time; owned */
    struct syn_sample syns;  /* by which captures of the same packets are known */
    char *trouble; /* why not all of it could be read, for people; NULL = all was; owned */
};

/* Frees what the summary owns. */
void tsi_summary_clear(struct tsi_summary *summary);

/* ---- writing ---- */

struct tsi_part;
struct tsi_section;

struct tsi_writer {
    struct blocks_writer blocks;
    struct tsm_hash_key key;
    struct tsi_part *parts;       /* what is not in a block yet, by section */
    guint32 n;                    /* how many there are */
    struct tsi_section *sections; /* of what was added last, by tsi_code_hash() */
};

/* What a .tsi is made from and for. */
struct tsi_purpose {
    guint32 number;   /* of the capture */
    guint32 sections; /* into which the key deals connections */
    struct tsm_hash_key key;
    const guint8 *identity; /* of the plan */
};

/* Begins a file. Fails with EXIT_OUTPUT. */
bool tsi_begin(struct tsi_writer *writer, const char *name, const struct tsi_purpose *purpose,
               GError **error);

/* Adds an item of an interface to the section of its connection, which is the same for both
 * directions. tsm_header_read() was called for its header, or it is a name. */
void tsi_add(struct tsi_writer *writer, guint32 interface, const struct tsm_item *item);

/* As blocks_end() and blocks_cancel(). */
bool tsi_end(struct tsi_writer *writer, const struct tsi_summary *summary, GError **error);
void tsi_cancel(struct tsi_writer *writer);

/* ---- reading ---- */

struct tsi {
    struct blocks *blocks;
    struct tsi_summary summary;
};

/* Opens one; NULL and error (EXIT_INPUT). */
struct tsi *tsi_open(const char *name, GError **error);
void tsi_close(struct tsi *tsi);
typedef struct tsi Tsi;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Tsi, tsi_close)

/* The items of a section, one after the other. */
struct tsi_items {
    struct tsi *tsi;
    guint32 section;
    guint next;      /* entry of the index */
    guint at;        /* in the block */
    GByteArray *raw; /* the block */
    struct tsi_slots *slots;
    guint32 frame;
    gint64 time_ns;
    guint32 interface; /* of the last one: */
    struct tsm_item item;
    GError *trouble; /* what ended it too early; owned */
};

void tsi_items_begin(struct tsi_items *items, struct tsi *tsi, guint32 section);
void tsi_items_end(struct tsi_items *items);

/* The next one into items->item; false at the end, or when items->trouble is set. */
bool tsi_items_next(struct tsi_items *items);

#endif
