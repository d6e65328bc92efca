/* table.h - a table that lists things of one or several captures: its description, which is
 * constant, and a run of it over captures.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TABLE_H
#define TABLE_H

#include "judged_captures.h"
#include "selection.h"
#include "sheet.h"
#include "text.h"

struct table_run;

/* For --follow of what is found while the input goes on: see watch.h. */
struct table_findings {
    bool incidents; /* places are those of incidents; false = of their anomalies */
    /* Calls visit() for the row of what was found, if it is wanted. */
    void (*row)(const struct table_run *run, const Incidents *found, guint place, sheet_visit visit,
                void *data);
    /* Prints it in the text's own form, if it is wanted. */
    void (*text)(const struct table_run *run, const Incidents *found, guint place, struct out *out);
};

struct table {
    const char *title;                  /* of a page with it */
    const struct sheet_column *columns; /* "file", if there, is left out for one capture */
    const char *const *flow_columns; /* names of those that tell of flows, then NULL; NULL = none */
    const char *const *metric_columns;    /* of those that tell of metrics; NULL = none */
    const char *const *server_columns;    /* of those that tell the names of servers; NULL = none */
    const char *const *interface_columns; /* of those that tell interfaces; NULL = none */
    const char *const
        *time_columns; /* of those with points in time; they stay when dates are asked for */
    const char *const *file_columns; /* of those that only a capture of several files needs */
    const char *const *page_columns; /* of those that pages have, too, without being asked */
    /* Called once, when all captures are loaded; NULL = nothing to prepare. */
    void (*prepare)(struct table_run *run);
    /* Calls visit() for each row of each capture, in order. */
    void (*each)(const struct table_run *run, sheet_visit visit, void *data);
    /* For --follow: calls visit() for the row of one connection; NULL = there is no such row. */
    void (*one)(const struct table_run *run, const struct story *story,
                const struct story_connection *connection, sheet_visit visit, void *data);
    const struct table_findings *findings;     /* for --follow; NULL = the table has none */
    struct json_t *(*object)(const void *row); /* as in struct sheet; NULL = none */
    /* Prints the text in a form of its own; NULL = aligned columns, as the user chose them. */
    void (*text_form)(const struct table_run *run, struct out *out);
    /* Appends it as a picture (svg.h), for verbs whose `writes` has FORMAT_PICTURE, and for pages
     * (`inside`); NULL = there is none. */
    void (*picture)(const struct table_run *run, bool inside, GString *svg);
    /* Takes columns that say nothing out of the default ones for people; NULL = keeps them. */
    void (*trim)(const struct table_run *run, struct sheet *sheet);
};

/* What the user wants of a table. All zero = every row, in the order in which they come. */
struct table_wants {
    const struct selection *selection; /* its period and host bound rows; NULL = all */
    const struct anomaly_rule *rule;   /* of anomalies, or of connections with one; NULL = any */
    enum anomaly_severity severity;    /* of anomalies: at least */
    guint top;                         /* at most that many rows; 0 = all */
    const struct sheet_column *order;  /* to sort by; NULL = as they come */
    bool descending;
    bool columns;    /* the user chose columns */
    const void *own; /* what only the table itself knows of; NULL = nothing */
};

/* A table over captures. */
struct table_run {
    const struct table *table;
    struct table_wants wants;
    struct judged_captures captures;
    bool people;  /* cells are for people; false = for machines */
    GArray *rows; /* prepare() may put rows here; NULL before */
};

/* Sorts the rows by the column that is wanted, if one is; those that are equal there stay in
 * order. */
void table_sort(struct table_run *run);

/* How points in time are written in the table: epoch seconds for machines; for people seconds since
 * the capture began, or dates in UTC when those are wanted. */
enum text_clock table_clock(const struct table_run *run);

/* The rows for a writer: the first ones when not all are wanted. */
struct sheet_rows table_rows(struct table_run *run);

/* The story number i, 0 <= i < run->captures.stories->len. */
const struct story *table_story(const struct table_run *run, guint i);

/* Takes out those of the default columns that say nothing here: "file" when there is one capture
 * only, and those of files when no capture has several. */
void table_drop_idle(const struct table_run *run, struct sheet *sheet);

/* The file of a frame, and its number there, as cells. */
void table_put_file(const struct story *story, uint32_t frame, GString *cell);
void table_put_file_frame(const struct story *story, uint32_t frame, GString *cell);

/* Releases the rows. */
void table_end(struct table_run *run);

#endif
