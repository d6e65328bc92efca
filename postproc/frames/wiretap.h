/* wiretap.h - libwiretap's headers, and what differs between its versions.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WIRETAP_H
#define WIRETAP_H

#include <wireshark.h>
#include <ws_version.h>

#include <wiretap/wtap.h>

#define WIRESHARK_AT_LEAST(major, minor)  \
    (WIRESHARK_VERSION_MAJOR > (major) || \
     (WIRESHARK_VERSION_MAJOR == (major) && WIRESHARK_VERSION_MINOR >= (minor)))

/* A record of a capture and its bytes, which are one thing from 4.6 on. */
struct wiretap_record {
    wtap_rec rec;
#if !WIRESHARK_AT_LEAST(4, 6)
    Buffer bytes;
#endif
};

static inline void wiretap_record_init(struct wiretap_record *record)
{
#if WIRESHARK_AT_LEAST(4, 6)
    wtap_rec_init(&record->rec, 2048);
#else
    wtap_rec_init(&record->rec);
    ws_buffer_init(&record->bytes, 2048);
#endif
}

static inline const guint8 *wiretap_bytes(struct wiretap_record *record)
{
#if WIRESHARK_AT_LEAST(4, 6)
    return ws_buffer_start_ptr(&record->rec.data);
#else
    return ws_buffer_start_ptr(&record->bytes);
#endif
}

/* The next record; false at the end (*err 0) or when there is an error. */
static inline bool wiretap_read(wtap *from, struct wiretap_record *record, int *err)
{
    gchar *info = NULL;
    gint64 offset;
#if WIRESHARK_AT_LEAST(4, 6)
    const bool ok = wtap_read(from, &record->rec, err, &info, &offset);
#else
    const bool ok = wtap_read(from, &record->rec, &record->bytes, err, &info, &offset);
#endif

    g_free(info);
    return ok;
}

/* What wtap_read() left in the record is given back. */
static inline void wiretap_record_reset(struct wiretap_record *record)
{
    wtap_rec_reset(&record->rec);
}

static inline bool wiretap_dump(wtap_dumper *to, const wtap_rec *rec, const guint8 *bytes)
{
    gchar *info = NULL;
    int err;
#if WIRESHARK_AT_LEAST(4, 6)
    const bool ok = wtap_dump(to, rec, &err, &info);
    (void)bytes; /* the record has them */
#else
    const bool ok = wtap_dump(to, rec, bytes, &err, &info);
#endif

    g_free(info);
    return ok;
}

static inline wtap_dumper *wiretap_dump_pcapng(int fd, const wtap_dump_params *params)
{
    gchar *info = NULL;
    int err;
    wtap_dumper *to = wtap_dump_fdopen(fd, wtap_pcapng_file_type_subtype(), WTAP_UNCOMPRESSED,
                                       params, &err, &info);

    g_free(info);
    return to;
}

#endif
