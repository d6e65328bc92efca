/* ladder_picture.h - one connection's ladder as a picture: both ends' states as bars, an arrow for
 * each segment that did something.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef LADDER_PICTURE_H
#define LADDER_PICTURE_H

#include "ladder.h"

/* Appends the picture of the ladder, of which width and color do not count. The names of the ends,
 * as "10.9.0.1:80", stand above; `title` is plain text. `lost` segments are
 * not among the rows. `inside`: it is part of a page. At most LADDER_PICTURE_ROWS rungs are drawn,
 * and it says how many segments are left out. */
#define LADDER_PICTURE_ROWS 500
void ladder_picture(const struct ladder *ladder, const char *title, const char *const names[2],
                    guint lost, bool inside, GString *svg);

#endif
