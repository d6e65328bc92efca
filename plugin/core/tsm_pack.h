/* tsm_pack.h - memory images of a fixed size as few bytes, where many of them are alike.
 *
 * Connections that went alike have the same members zero, and the same members equal to each other:
 * one time, one sequence number and one frame stand at many places. Such a pattern is learnt once;
 * of an image that has it only the words are written that differ, each once, and as differences to
 * what the first image of the pattern had. Where an image is a little off its pattern, exceptions
 * follow. So nothing here knows what the words mean, and every image comes back to the last bit.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TSM_PACK_H
#define TSM_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An image has at most so many bytes, a multiple of 4. */
#define TSM_IMAGE_BYTES 6144u
#define TSM_IMAGE_WORDS (TSM_IMAGE_BYTES / sizeof(uint32_t))

/* The most bytes that an image is packed to: it may be nothing but exceptions. */
#define TSM_PACKED_BYTES (2 * TSM_IMAGE_BYTES + 16)

struct tsm_packer;

/* A packer that has learnt nothing; NULL when out of memory. Free it with tsm_packer_free(). */
struct tsm_packer *tsm_packer_new(void);
void tsm_packer_free(struct tsm_packer *packer);

/* Packs `size` bytes at `image`. Images of the same `kind`, which may be any number, are expected
 * to be alike. Returns the packed bytes, which belong to the packer and stay until the next call,
 * and sets *packed_size. */
const uint8_t *tsm_pack(struct tsm_packer *packer, uint32_t kind, const void *image, size_t size,
                        size_t *packed_size);

/* Fills `image` (of `size` bytes, as it was packed) with what was packed. */
void tsm_unpack(struct tsm_packer *packer, const uint8_t *packed, void *image, size_t size);

#endif
