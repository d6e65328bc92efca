/* chunked.h - an array that grows without moving: chunks of file-scope memory, zeroed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CHUNKED_H
#define CHUNKED_H

#include <stddef.h>
#include <stdint.h>

#define CHUNKED_PER_CHUNK 1024

struct chunked {
    size_t element_bytes;
    uint32_t n_chunks;
    void **chunks; /* NULL = never touched */
};

/* The element at `index`, or NULL when its part of the array was never touched. Inline, as the
 * arrays are looked into for each frame. */
static inline void *chunked_find(const struct chunked *array, uint32_t index)
{
    const uint32_t chunk = index / CHUNKED_PER_CHUNK;

    if (chunk >= array->n_chunks || array->chunks[chunk] == NULL) {
        return NULL;
    }
    return (char *)array->chunks[chunk] + index % CHUNKED_PER_CHUNK * array->element_bytes;
}

/* Private: makes the part of the array that `index` is in, which was never touched. */
void *chunked_grow(struct chunked *array, uint32_t index);

/* The element at `index`, made (zeroed) if it is not there. Never NULL; stays where it is. */
static inline void *chunked_make(struct chunked *array, uint32_t index)
{
    void *element = chunked_find(array, index);

    return element != NULL ? element : chunked_grow(array, index);
}

#endif
