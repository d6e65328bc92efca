/* errors.c - the error domain of tcpstory.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "errors.h"

G_DEFINE_QUARK(tcpstory_error, tcpstory_error)
