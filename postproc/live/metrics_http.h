/* metrics_http.h - answers GET with a text, in as little HTTP as Prometheus needs (RFC 9112).
 *
 * Nothing waits: it is called again and again, and each call does what can be done at once. A
 * client that is slow, or asks for something else, is dropped.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef METRICS_HTTP_H
#define METRICS_HTTP_H

#include <glib.h>
#include <stdbool.h>

typedef struct metrics_http MetricsHttp;

/* Listens at ":PORT" (of the loopback), "ADDRESS:PORT" or "[ADDRESS]:PORT". NULL and error
 * (EXIT_USAGE, EXIT_OUTPUT). */
MetricsHttp *metrics_http_open(const char *where, GError **error);
void metrics_http_free(MetricsHttp *http); /* NULL is allowed */

/* Takes what clients sent. Whether one of them waits for an answer. */
bool metrics_http_is_asked(MetricsHttp *http);

/* Answers those that wait. */
void metrics_http_answer(MetricsHttp *http, const char *text, gsize length);

#endif
