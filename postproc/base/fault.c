/* fault.c - the error domain of tcpstory.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "fault.h"

G_DEFINE_QUARK(tcpstory - fault, fault)
