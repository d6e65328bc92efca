/* tsm_pack.c - patterns of images, and what an image adds to its pattern; see tsm_pack.h.
 *
 * A packed image: number of its pattern; a bit for each variable value of the pattern that is not
 * what is expected, and the differences of these; then exceptions: how many words further, and the
 * difference; then 0. Numbers have seven bits in a byte, differences their sign in the lowest bit.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tsm_pack.h"

#include <stdlib.h>
#include <string.h>

/* More are not learnt: what they do not fit is told as exceptions. Assumed to be enough. */
#define MAX_PATTERNS 1024u
#define N_BUCKETS 256u /* a power of two */
#define MAX_TRIES 4u   /* patterns of a bucket that are tried */

/* An image that needs more bytes of exceptions is worth a pattern of its own. */
#define MANY_EXCEPTIONS 16u

/* What is less is a count or a flag, and the same in most images of a pattern. */
#define SMALL 256u

/* A value that stands at one place of the image or at several. */
struct value {
    uint32_t first;    /* in the image that the pattern was learnt from */
    uint16_t at;       /* where it is read: a word of the image */
    uint16_t relative; /* the value that it is expected to go along with; itself = none */
};

struct place {
    uint16_t at;    /* a word of the image */
    uint16_t value; /* that stands there */
};

struct pattern {
    struct pattern *next; /* in its bucket */
    unsigned number, n_values, n_places;
    size_t n;             /* words of its images */
    uint32_t *words;      /* the image that it was learnt from */
    struct value *values; /* those that vary from image to image */
    struct place *places; /* where they stand; all else is as in `words` */
};

struct tsm_packer {
    struct pattern *buckets[N_BUCKETS];
    struct pattern *patterns[MAX_PATTERNS];
    unsigned n_patterns;
    struct pattern empty; /* what has none is told as exceptions to it; it has no words */
    uint32_t values[TSM_IMAGE_WORDS], words[TSM_IMAGE_WORDS], expected[TSM_IMAGE_WORDS];
    uint8_t packed[TSM_PACKED_BYTES];
};

struct tsm_packer *tsm_packer_new(void)
{
    struct tsm_packer *packer = calloc(1, sizeof *packer);

    if (packer != NULL) {
        packer->patterns[packer->n_patterns++] = &packer->empty;
    }
    return packer;
}

static void forget(struct pattern *pattern)
{
    free(pattern->words);
    free(pattern->values);
    free(pattern->places);
    free(pattern);
}

void tsm_packer_free(struct tsm_packer *packer)
{
    for (unsigned i = 1; packer != NULL && i < packer->n_patterns; i++) {
        forget(packer->patterns[i]);
    }
    free(packer);
}

/* ---- numbers ---- */

static uint8_t *put_number(uint8_t *to, uint32_t number)
{
    for (; number >= 0x80; number >>= 7) {
        *to++ = (uint8_t)(number | 0x80);
    }
    *to++ = (uint8_t)number;
    return to;
}

static uint32_t get_number(const uint8_t **from)
{
    uint32_t number = 0;
    unsigned shift = 0;

    for (; (**from & 0x80) != 0; shift += 7) {
        number |= (uint32_t)(*(*from)++ & 0x7f) << shift;
    }
    return number | (uint32_t) * (*from)++ << shift;
}

/* Small differences of either sign are small numbers. */
static uint8_t *put_difference(uint8_t *to, uint32_t difference)
{
    return put_number(to, difference << 1 ^ (0 - (difference >> 31)));
}

static uint32_t get_difference(const uint8_t **from)
{
    const uint32_t number = get_number(from);

    return number >> 1 ^ (0 - (number & 1));
}

/* ---- what a pattern says ---- */

/* What a variable value is expected to be, when those before it are known. */
static inline uint32_t expected_value(const struct pattern *pattern, const uint32_t *values,
                                      unsigned i)
{
    const struct value *value = &pattern->values[i];

    if (value->relative == i) {
        return value->first;
    }
    return values[value->relative] + (value->first - pattern->values[value->relative].first);
}

