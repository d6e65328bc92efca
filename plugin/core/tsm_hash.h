/* tsm_hash.h - a keyed hash for everything whose keys a capture chooses: addresses, ports, numbers.
 *
 * Whoever makes a capture must not be able to aim all of it at one bucket. SipHash is made for
 * that: without the key, nobody can find inputs that collide. What is printed must not depend on
 * the key, which is another one in every run.
 *
 * Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF" (2012). 1-3 rounds are what
 * hash tables use (Rust, CPython); the paper's 2-4, for which there are test vectors, is the same
 * function (unit/tsm_hash_test).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TSM_HASH_H
#define TSM_HASH_H

#include <stddef.h>
#include <stdint.h>

/* 128 bits that nobody outside can know. The engine's users make it, as core has no source of
 * chance. */
struct tsm_hash_key {
    uint64_t k0, k1;
};

/* The four words of the state. */
struct tsm_sip {
    uint64_t v0, v1, v2, v3;
};

static inline uint64_t tsm_rotate(uint64_t value, unsigned bits)
{
    return value << bits | value >> (64 - bits);
}

static inline void tsm_sip_rounds(struct tsm_sip *s, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        s->v0 += s->v1;
        s->v2 += s->v3;
        s->v1 = tsm_rotate(s->v1, 13) ^ s->v0;
        s->v3 = tsm_rotate(s->v3, 16) ^ s->v2;
        s->v0 = tsm_rotate(s->v0, 32) + s->v3;
        s->v2 += s->v1;
        s->v3 = tsm_rotate(s->v3, 21) ^ s->v0;
        s->v1 = tsm_rotate(s->v1, 17) ^ s->v2;
        s->v2 = tsm_rotate(s->v2, 32);
    }
}

/* One word of the message. */
static inline void tsm_sip_word(struct tsm_sip *s, uint64_t word, unsigned rounds)
{
    s->v3 ^= word;
    tsm_sip_rounds(s, rounds);
    s->v0 ^= word;
}

/* SipHash with `c` rounds a word and `d` at the end, of a message of `n` words (8 n octets, each
 * word read as little endian). */
static inline uint64_t tsm_siphash(const struct tsm_hash_key *key, unsigned c, unsigned d,
                                   const uint64_t *words, size_t n)
{
    struct tsm_sip s = {
        key->k0 ^ 0x736f6d6570736575u, /* the paper's constants */
        key->k1 ^ 0x646f72616e646f6du,
        key->k0 ^ 0x6c7967656e657261u,
        key->k1 ^ 0x7465646279746573u,
    };

    for (size_t i = 0; i < n; i++) {
        tsm_sip_word(&s, words[i], c);
    }
    tsm_sip_word(&s, (uint64_t)n * 8 << 56, c);
    s.v2 ^= 0xff;
    tsm_sip_rounds(&s, d);
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

/* The hash that tables use, of `n` words. Inline: it is asked for each segment or connection. */
static inline uint64_t tsm_hash(const struct tsm_hash_key *key, const uint64_t *words, size_t n)
{
    return tsm_siphash(key, 1, 3, words, n);
}

#endif
