/* capture.c - a pcap file, written by libpcap.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _DEFAULT_SOURCE /* pcap.h uses u_char */
#include "capture.h"

#include <pcap/pcap.h>

#include "words.h"

#define SNAPLEN 262144

static void write_line(pcap_dumper_t *dumper, const struct line *line)
{
    guint captured;
    g_autoptr(GByteArray) frame = packet_frame(&line->packet, &captured);
    /* With nanosecond precision libpcap takes tv_usec as nanoseconds. */
    const struct pcap_pkthdr header = {
        .ts = {.tv_sec = line->time_ns / NS_PER_S, .tv_usec = line->time_ns % NS_PER_S},
        .caplen = captured,
        .len = frame->len,
    };

    pcap_dump((u_char *)dumper, &header, frame->data);
}

bool capture_write(const struct script *script, const char *path, GError **error)
{
    pcap_t *pcap =
        pcap_open_dead_with_tstamp_precision(DLT_EN10MB, SNAPLEN, PCAP_TSTAMP_PRECISION_NANO);
    pcap_dumper_t *dumper = pcap_dump_open(pcap, path);
    bool good = dumper != NULL;

    for (guint i = 0; good && i < script->lines->len; i++) {
        const struct line *line = g_ptr_array_index(script->lines, i);
        if (line->kind == LINE_SEGMENT || line->kind == LINE_ICMP) {
            write_line(dumper, line);
        }
    }
    good = good && pcap_dump_flush(dumper) == 0;
    if (!good) {
        g_set_error(error, SCENARIO_ERROR, 0, "%s: %s", path, pcap_geterr(pcap));
    }
    if (dumper != NULL) {
        pcap_dump_close(dumper);
    }
    pcap_close(pcap);
    return good;
}
