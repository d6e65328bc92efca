/* tsr_layout.h - the letters of a .tsr file; for who writes and who reads it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TSR_LAYOUT_H
#define TSR_LAYOUT_H

#define TSR_MAGIC "\x89tsr\r\n\x1a\n"

#define TSR_AT '@'
#define TSR_BORN 'B'
#define TSR_AT_END '='
#define TSR_AFTER '!'

#endif