/* The image that has these values, of n words. */
static void fill(const struct pattern *pattern, const uint32_t *values, void *image, size_t n)
{
    if (pattern->words == NULL) {
        memset(image, 0, n * sizeof *values);
        return;
    }
    memcpy(image, pattern->words, n * sizeof *values);
    for (unsigned i = 0; i < pattern->n_places; i++) {
        const struct place *place = &pattern->places[i];
        memcpy((char *)image + place->at * sizeof *values, &values[place->value], sizeof *values);
    }
}

/* ---- packing ---- */

#define CHUNK 32u /* words that are compared at once */

/* The words of the image that are others than expected. */
static uint8_t *put_exceptions(const struct tsm_packer *packer, size_t n, uint8_t *to)
{
    const uint32_t *words = packer->words, *expected = packer->expected;
    size_t told = 0; /* words before it were */

    for (size_t from = 0; from < n; from += CHUNK) {
        const size_t until = from + CHUNK < n ? from + CHUNK : n;
        if (memcmp(&words[from], &expected[from], (until - from) * sizeof *words) == 0) {
            continue;
        }
        for (size_t i = from; i < until; i++) {
            if (words[i] != expected[i]) {
                to = put_number(to, (uint32_t)(i + 1 - told));
                to = put_difference(to, words[i] - expected[i]);
                told = i + 1;
            }
        }
    }
    *to++ = 0;
    return to;
}

/* The image of the packer by a pattern. Returns the size; *exceptions is what they take of it. */
static size_t pack_by(struct tsm_packer *packer, const struct pattern *pattern, size_t n,
                      size_t *exceptions)
{
    const size_t bits = (pattern->n_values + 7) / 8;
    uint8_t *mask = put_number(packer->packed, pattern->number);
    uint8_t *to = mask + bits;

    memset(mask, 0, bits);
    for (unsigned i = 0; i < pattern->n_values; i++) {
        const uint32_t value = packer->words[pattern->values[i].at];
        const uint32_t difference = value - expected_value(pattern, packer->values, i);
        packer->values[i] = value;
        if (difference != 0) {
            mask[i / 8] |= (uint8_t)(1u << i % 8);
            to = put_difference(to, difference);
        }
    }
    fill(pattern, packer->values, packer->expected, n);
    uint8_t *end = put_exceptions(packer, n, to);
    *exceptions = (size_t)(end - to);
    return (size_t)(end - packer->packed);
}

/* ---- learning ---- */

static bool is_variable(uint32_t word)
{
    return word >= SMALL && word != UINT32_MAX && word != INT32_MAX;
}

/* The number of that value; the same as `n` when it is none of them. */
static unsigned find_value(const struct value *values, unsigned n, uint32_t word)
{
    unsigned i = 0;

    while (i < n && values[i].first != word) {
        i++;
    }
    return i;
}

/* The value before number i that is nearest to it; i itself when none is near. */
static unsigned nearest(const struct value *values, unsigned i)
{
    uint32_t least = UINT32_C(1) << 27;
    unsigned found = i;

    for (unsigned k = 0; k < i; k++) {
        const uint32_t more = values[i].first - values[k].first;
        const uint32_t distance = more > INT32_MAX ? 0 - more : more;
        if (distance < least) {
            least = distance;
            found = k;
        }
    }
    return found;
}

/* Adds what varies of the pattern's words. */
static void learn_values(struct pattern *pattern)
{
    for (size_t at = 0; at < pattern->n; at++) {
        const uint32_t word = pattern->words[at];
        const unsigned count = pattern->n_values;
        if (!is_variable(word)) {
            continue;
        }
        const unsigned value = find_value(pattern->values, count, word);
        if (value == count) {
            pattern->values[count] = (struct value){.first = word, .at = (uint16_t)at};
            pattern->values[count].relative = (uint16_t)nearest(pattern->values, count);
            pattern->n_values++;
        }
        pattern->places[pattern->n_places++] =
            (struct place){.at = (uint16_t)at, .value = (uint16_t)value};
    }
}

