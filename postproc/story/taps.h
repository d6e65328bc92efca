/* taps.h - two captures of the same connections, made at both ends, as one: each end as the capture
 * at its own side has it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TAPS_H
#define TAPS_H

#include "story.h"

/* Makes `at_client` the story of both. Of connections that both have, and of those only the other
 * one has, the server is what `at_server` says; of the rest the story stays as it is. Both have
 * kept their facts; frames of `at_server` are numbered behind those of `at_client`
 * (story_wants.frames_before). `at_server` is as it was; it may be freed. */
void taps_join(struct story *at_client, const struct story *at_server);

#endif
