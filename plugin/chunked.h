/* chunked.h - an array that grows without moving: chunks of file-scope memory, zeroed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CHUNKED_H
#define CHUNKED_H

#include <stddef.h>
#include <stdint.h>

struct chunked {
    size_t element_bytes;
    uint32_t n_chunks;
    void **chunks; /* NULL = never touched */
};

/* The element at `index`, made (zeroed) if it is not there. Never NULL; stays where it is. */
void *chunked_make(struct chunked *array, uint32_t index);

/* The element at `index`, or NULL when its part of the array was never touched. */
void *chunked_find(const struct chunked *array, uint32_t index);

#endif