static bool learn(struct pattern *pattern, const uint32_t *words, size_t n)
{
    size_t places = 0;

    for (size_t at = 0; at < n; at++) {
        places += is_variable(words[at]);
    }
    pattern->n = n;
    pattern->words = malloc(n * sizeof *pattern->words);
    pattern->values = malloc((places + 1) * sizeof *pattern->values);
    pattern->places = malloc((places + 1) * sizeof *pattern->places);
    if (pattern->words == NULL || pattern->values == NULL || pattern->places == NULL) {
        return false;
    }
    memcpy(pattern->words, words, n * sizeof *words);
    learn_values(pattern);
    return true;
}

/* A pattern of the packer's image; NULL when there is no room for it. */
static struct pattern *new_pattern(struct tsm_packer *packer, size_t n)
{
    struct pattern *pattern = packer->n_patterns < MAX_PATTERNS ? calloc(1, sizeof *pattern) : NULL;

    if (pattern == NULL) {
        return NULL;
    }
    if (!learn(pattern, packer->words, n)) {
        forget(pattern);
        return NULL;
    }
    pattern->number = packer->n_patterns;
    packer->patterns[packer->n_patterns++] = pattern;
    return pattern;
}

/* ---- choosing ---- */

static struct pattern **bucket_of(struct tsm_packer *packer, uint32_t kind, size_t size)
{
    return &packer->buckets[(((uint32_t)size ^ kind) * UINT32_C(2654435761)) >> 24];
}

/* The pattern at *at comes first in its bucket. */
static void move_up(struct pattern **bucket, struct pattern **at)
{
    struct pattern *pattern = *at;

    *at = pattern->next;
    pattern->next = *bucket;
    *bucket = pattern;
}

/* Packs by a pattern of the bucket that does, if one does. Returns the size; 0 = none does. */
static size_t pack_by_known(struct tsm_packer *packer, struct pattern **bucket, size_t n)
{
    struct pattern **at = bucket;
    size_t exceptions;

    for (unsigned i = 0; *at != NULL && i < MAX_TRIES; i++, at = &(*at)->next) {
        const size_t size = (*at)->n == n ? pack_by(packer, *at, n, &exceptions) : 0;
        if (size > 0 && exceptions <= MANY_EXCEPTIONS) {
            move_up(bucket, at);
            return size;
        }
    }
    return 0;
}

const uint8_t *tsm_pack(struct tsm_packer *packer, uint32_t kind, const void *image, size_t size,
                        size_t *packed_size)
{
    struct pattern **bucket = bucket_of(packer, kind, size);
    const size_t n = size / sizeof(uint32_t);

    memcpy(packer->words, image, size);
    *packed_size = pack_by_known(packer, bucket, n);
    if (*packed_size == 0) {
        struct pattern *pattern = new_pattern(packer, n);
        size_t exceptions;
        if (pattern != NULL) {
            pattern->next = *bucket;
            *bucket = pattern;
        } else { /* any of that size will do, if not as well */
            pattern = *bucket != NULL && (*bucket)->n == n ? *bucket : &packer->empty;
        }
        *packed_size = pack_by(packer, pattern, n, &exceptions);
    }
    return packer->packed;
}

/* ---- unpacking ---- */

void tsm_unpack(struct tsm_packer *packer, const uint8_t *packed, void *image, size_t size)
{
    const struct pattern *pattern = packer->patterns[get_number(&packed)];
    const uint8_t *mask = packed;
    uint32_t gap, word;
    size_t at = 0;

    packed += (pattern->n_values + 7) / 8;
    for (unsigned i = 0; i < pattern->n_values; i++) {
        packer->values[i] = expected_value(pattern, packer->values, i);
        if ((mask[i / 8] & 1u << i % 8) != 0) {
            packer->values[i] += get_difference(&packed);
        }
    }
    fill(pattern, packer->values, image, size / sizeof word);
    while ((gap = get_number(&packed)) != 0) {
        char *to = (char *)image + (at + gap - 1) * sizeof word;
        memcpy(&word, to, sizeof word);
        word += get_difference(&packed);
        memcpy(to, &word, sizeof word);
        at += gap;
    }
}
