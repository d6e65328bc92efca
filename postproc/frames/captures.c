/* captures.c - opens captures by their descriptors and reads them; see captures.h.
 *
 * libwiretap opens names; the only name of a descriptor that another user may have opened is "-",
 * standard input. So each capture becomes standard input in its turn.
 *
 * libwiretap copies each byte of a capture twice and asks a dozen questions about each record. Of a
 * classic pcap it is asked what kind it is and what the first record is like; then we read the
 * file by ourselves (pcap_records.h). Where that meets anything odd, libwiretap reads up to there,
 * and goes on: what it says is what counts.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "captures.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "frame_header.h"

static volatile sig_atomic_t stopped;

void captures_stop(int number)
{
    (void)number;
    stopped = 1;
}

void captures_init(struct captures *captures, unsigned n)
{
    *captures = (struct captures){.n = n, .trouble = g_string_new(NULL)};
    wiretap_record_init(&captures->record);
}

void captures_clear(struct captures *captures)
{
    g_string_free(captures->trouble, TRUE);
    wiretap_record_clear(&captures->record);
}

/* ---- trouble ---- */

/* As tshark says it of standard input, so that who reads it knows these words. */
static void note_trouble(struct captures *captures, int err, gchar *info, bool opening)
{
    GString *text = captures->trouble;

    if (text->len > 0 || err == EINTR) {
        g_free(info);
        return;
    }
    if (err == WTAP_ERR_BAD_FILE || err == WTAP_ERR_DECOMPRESS) {
        g_string_append(text, "tshark: The standard input appears to be damaged or corrupt.\n");
    } else if (err == WTAP_ERR_SHORT_READ) {
        g_string_append_printf(text,
                               "tshark: The standard input appears to have been cut short in the "
                               "middle of a packet%s.\n",
                               opening ? " or other data" : "");
    } else if (err == WTAP_ERR_FILE_UNKNOWN_FORMAT) {
        g_string_append(text, "tshark: The standard input isn't a capture file in a format TShark "
                              "understands.\n");
    } else {
        g_string_append_printf(
            text, "tshark: An error occurred while reading from the standard input: %s.\n",
            wtap_strerror(err));
    }
    if (info != NULL) {
        g_string_append_printf(text, "(%s)\n", info);
    }
    g_free(info);
}

/* ---- opening ---- */

/* Whether what was packed could be unpacked, as far as it was wanted. */
static bool end_unpacking(struct captures *captures)
{
    if (captures->unpacking.thread == NULL) {
        return true;
    }
    close(STDIN_FILENO); /* so that it does not wait for us */
    unpack_end(&captures->unpacking);
    if (captures->unpacking.trouble != NULL && captures->trouble->len == 0) {
        g_string_append_printf(captures->trouble,
                               "tshark: The standard input appears to be damaged or corrupt.\n"
                               "(%s)\n",
                               captures->unpacking.trouble);
    }
    return captures->unpacking.trouble == NULL;
}

bool captures_open(struct captures *captures, unsigned number)
{
    const int fd = CAPTURES_FIRST_FD + (int)number;
    const int unpacked = unpack_begin(&captures->unpacking, fd, captures->packed);
    gchar *info = NULL;
    int err = 0;

    captures->at = number;
    captures->begins = true;
    captures->direct = false;
    captures->read = 0;
    captures->offset = unpacked >= 0 ? -1 : lseek(fd, 0, SEEK_CUR);
    if (dup2(unpacked >= 0 ? unpacked : fd, STDIN_FILENO) != STDIN_FILENO) {
        return false;
    }
    if (unpacked > STDIN_FILENO) { /* it is standard input itself when that was closed */
        close(unpacked);
    }
    captures->from = wtap_open_offline("-", WTAP_TYPE_AUTO, &err, &info, FALSE);
    if (captures->from == NULL) {
        note_trouble(captures, err, info, true);
        end_unpacking(captures);
    }
    return captures->from != NULL;
}

static guint64 statistic(wtap_block_t block, guint option)
{
    guint64 value = 0;

    return block != NULL &&
                   wtap_block_get_uint64_option_value(block, option, &value) == WTAP_OPTTYPE_SUCCESS
               ? MIN(value, G_MAXUINT32)
               : 0;
}

/* Adds what a pcapng counts of packets that came and were lost: by the last statistics of each
 * interface, as they are totals, and by its packets, which tell how many were lost before them
 * (epb_dropcount). Where it has both they are the same. */
