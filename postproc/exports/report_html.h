/* report_html.h - the report as a page: its text with headings and colours, then the table of
 * connections.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef REPORT_HTML_H
#define REPORT_HTML_H

#include "judged_captures.h"
#include "out.h"

/* Writes one page on all captures, whose stories have kept the steps of REPORT_LIVES connections.
 * Fails with EXIT_USAGE when there is no memory for the text. */
bool report_html_write(const struct judged_captures *captures, struct out *out, GError **error);

#endif
