/* story_facts.c - what the model keeps of endpoints, packed: facts, bytes by kind, where time went,
 * and marks.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "duration.h"
#include "story_internal.h"

/* Most of what facts tell never happened: it is zero. So of the words that make them up only the
 * others are kept, behind bits that tell which they are. */
#define MASKS_OF(words) (((words) + 31) / 32)
#define MOST_WORDS 128

G_STATIC_ASSERT(sizeof(struct tsm_record_facts) % sizeof(uint32_t) == 0);
G_STATIC_ASSERT(sizeof(struct tsm_spent) % sizeof(uint32_t) == 0);
G_STATIC_ASSERT(WORDS_OF(struct tsm_record_facts) <= MOST_WORDS);
G_STATIC_ASSERT(sizeof(struct story_bytes) % sizeof(uint32_t) == 0);
G_STATIC_ASSERT(WORDS_OF(struct tsm_spent) <= MOST_WORDS);
G_STATIC_ASSERT(sizeof(struct tsm_metrics_of_end) % sizeof(uint32_t) == 0);
G_STATIC_ASSERT(2 * WORDS_OF(struct tsm_metrics_of_end) <= MOST_WORDS);
G_STATIC_ASSERT(WORDS_OF(struct story_bytes) <= MOST_WORDS);
G_STATIC_ASSERT(sizeof(struct story_repeats) % sizeof(uint32_t) == 0);
G_STATIC_ASSERT(WORDS_OF(struct story_repeats) <= MOST_WORDS);

uint32_t story_pack(struct story *story, const void *thing, guint words)
{
    uint32_t packed[MASKS_OF(MOST_WORDS) + MOST_WORDS] = {0};
    guint n = MASKS_OF(words);
    uint32_t word;

    for (guint i = 0; i < words; i++) {
        memcpy(&word, (const char *)thing + i * sizeof word, sizeof word);
        if (word != 0) {
            packed[i / 32] |= UINT32_C(1) << (i % 32);
            packed[n++] = word;
        }
    }
    if (n == MASKS_OF(words)) {
        return 0;
    }
    g_array_append_vals(story->facts, packed, n);
    return story->facts->len - n + 1;
}

static void unpack(const struct story *story, uint32_t place, void *thing, guint words)
{
    memset(thing, 0, words * sizeof(uint32_t));
    if (place == 0) {
        return;
    }
    const uint32_t *packed = &g_array_index(story->facts, uint32_t, place - 1);
    const uint32_t *word = packed + MASKS_OF(words);
    for (guint k = 0; k < MASKS_OF(words); k++) {
        for (uint32_t mask = packed[k]; mask != 0; mask &= mask - 1, word++) {
            const guint at = 32 * k + (guint)__builtin_ctz(mask);
            memcpy((char *)thing + at * sizeof *word, word, sizeof *word);
        }
    }
}

/* Copies a packed thing behind those of `to`, if there is one, and lets *place be where it is. */
static void settle_packed(const struct story *story, GArray *to, uint32_t *place, guint words)
{
    guint n = MASKS_OF(words);

    if (*place == 0) {
        return;
    }
    const uint32_t *packed = &g_array_index(story->facts, uint32_t, *place - 1);
    for (guint k = 0; k < MASKS_OF(words); k++) {
        n += (guint)__builtin_popcount(packed[k]);
    }
    g_array_append_vals(to, packed, n);
    *place = to->len - n + 1;
}

void story_settle_facts(struct story *story)
{
    GArray *facts = g_array_sized_new(FALSE, FALSE, sizeof(uint32_t), story->facts->len / 2);

    for (guint i = 0; i < story->connections->len; i++) {
        struct story_connection *connection = connection_at(story, i);
        for (unsigned side = 0; side < 2; side++) {
            settle_packed(story, facts, &connection->facts[side],
                          WORDS_OF(struct tsm_record_facts));
        }
        settle_packed(story, facts, &connection->kinds, WORDS_OF(struct story_bytes));
        settle_packed(story, facts, &connection->spent, WORDS_OF(struct tsm_spent));
        settle_packed(story, facts, &connection->repeats, WORDS_OF(struct story_repeats));
        settle_packed(story, facts, &connection->metrics, 2 * WORDS_OF(struct tsm_metrics_of_end));
    }
    g_array_unref(story->facts);
    story->facts = facts;
    memset(story->unpacked, 0, 2 * sizeof *story->unpacked);
}

/* Its last act was to repeat: what came after is the rest of the same burst, at most. */
static bool ends_in_repeats(const struct tsm_record_facts *facts, int64_t repeated_ns)
{
    return duration_forward(facts->seen.repeats.last_ns, facts->last_ns) <= repeated_ns / 8;
}

