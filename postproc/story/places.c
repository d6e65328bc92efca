/* places.c - see places.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "places.h"

#include "text.h"

static enum tsm_side side_of(unsigned scope)
{
    return (scope & TUPLE_SERVER_HOST) != 0 ? TSM_SERVER : TSM_CLIENT;
}

static bool has_port(unsigned scope)
{
    return (scope & (TUPLE_CLIENT_PORT | TUPLE_SERVER_PORT)) != 0;
}

static const uint8_t *address_of(const struct tsm_tuple *tuple, enum tsm_side side)
{
    return side == TSM_CLIENT ? tuple->src : tuple->dst;
}

static int port_of(const struct tsm_tuple *tuple, enum tsm_side side)
{
    return side == TSM_CLIENT ? tuple->sport : tuple->dport;
}

/* Whether `x` comes before `y`. */
static bool is_before(const struct place *x, const struct place *y, unsigned scope)
{
    const enum tsm_side side = side_of(scope);

    if (x->n != y->n) {
        return x->n > y->n;
    }
    if (x->tuple->addr_len != y->tuple->addr_len) {
        return x->tuple->addr_len < y->tuple->addr_len;
    }
    const int order =
        memcmp(address_of(x->tuple, side), address_of(y->tuple, side), x->tuple->addr_len);
    return order != 0 ? order < 0
                      : has_port(scope) && port_of(x->tuple, side) < port_of(y->tuple, side);
}

static void add(struct places *places, const struct place *place)
{
    guint at = places->n_top;

    places->n++;
    while (at > 0 && is_before(place, &places->top[at - 1], places->scope)) {
        at--;
    }
    if (at == PLACES_TOP) {
        return;
    }
    places->n_top = MIN(places->n_top + 1, PLACES_TOP);
    memmove(&places->top[at + 1], &places->top[at], (places->n_top - 1 - at) * sizeof *place);
    places->top[at] = *place;
}

struct places places_find(const struct story *story, TupleNumbers *numbers, unsigned scope,
                          const guint *counts)
{
    struct places places = {.scope = scope};
    const struct tuple_numbering *all = tuple_numbers_take(numbers, scope);

    for (guint i = 0, next = 0; next < all->n; i++) {
        if (all->of[i] == next) { /* the first connection that has it */
            const struct place place = {&story_connection(story, i)->tuple, counts[next++]};
            if (place.n > 0) {
                add(&places, &place);
            }
        }
    }
    tuple_numbers_drop(numbers, all);
    return places;
}

void places_text(const struct places *places, guint i, GString *text)
{
    const struct tsm_tuple *tuple = places->top[i].tuple;
    const enum tsm_side side = side_of(places->scope);

    if (has_port(places->scope)) {
        text_endpoint(text, tuple, side);
    } else {
        text_host(text, address_of(tuple, side), tuple->addr_len);
    }
}
