/* read_pcap_fuzz.c - any bytes as a capture: read by ourselves (pcap_records.c) as far as that
 * goes, and by libwiretap alone. Both must tell the same records, ends and troubles.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE /* memfd_create() */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <wsutil/wslog.h>

#include "captures.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* All that is told of a record and goes on from here. */
static void tell(GString *told, struct wiretap_record *record)
{
    const wtap_rec *rec = &record->rec;
    const wtap_packet_header *packet = &rec->rec_header.packet_header;

    g_string_append_printf(told, "%u %u %" G_GINT64_FORMAT ".%09d", rec->rec_type,
                           rec->presence_flags, (gint64)rec->ts.secs, rec->ts.nsecs);
    if (rec->rec_type == REC_TYPE_PACKET) {
        g_string_append_printf(told, " %d %u %u ", packet->pkt_encap, packet->caplen, packet->len);
        g_string_append_len(told, (const gchar *)wiretap_bytes(record), packet->caplen);
    }
    g_string_append_c(told, '\n');
}

static GString *read_all(bool never_direct)
{
    GString *told = g_string_new(NULL);
    struct captures captures;
    enum tsm_item_end end = TSM_END_WHOLE;

    lseek(CAPTURES_FIRST_FD, 0, SEEK_SET);
    captures_init(&captures, 1);
    captures.never_direct = never_direct;
    while (captures_next(&captures, &end)) {
        tell(told, &captures.record);
        captures_done(&captures);
    }
    captures_close(&captures);
    g_string_append_printf(told, "%d %s", (int)end, captures.trouble->str);
    captures_clear(&captures);
    return told;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool begun;
    const int fd = memfd_create("capture", 0);

    if (!begun) {
        ws_log_set_level(LOG_LEVEL_ERROR);
        wtap_init(FALSE);
        begun = true;
    }
    if (fd < 0 || write(fd, data, size) != (ssize_t)size || dup2(fd, CAPTURES_FIRST_FD) < 0) {
        abort();
    }
    if (fd != CAPTURES_FIRST_FD) {
        close(fd);
    }
    GString *ours = read_all(false), *theirs = read_all(true);
    if (!g_string_equal(ours, theirs)) {
        g_printerr("ours: %s\nlibwiretap: %s\n", ours->str, theirs->str);
        abort();
    }
    g_string_free(ours, TRUE);
    g_string_free(theirs, TRUE);
    close(CAPTURES_FIRST_FD);
    return 0;
}
