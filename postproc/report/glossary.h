/* glossary.h - what states and steps mean to somebody who has to do something about them: a table.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef GLOSSARY_H
#define GLOSSARY_H

/* A term. The list of checks ends with NULL. */
struct term {
    const char *name;    /* "CLOSE_WAIT", "close 2/4"; NULL ends the table */
    const char *meaning; /* sentences */
    const char *lasts; /* how long it lasts when all is well, and what it means when it does not */
    const char *checks[4];
};

extern const struct term glossary_states[];   /* in the order of enum tsm_state */
extern const struct term glossary_steps[];    /* open 1/3 ... 3/3, close 1/4 ... 4/4 */
extern const struct term glossary_segments[]; /* kinds of segments: SYN, RST ... */

#endif
