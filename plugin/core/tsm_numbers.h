/* tsm_numbers.h - streams by their numbers, which are given one after the other and never again.
 *
 * In pages, and a page whose streams were all forgotten is given back: a capture that goes on for
 * days has any number of streams, and few of them at a time.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TSM_NUMBERS_H
#define TSM_NUMBERS_H

#include <stdbool.h>
#include <stdint.h>

struct tsm_stream;
struct tsm_numbers_page;

/* All zero = empty; everything but `count` is private. */
struct tsm_numbers {
    struct tsm_numbers_page **pages; /* NULL = none of its streams is there */
    uint32_t room;                   /* of pages */
    uint32_t count;                  /* how many numbers were given */
};

/* Makes room for one more number; false when there is no memory, or there are no numbers left. */
bool tsm_numbers_reserve(struct tsm_numbers *numbers);

/* Gives the next number to a stream; room was made. Returns it. */
uint32_t tsm_numbers_add(struct tsm_numbers *numbers, struct tsm_stream *stream);

/* The stream of a number; NULL when there is none, or it was forgotten. */
struct tsm_stream *tsm_numbers_get(const struct tsm_numbers *numbers, uint32_t number);

/* Forgets the stream of a number that has one. */
void tsm_numbers_forget(struct tsm_numbers *numbers, uint32_t number);

/* Frees all streams with free(), and the pages. */
void tsm_numbers_clear(struct tsm_numbers *numbers);

#endif
