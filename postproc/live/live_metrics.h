/* live_metrics.h - how it stands for Prometheus: a file for node_exporter, or a port to scrape.
 *
 * Source of the format: Prometheus' exposition formats, text-based format 0.0.4.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef LIVE_METRICS_H
#define LIVE_METRICS_H

#include "live_model.h"

/* Appends all families. */
void live_metrics_text(const struct live_model *model, const Watch *watch, GString *text);

/* Where they go. */
typedef struct live_metrics LiveMetrics;

/* `where` is FILE, or :PORT, or ADDRESS:PORT; a port without an address is bound to the loopback
 * only. NULL and error (EXIT_USAGE, EXIT_OUTPUT). Free with live_metrics_free(), which leaves the
 * file as it is. */
LiveMetrics *live_metrics_open(const char *where, GError **error);
void live_metrics_free(LiveMetrics *metrics);

/* Call it several times in a second: writes the file when a few seconds have passed, or when this
 * is the `last` time, answers who asks at the port. Never waits. Returns false and sets error when
 * the file cannot be written. */
bool live_metrics_serve(LiveMetrics *metrics, const struct live_model *model, const Watch *watch,
                        bool last, GError **error);

#endif
