/* chunked.c - an array that grows without moving; see chunked.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "chunked.h"

#include "compat.h"
#include <epan/wmem_scopes.h>

/* Makes room for the pointer to chunk number `chunk`: at least half as much again as there was. */
static void add_chunk_pointers(struct chunked *array, uint32_t chunk)
{
    uint32_t wanted = MAX(chunk + 1, array->n_chunks + array->n_chunks / 2);

    array->chunks = wmem_realloc(wmem_file_scope(), array->chunks, wanted * sizeof(void *));
    memset(array->chunks + array->n_chunks, 0, (wanted - array->n_chunks) * sizeof(void *));
    array->n_chunks = wanted;
}

void *chunked_grow(struct chunked *array, uint32_t index)
{
    uint32_t chunk = index / CHUNKED_PER_CHUNK;

    if (chunk >= array->n_chunks) {
        add_chunk_pointers(array, chunk);
    }
    array->chunks[chunk] = wmem_alloc0(wmem_file_scope(), CHUNKED_PER_CHUNK * array->element_bytes);
    return chunked_find(array, index);
}
