/* records.c - the record stream on its way from inference to the tap; see records.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "records.h"

#include <stdio.h>

#include "compat.h"
#include <epan/epan.h>

static GString *waiting; /* text of records, a line each */
static bool begun;       /* the header is written */

static void write_line(const struct tsm_record *record)
{
    char text[TSM_RECORD_TEXT];

    g_string_append_len(waiting, text, (gssize)tsm_record_format(record, text));
}

static void write_header(void)
{
    struct tsm_record record = {.type = TSM_RECORD_HEADER};
    int major, minor, micro;

    epan_get_version_number(&major, &minor, &micro);
    record.u.header.version = TSM_RECORD_VERSION;
    g_strlcpy(record.u.header.plugin, TCPSTATE_VERSION, sizeof(record.u.header.plugin));
    g_snprintf(record.u.header.wireshark, sizeof(record.u.header.wireshark), "%d.%d.%d", major,
               minor, micro);
    write_line(&record);
}

void records_begin(void)
{
    begun = false;
    if (waiting) {
        g_string_truncate(waiting, 0);
    }
}

void records_add(void *context _U_, const struct tsm_record *record)
{
    if (!waiting) {
        waiting = g_string_new(NULL);
    }
    if (!begun) {
        begun = true;
        write_header();
    }
    write_line(record);
}

void records_drain(void)
{
    if (waiting && waiting->len > 0) {
        fwrite(waiting->str, 1, waiting->len, stdout);
        fflush(stdout);
        g_string_truncate(waiting, 0);
    }
}
