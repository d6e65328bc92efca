/* main.c - the program tcpstory-frames: reads a capture and tells what TCP headers lie plainly in
 * it.
 *
 * tcpstory runs it; it is of no use by hand. Standard input is the capture, in any format that
 * libwiretap reads; on standard output come items (tsm_item.h); frames that need dissectors go as
 * pcapng to descriptor 3. It is a program of its own because a capture is hostile input: started by
 * root it runs as an unprivileged user. And tcpstory need not be linked with libwiretap.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "wiretap.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <wsutil/privileges.h>
#include <wsutil/wslog.h>

#include "deep.h"
#include "tsm_frame.h"
#include "tsm_item.h"

#define DEEP_FD 3
#define BATCH_BYTES (256u << 10)

/* What is read, and where it goes. */
struct reading {
    wtap *from;
    struct wiretap_record record;
    uint32_t frame; /* number of the last one */
    struct deep deep;
    size_t used; /* of batch */
    uint8_t batch[BATCH_BYTES];
};

/* ---- items ---- */

static bool write_all(int fd, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        const ssize_t n = write(fd, bytes, size);
        if (n < 0 && errno != EINTR) {
            return false;
        }
        if (n > 0) {
            bytes += n;
            size -= (size_t)n;
        }
    }
    return true;
}

/* Sends what has been told. Who reads it may then wait for the other program, so that must have got
 * its frames first. */
static bool flush(struct reading *reading)
{
    const size_t used = reading->used;

    reading->used = 0;
    return deep_flush(&reading->deep) && write_all(STDOUT_FILENO, reading->batch, used);
}

static bool emit(struct reading *reading, const struct tsm_item *item)
{
    reading->used += tsm_item_pack(item, reading->batch + reading->used);
    return reading->used + TSM_ITEM_BYTES <= BATCH_BYTES || flush(reading);
}

/* A frame for the other program, which is started when the first of them was told. */
static bool emit_deep(struct reading *reading, const struct tsm_item *item)
{
    const wtap_rec *rec = &reading->record.rec;
    const bool first = reading->deep.to == NULL;

    if (first && !(emit(reading, item) && flush(reading))) {
        return false;
    }
    return deep_add(&reading->deep, DEEP_FD, rec, wiretap_bytes(&reading->record)) &&
           (first || emit(reading, item));
}

/* ---- frames ---- */

static enum tsm_link link_of(int encap)
{
    switch (encap) {
    case WTAP_ENCAP_ETHERNET:
        return TSM_LINK_ETHERNET;
    case WTAP_ENCAP_SLL:
        return TSM_LINK_SLL;
    case WTAP_ENCAP_SLL2:
        return TSM_LINK_SLL2;
    case WTAP_ENCAP_RAW_IP:
        return TSM_LINK_RAW;
    case WTAP_ENCAP_RAW_IP4:
        return TSM_LINK_IPV4;
    case WTAP_ENCAP_RAW_IP6:
        return TSM_LINK_IPV6;
    default:
        return TSM_LINK_OTHER;
    }
}

static int64_t time_ns(const wtap_rec *rec)
{
    const int64_t seconds = (int64_t)rec->ts.secs;

    return CLAMP(seconds, -TSM_TIME_MOST_S, TSM_TIME_MOST_S) * 1000000000 + rec->ts.nsecs;
}

static bool take_record(struct reading *reading)
{
    const wtap_rec *rec = &reading->record.rec;
    const wtap_packet_header *packet = &rec->rec_header.packet_header;
    struct tsm_item item = {.kind = TSM_ITEM_FRAME};
    enum tsm_frame_kind kind = TSM_FRAME_EMPTY;

    item.header.frame = ++reading->frame;
    if (rec->rec_type == REC_TYPE_PACKET) {
        kind = tsm_frame_read(&item.header, link_of(packet->pkt_encap),
                              wiretap_bytes(&reading->record), packet->caplen, packet->len);
    }
    item.has_time = (rec->presence_flags & WTAP_HAS_TS) != 0;
    item.header.time_ns = time_ns(rec);
    if (kind == TSM_FRAME_DEEP) {
        item.kind = TSM_ITEM_DEEP;
        return emit_deep(reading, &item);
    }
    item.kind = kind == TSM_FRAME_PLAIN ? TSM_ITEM_PLAIN : TSM_ITEM_FRAME;
    return emit(reading, &item);
}

/* Reads all of it. */
static enum tsm_item_end read_frames(struct reading *reading)
{
    int err = 0;

    while (wiretap_read(reading->from, &reading->record, &err)) {
        const bool ok = take_record(reading);
        wiretap_record_reset(&reading->record);
        if (!ok) {
            return TSM_END_UNREAD;
        }
    }
    return err == 0 ? TSM_END_WHOLE : err == WTAP_ERR_SHORT_READ ? TSM_END_CUT : TSM_END_UNREAD;
}

static enum tsm_item_end read_capture(struct reading *reading)
{
    gchar *info = NULL;
    int err = 0;

    reading->from = wtap_open_offline("-", WTAP_TYPE_AUTO, &err, &info, FALSE);
    g_free(info);
    if (reading->from == NULL) {
        return TSM_END_UNREAD;
    }
    const enum tsm_item_end end = read_frames(reading);
    wtap_close(reading->from);
    return end;
}

int main(void)
{
    static struct reading reading;
    struct tsm_item end = {.kind = TSM_ITEM_END};

    signal(SIGPIPE, SIG_IGN);
    ws_log_set_level(LOG_LEVEL_ERROR); /* otherwise it tells of every block */
    init_process_policies();
    wtap_init(FALSE);
    wiretap_record_init(&reading.record);
    end.header.frame = read_capture(&reading);
    deep_close(&reading.deep);
    return emit(&reading, &end) && flush(&reading) ? 0 : 1;
}
