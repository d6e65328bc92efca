/* tuple_index.h - numbers connections by the parts of their tuples that are alike: by server, by
 * client's address, by any other scope.
 *
 * Takes 20 to 36 bytes for each different one.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TUPLE_INDEX_H
#define TUPLE_INDEX_H

#include "story.h"

/* Parts of a tuple: bits. A single connection has all of them, a listener the server's address and
 * port, a scanning host the client's address. 0 = none: any tuple is meant. */
enum tuple_scope {
    TUPLE_ANY = 0,
    TUPLE_CLIENT_HOST = 1,
    TUPLE_CLIENT_PORT = 2,
    TUPLE_SERVER_HOST = 4,
    TUPLE_SERVER_PORT = 8,
    TUPLE_LISTENER = TUPLE_SERVER_HOST | TUPLE_SERVER_PORT,
    TUPLE_HOSTS = TUPLE_CLIENT_HOST | TUPLE_SERVER_HOST,
    TUPLE_CONNECTION = 15,
};

typedef struct tuple_index TupleIndex;

/* An empty index of connections of a story, which must outlive it; `scope` is a set of enum
 * tuple_scope bits: what else tuples hold does not count. Free with tuple_index_free(). */
TupleIndex *tuple_index_new(const struct story *story, unsigned scope);
void tuple_index_free(TupleIndex *index);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TupleIndex, tuple_index_free)

/* The number of what the connection has; numbers are given from 0 on, as different ones are met. */
guint tuple_index_add(TupleIndex *index, guint connection);

/* The same for n of them, one after the other, which is faster: those of `connections`, or where
 * that is NULL the first n of the story. `numbers` has room for n; NULL = they are not wanted. */
void tuple_index_add_many(TupleIndex *index, const guint *connections, guint n, guint *numbers);

/* How many different ones were met. */
guint tuple_index_size(const TupleIndex *index);

/* The connection with which number `n` was met first, 0 <= n < tuple_index_size(). */
guint tuple_index_first(const TupleIndex *index, guint n);

#endif