static void note_statistics(struct captures *captures)
{
    wtapng_iface_descriptions_t *all = wtap_file_get_idb_info(captures->from);
    guint64 lost = 0;

    for (guint i = 0; i < all->interface_data->len; i++) {
        const wtapng_if_descr_mandatory_t *interface =
            wtap_block_get_mandatory_data(g_array_index(all->interface_data, wtap_block_t, i));
        const guint n = interface->num_stat_entries;
        if (n > 0) {
            const wtap_block_t last =
                g_array_index(interface->interface_statistics, wtap_block_t, n - 1);
            captures->came += statistic(last, OPT_ISB_IFRECV);
            lost += statistic(last, OPT_ISB_IFDROP) + statistic(last, OPT_ISB_OSDROP);
        }
    }
    captures->lost += MAX(lost, captures->between);
    captures->between = 0;
    g_free(all);
}

void captures_close(struct captures *captures)
{
    if (captures->from != NULL) {
        note_statistics(captures);
        wtap_close(captures->from);
        captures->from = NULL;
        end_unpacking(captures);
    }
}

/* ---- reading ---- */

static enum tsm_item_end end_of(int err)
{
    return err == 0 || err == EINTR     ? TSM_END_WHOLE
           : err == WTAP_ERR_SHORT_READ ? TSM_END_CUT
                                        : TSM_END_UNREAD;
}

/* ---- reading by ourselves ---- */

/* libwiretap has read the first record. Whether the others may be read directly: they are of the
 * same kind, and differ by times, lengths and bytes alone. */
static bool may_be_direct(const struct captures *captures)
{
    const wtap_rec *rec = &captures->record.rec;
    const wtap_packet_header *packet = &rec->rec_header.packet_header;

    return !captures->never_direct && captures->read == 1 && rec->rec_type == REC_TYPE_PACKET &&
           frame_header_link(packet->pkt_encap) != TSM_LINK_OTHER &&
           !(packet->pkt_encap == WTAP_ENCAP_ETHERNET && packet->pseudo_header.eth.fcs_len > 0);
}

/* Begins behind the first record, which must be what libwiretap has read. */
static bool begin_direct(struct captures *captures)
{
    const wtap_rec *rec = &captures->record.rec;
    struct pcap_record first;

    if (!may_be_direct(captures) ||
        !pcap_records_begin(&captures->pcap, STDIN_FILENO, captures->offset) ||
        pcap_records_next(&captures->pcap, &first) != PCAP_RECORD) {
        return false;
    }
    return rec->ts.secs == (time_t)first.seconds && rec->ts.nsecs == (int)first.nanoseconds &&
           rec->rec_header.packet_header.caplen == first.captured &&
           rec->rec_header.packet_header.len == first.length;
}

static void take_direct(struct captures *captures, const struct pcap_record *record)
{
    wtap_rec *rec = &captures->record.rec;

    rec->ts.secs = (time_t)record->seconds;
    rec->ts.nsecs = (int)record->nanoseconds;
    rec->rec_header.packet_header.caplen = record->captured;
    rec->rec_header.packet_header.len = record->length;
    wiretap_lend(&captures->record, record->bytes, record->captured);
}

/* libwiretap reads again what we had read. */
static bool catch_up(struct captures *captures, int *err, gchar **info)
{
    captures->direct = false;
    for (guint64 i = 1; i < captures->read; i++) {
        if (!wiretap_read(captures->from, &captures->record, err, info)) {
            return false;
        }
        wiretap_record_reset(&captures->record);
    }
    return true;
}

/* The next record, by whom ever; false as wiretap_read(). */
static bool read_record(struct captures *captures, int *err, gchar **info)
{
    struct pcap_record record;

    if (captures->direct) {
        const enum pcap_next next = pcap_records_next(&captures->pcap, &record);
        if (next == PCAP_RECORD) {
            take_direct(captures, &record);
            captures->read++;
            return true;
        }
        if (next == PCAP_END || !catch_up(captures, err, info)) {
            return false;
        }
    }
    if (!wiretap_read(captures->from, &captures->record, err, info)) {
        return false;
    }
    captures->read++;
    captures->between += statistic(captures->record.rec.block, OPT_PKT_DROPCOUNT);
    captures->direct = begin_direct(captures);
    return true;
}

/* ---- all ---- */

bool captures_next(struct captures *captures, enum tsm_item_end *end)
{
    int err = 0;
    gchar *info = NULL;

    while (!stopped) {
        if (captures->from == NULL && !captures_open(captures, captures->at)) {
            *end = TSM_END_UNREAD;
            return false;
        }
        if (read_record(captures, &err, &info)) {
            return true;
        }
        if (err != 0) {
            note_trouble(captures, err, info, false);
            *end = MAX(*end, end_of(err));
        }
        if (!end_unpacking(captures)) {
            *end = MAX(*end, TSM_END_CUT);
        }
        if (captures->at + 1 == captures->n) {
            return false;
        }
        captures_close(captures);
        captures->at++;
    }
    return false;
}

void captures_done(struct captures *captures)
{
    captures->begins = false;
    if (!captures->direct || captures->read == 1) { /* libwiretap has read it */
        wiretap_record_reset(&captures->record);
    }
}
