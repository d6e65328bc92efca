/* write_prometheus.h - figures of captures in Prometheus' text format, for the textfile collector
 * of node_exporter.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WRITE_PROMETHEUS_H
#define WRITE_PROMETHEUS_H

#include "judged_captures.h"
#include "out.h"

/* Writes the metric families of docs/user/output.md, version 0.0.4 of the text format. Captures of
 * the same name are summed up. Never fails. */
bool write_prometheus(const struct judged_captures *captures, struct out *out, GError **error);

#endif
