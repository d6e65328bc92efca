/* tsr_layout.h - the letters of a .tsr file; for who writes and who reads it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TSR_LAYOUT_H
#define TSR_LAYOUT_H

#define TSR_MAGIC "\x89tsr\r\n\x1a\n"

/* Symbols that are no record. */
#define TSR_AT '@'     /* a position: the frame */
#define TSR_AT_ALL '#' /* a position: frame, ordinal and time */
#define TSR_STREAM '~' /* another stream than the last one: the difference */
#define TSR_NEXT '+'   /* the next one */
#define TSR_BORN 'B'   /* a stream was given its number */
#define TSR_AT_END '=' /* what follows was told of the stream at the capture's end */
#define TSR_AFTER '!'  /* ... of what timers alone will do after that */

/* Sections: all but what timers will do, and that. */
enum { TSR_SECTION_SEEN, TSR_SECTION_AFTER, TSR_SECTIONS };

/* The most symbols of a string: few bytes cannot ask for endless records. */
#define TSR_STRING_MOST 512

/* So many strings have a number; later ones of a block are told each time. */
#define TSR_STRINGS 4095

#endif
