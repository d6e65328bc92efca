/* causes_capture.c - causes in the way the capture was made.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cause.h"

const struct cause causes_capture[] = {
    {.id = NULL},
};