struct story_repeats story_repeats(const struct story *story,
                                   const struct story_connection *connection)
{
    struct story_repeats repeats;

    unpack(story, connection->repeats, &repeats, WORDS_OF(struct story_repeats));
    return repeats;
}

void story_set_repeats(struct story *story, struct story_connection *connection, enum tsm_side side,
                       int64_t ns, uint32_t count)
{
    struct story_repeats repeats = story_repeats(story, connection);

    if (repeats.ns[side] != ns || repeats.count[side] != count) {
        repeats.ns[side] = ns;
        repeats.count[side] = count;
        connection->repeats = story_pack(story, &repeats, WORDS_OF(struct story_repeats));
    }
}

static void note_silence(struct story *story, struct story_connection *connection,
                         const struct tsm_record_facts *facts)
{
    const struct tsm_mark *repeats = &facts->seen.repeats;
    const int64_t repeated_ns = duration_forward(repeats->first_ns, repeats->last_ns);
    const bool repeating = ends_in_repeats(facts, repeated_ns);

    connection->heard[facts->side] = (struct story_silence){
        .last_ns = facts->last_ns,
        .last_frame = facts->last_frame,
        .unacked = facts->unacked,
    };
    story_set_repeats(story, connection, (enum tsm_side)facts->side, repeating ? repeated_ns : 0,
                      repeating ? repeats->count : 0);
}

void story_add_facts(struct story *story, struct story_connection *connection,
                     const struct tsm_record_facts *facts)
{
    struct tsm_record_facts kept = *facts;

    note_silence(story, connection, facts);
    kept.stream = 0; /* what the connection knows itself */
    kept.side = 0;
    if (story->wants->keeps_facts) {
        connection->facts[facts->side] =
            story_pack(story, &kept, WORDS_OF(struct tsm_record_facts));
    }
}

struct story_bytes story_bytes(const struct story *story, const struct story_connection *connection)
{
    struct story_bytes bytes;

    unpack(story, connection->kinds, &bytes, WORDS_OF(struct story_bytes));
    return bytes;
}

struct tsm_spent story_spent(const struct story *story, const struct story_connection *connection)
{
    struct tsm_spent spent;

    unpack(story, connection->spent, &spent, WORDS_OF(struct tsm_spent));
    return spent;
}

struct tsm_record_metrics story_metrics(const struct story *story,
                                        const struct story_connection *connection)
{
    struct tsm_record_metrics metrics = {.stream = connection->stream};

    unpack(story, connection->metrics, metrics.end, WORDS_OF(metrics.end));
    return metrics;
}

const struct tsm_record_facts *story_facts(const struct story *story,
                                           const struct story_connection *connection,
                                           enum tsm_side side)
{
    static const struct tsm_record_facts none;
    struct story_unpacked *last = &story->unpacked[side];
    const uint32_t place = connection->facts[side];

    if (place == 0) {
        return &none;
    }
    if (last->place[0] != place && last->place[1] != place) {
        last->place[last->next] = place;
        unpack(story, place, &last->facts[last->next], WORDS_OF(struct tsm_record_facts));
        last->next = 1 - last->next;
    }
    return &last->facts[last->place[0] == place ? 0 : 1];
}

/* The place of a mark; 0 = there is none. */
static uint32_t find_mark(const struct story *story, const struct story_connection *connection,
                          unsigned side, unsigned kind)
{
    uint32_t place = (connection->mark_kinds >> kind & 1) != 0 ? connection->marks : 0;

    while (place != 0 &&
           (mark_at(story, place)->kind != kind || mark_at(story, place)->side != side)) {
        place = mark_at(story, place)->earlier;
    }
    return place;
}

const struct tsm_mark *story_find_mark(const struct story *story,
                                       const struct story_connection *connection,
                                       enum tsm_side side, unsigned kind)
{
    static const struct tsm_mark none;
    const uint32_t place = find_mark(story, connection, side, kind);

    return place != 0 ? &mark_at(story, place)->is : &none;
}

void story_add_marks(struct story *story, struct story_connection *connection,
                     const struct tsm_record_segment *segment)
{
    for (uint64_t kinds = marks_of(segment); kinds != 0; kinds &= kinds - 1) {
        const unsigned kind = (unsigned)__builtin_ctzll(kinds);
        uint32_t place = find_mark(story, connection, segment->sender, kind);
        if (place == 0) {
            const struct story_mark mark = {
                .earlier = connection->marks, .kind = (uint8_t)kind, .side = segment->sender};
            g_array_append_val(story->marks, mark);
            place = connection->marks = story->marks->len;
            connection->mark_kinds |= UINT64_C(1) << kind;
        }
        tsm_mark_note(&mark_at(story, place)->is, segment->time_ns, segment->frame);
    }
}
