/* reorder.c - a heap; see reorder.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "reorder.h"

#include <string.h>

#define MOST_HELD 2000000 /* 250 MB; a larger offset at a higher rate stays out of order */

struct held {
    struct tsm_header header; /* the first: what reorder_pop() returns */
    guint64 number;
    uint8_t bytes[TSM_HEADER_MAX];
};

static struct held *held_at(const struct reorder *reorder, guint i)
{
    return g_ptr_array_index(reorder->heap, i);
}

static bool is_before(const struct held *a, const struct held *b)
{
    return a->header.time_ns < b->header.time_ns ||
           (a->header.time_ns == b->header.time_ns && a->number < b->number);
}

static void swap(struct reorder *reorder, guint a, guint b)
{
    gpointer *all = reorder->heap->pdata;
    const gpointer x = all[a];

    all[a] = all[b];
    all[b] = x;
}

void reorder_push(struct reorder *reorder, const struct tsm_header *header)
{
    struct held *held = g_new(struct held, 1);
    const size_t size = tsm_header_bytes(header);

    held->header = *header;
    held->number = reorder->n++;
    memcpy(held->bytes, header->bytes, size);
    held->header.bytes = held->bytes;
    if (reorder->heap == NULL) {
        reorder->heap = g_ptr_array_new();
    }
    g_ptr_array_add(reorder->heap, held);
    for (guint i = reorder->heap->len - 1; i > 0; i = (i - 1) / 2) {
        if (!is_before(held_at(reorder, i), held_at(reorder, (i - 1) / 2))) {
            break;
        }
        swap(reorder, i, (i - 1) / 2);
    }
}

static void sink(struct reorder *reorder)
{
    const guint n = reorder->heap->len;
    guint i = 0;

    while (2 * i + 1 < n) {
        guint child = 2 * i + 1;
        child += child + 1 < n && is_before(held_at(reorder, child + 1), held_at(reorder, child));
        if (!is_before(held_at(reorder, child), held_at(reorder, i))) {
            return;
        }
        swap(reorder, i, child);
        i = child;
    }
}

struct tsm_header *reorder_pop(struct reorder *reorder, int64_t until_ns)
{
    if (reorder->heap == NULL || reorder->heap->len == 0 ||
        (held_at(reorder, 0)->header.time_ns > until_ns && reorder->heap->len <= MOST_HELD)) {
        return NULL;
    }
    struct held *first = held_at(reorder, 0);
    g_ptr_array_remove_index_fast(reorder->heap, 0);
    sink(reorder);
    return &first->header;
}

void reorder_clear(struct reorder *reorder)
{
    if (reorder->heap != NULL) {
        g_ptr_array_set_free_func(reorder->heap, g_free);
        g_ptr_array_unref(reorder->heap);
        reorder->heap = NULL;
    }
}
