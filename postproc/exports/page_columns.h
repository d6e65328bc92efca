/* page_columns.h - what a page knows of each connection, as columns of letters.h: figures, state
 * intervals, steps. postproc/page/connections.js reads them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef PAGE_COLUMNS_H
#define PAGE_COLUMNS_H

#include "hits.h"
#include "summary.h"

/* A page has that many connections, the first ones; it says so when there are more. */
#define PAGE_MAX_CONNECTIONS 250000

/* What is written. */
struct page_subject {
    const struct story *story;
    const Summary *summary;
    const Anomalies *anomalies;
    guint n;         /* connections, at most PAGE_MAX_CONNECTIONS */
    int64_t unit_ns; /* of times: a microsecond when the capture has no finer ones */
};

/* The greatest unit in which the times of all n connections are whole, 1000 or 1. */
int64_t page_columns_unit(const struct page_subject *page);

/* Appends members of a JSON object: "columns" of connections, with the dictionaries "hosts",
 * "servers" and "findings". */
void page_columns(const struct page_subject *page, GString *json);

/* The same: "intervals" of all ends, with the dictionary "kinds". */
void page_intervals(const struct page_subject *page, GString *json);

/* The same: "steps", with the dictionary "actions". */
void page_steps(const struct page_subject *page, GString *json);

#endif
