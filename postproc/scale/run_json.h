/* run_json.h - the JSON files of a RUN folder: reading members that may be anything.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef RUN_JSON_H
#define RUN_JSON_H

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

/* A number of an object, from `least` to `most`. Clears *ok when it is not there, or is another
 * one. */
gint64 run_json_number(const json_t *object, const char *name, gint64 least, gint64 most, bool *ok);

/* A text of an object, which owns it; "" and *ok cleared when there is none. */
const char *run_json_text(const json_t *object, const char *name, bool *ok);

/* A list of an object; NULL and *ok cleared when there is none. */
const json_t *run_json_list(const json_t *object, const char *name, bool *ok);

/* The name of a file, which may be any bytes: a text when it is UTF-8, a list of numbers otherwise.
 */
json_t *run_json_of_name(const char *name);

/* The same read again; the caller frees it. "" and *ok cleared when it is none. */
char *run_json_name(const json_t *value, bool *ok);

/* A list of texts (of char *), and the same read again: it is added to `to`, safe to show. */
json_t *run_json_of_texts(const GPtrArray *texts);
void run_json_texts(const json_t *object, const char *name, GPtrArray *to, bool *ok);

/* Reads a file whose member "format" is that, and sets *identity (32 bytes) to its SHA-256. NULL
 * and error (EXIT_INPUT). */
json_t *run_json_read(const char *name, const char *format, guint8 *identity, GError **error);

/* Writes one, whole or not at all; sets *identity. Fails with EXIT_OUTPUT. */
bool run_json_write(const char *name, const json_t *object, guint8 *identity, GError **error);

/* An identity as hexadecimal digits; the caller frees it. */
char *run_json_hex(const guint8 *identity);

#endif
