/* states_picture.h - how many ends are in each state over time, as a picture of stacked areas.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef STATES_PICTURE_H
#define STATES_PICTURE_H

#include "samples.h"
#include "text.h"

#define STATES_PICTURE_SAMPLES 300 /* about as many as can be told apart */

/* Appends the picture: for each story (struct story) a panel, from its samples (struct samples), in
 * the same order. `inside`: it is part of a page. */
void states_picture(const GPtrArray *stories, const GPtrArray *samples, enum text_clock clock,
                    bool inside, GString *svg);

#endif
