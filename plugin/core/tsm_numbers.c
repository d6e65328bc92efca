/* tsm_numbers.c - pages of streams by number; see tsm_numbers.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsm_numbers.h"

#include <stdlib.h>

#define PAGE 1024u
#define FIRST_ROOM 16u

struct tsm_numbers_page {
    uint32_t kept;
    struct tsm_stream *streams[PAGE];
};

static bool reserve_place(struct tsm_numbers *numbers, uint32_t page)
{
    if (page < numbers->room) {
        return true;
    }
    const uint32_t room = numbers->room > 0 ? numbers->room * 2 : FIRST_ROOM;
    struct tsm_numbers_page **pages = realloc(numbers->pages, room * sizeof *pages);

    if (pages == NULL) {
        return false;
    }
    for (uint32_t i = numbers->room; i < room; i++) {
        pages[i] = NULL;
    }
    numbers->pages = pages;
    numbers->room = room;
    return true;
}

bool tsm_numbers_reserve(struct tsm_numbers *numbers)
{
    const uint32_t page = numbers->count / PAGE;

    if (numbers->count == UINT32_MAX || !reserve_place(numbers, page)) {
        return false;
    }
    if (numbers->pages[page] == NULL) {
        numbers->pages[page] = calloc(1, sizeof **numbers->pages);
    }
    return numbers->pages[page] != NULL;
}

uint32_t tsm_numbers_add(struct tsm_numbers *numbers, struct tsm_stream *stream)
{
    struct tsm_numbers_page *page = numbers->pages[numbers->count / PAGE];

    page->streams[numbers->count % PAGE] = stream;
    page->kept++;
    return numbers->count++;
}

struct tsm_stream *tsm_numbers_get(const struct tsm_numbers *numbers, uint32_t number)
{
    const struct tsm_numbers_page *page =
        number < numbers->count ? numbers->pages[number / PAGE] : NULL;

    return page != NULL ? page->streams[number % PAGE] : NULL;
}

/* The page that is being filled stays. */
void tsm_numbers_forget(struct tsm_numbers *numbers, uint32_t number)
{
    struct tsm_numbers_page *page = numbers->pages[number / PAGE];

    page->streams[number % PAGE] = NULL;
    if (--page->kept == 0 && number / PAGE != numbers->count / PAGE) {
        free(page);
        numbers->pages[number / PAGE] = NULL;
    }
}

void tsm_numbers_clear(struct tsm_numbers *numbers)
{
    for (uint32_t i = 0; i < numbers->room; i++) {
        struct tsm_numbers_page *page = numbers->pages[i];
        for (uint32_t k = 0; page != NULL && k < PAGE; k++) {
            free(page->streams[k]);
        }
        free(page);
    }
    free(numbers->pages);
    *numbers = (struct tsm_numbers){0};
}
