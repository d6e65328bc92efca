/* tsi_layout.h - what is where in the summary of a .tsi file; for who writes and who reads it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TSI_LAYOUT_H
#define TSI_LAYOUT_H

#define TSI_MAGIC "\x89tsi\r\n\x1a\n" /* as of PNG: who transfers it as text is found out */

enum {
    SUMMARY_SIZE = 0,
    SUMMARY_START = 8,
    SUMMARY_END_NS = 16,
    SUMMARY_FRAMES = 24,
    SUMMARY_END = 28,
    SUMMARY_CAME = 32,
    SUMMARY_LOST = 36,
    SUMMARY_UNREAD = 40,
    SUMMARY_TEXT = 44, /* the length of the trouble's text */
    SUMMARY_INTERFACES = 48,
    SUMMARY_SYNS = 52,
    SUMMARY_SILENCES = 56, /* how many bytes silences take */
    SUMMARY_BYTES = 60,    /* then so many pairs of interfaces and SYNs, silences, then the text */
    PAIR_BYTES = 16,
};

/* What is where in a silence, and in each of its talks behind it. The first one is what was
 * captured last. */
enum {
    SILENCE_FROM = 0,
    SILENCE_TO = 8,
    SILENCE_LONGEST = 16,
    SILENCE_FRAMES = 24,
    SILENCE_TALKS = 28,
    SILENCE_BYTES = 32,
    TALK_NS = 0,
    TALK_CONNECTION = 8,
    TALK_SENDER = 12,
    TALK_ASKS = 16,
    TALK_BYTES = 20,
};

#endif
