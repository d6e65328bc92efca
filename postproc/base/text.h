/* text.h - numbers, times and addresses as text. No locale, no input or output.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TEXT_H
#define TEXT_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "tsm_table.h"

/* How a point in time is written. */
enum text_clock {
    TEXT_RELATIVE, /* seconds since the capture's first frame: "12.345678" */
    TEXT_LOCAL,    /* "2026-07-02 14:12:45.104687" in the time zone of TZ */
    TEXT_UTC,      /* the same in UTC */
    TEXT_EPOCH,    /* seconds since 1970-01-01 UTC, nanosecond digits */
};

/* Appends a decimal number; quicker than printf. */
void text_number(GString *out, uint64_t value);

/* Appends seconds with nine decimals, "1751465565.104687000", also below zero. */
void text_seconds(GString *out, int64_t ns);

/* Appends seconds with `decimals` (0..9) decimals, rounded down towards minus infinity. */
void text_seconds_short(GString *out, int64_t ns, unsigned decimals);

/* Appends a point in time; `origin_ns` is what TEXT_RELATIVE counts from. Microseconds, but for
 * TEXT_EPOCH, which has nine decimals. */
void text_time(GString *out, int64_t ns, enum text_clock clock, int64_t origin_ns);

/* The same in a sentence: "+12.345678 s", "-0.000001 s" before the origin (the clock of a capture
 * may go back), or a date. */
void text_moment(GString *out, int64_t ns, enum text_clock clock, int64_t origin_ns);

/* Appends the name of the time zone at that time: "CEST", "UTC". */
void text_zone(GString *out, int64_t ns, enum text_clock clock);

/* Appends a duration for people, three significant digits: "14 us", "1.35 ms", "12.3 s", "2 min
 * 5 s", "3 h 20 min", "4 d 2 h". Negative durations get a minus sign. */
void text_duration(GString *out, int64_t ns);

/* Appends a number of bytes for people, powers of 1000: "25 B", "1.4 kB", "3.2 GB". */
void text_bytes(GString *out, uint64_t bytes);

/* Appends a number for people: "7", "82,582". */
void text_count(GString *out, uint64_t n);

/* Appends "1 connection" or "12,345 connections"; `one` and `many` are the nouns. */
void text_counted(GString *out, uint64_t n, const char *one, const char *many);

/* Appends an address of `len` bytes, 4 or 16, network byte order. IPv6 as RFC 5952 writes it. */
void text_host(GString *out, const uint8_t *address, unsigned len);

/* Appends "10.9.0.2:80" or "[fd00:9::2]:80": the end of the tuple on that side, the client being
 * the source. */
void text_endpoint(GString *out, const struct tsm_tuple *tuple, enum tsm_side side);

/* Appends `text` with "?" for control characters, and for those that turn the direction of writing
 * or are not seen at all: a name from outside can neither break a table nor steer a terminal. */
void text_safe(GString *out, const char *text);

/* The same as a new text, which the caller frees. */
char *text_safe_copy(const char *text);

/* Appends `text` with its lines broken at spaces so that none is longer than `width`, if that
 * can be; what goes on in the next line is indented by `indent`. Escape sequences of colours
 * have no width. */
void text_wrap(GString *out, const char *text, unsigned width, unsigned indent);

/* The word of `words` (ends with NULL) that is most like `word`, or NULL when none is like it: at
 * most a third of its letters may differ, or one word begins with the other. */
const char *text_nearest(const char *word, const char *const *words);

#endif
