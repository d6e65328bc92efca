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
    const guint8 *lent; /* the bytes instead; NULL = none were lent */
#endif
};

static inline void wiretap_record_init(struct wiretap_record *record)
{
#if WIRESHARK_AT_LEAST(4, 6)
    wtap_rec_init(&record->rec, 2048);
#else
    wtap_rec_init(&record->rec);
    ws_buffer_init(&record->bytes, 2048);
    record->lent = NULL;
#endif
}

/* The record has these bytes, which stay where they are until it is used. */
static inline void wiretap_lend(struct wiretap_record *record, const guint8 *bytes, guint32 size)
{
#if WIRESHARK_AT_LEAST(4, 6)
    ws_buffer_clean(&record->rec.data);
    ws_buffer_append(&record->rec.data, bytes, size);
#else
    (void)size;
    record->lent = bytes;
#endif
}

static inline void wiretap_record_clear(struct wiretap_record *record)
{
    wtap_rec_cleanup(&record->rec);
#if !WIRESHARK_AT_LEAST(4, 6)
    ws_buffer_free(&record->bytes);
#endif
}

static inline const guint8 *wiretap_bytes(struct wiretap_record *record)
{
#if WIRESHARK_AT_LEAST(4, 6)
    return ws_buffer_start_ptr(&record->rec.data);
#else
    return record->lent != NULL ? record->lent : ws_buffer_start_ptr(&record->bytes);
#endif
}

/* The next record; false at the end (*err 0) or when there is an error, of which *info, if it is
 * not NULL then, says more; the caller frees it. */
static inline bool wiretap_read(wtap *from, struct wiretap_record *record, int *err, gchar **info)
{
    gint64 offset;
#if WIRESHARK_AT_LEAST(4, 6)
    return wtap_read(from, &record->rec, err, info, &offset);
#else
    record->lent = NULL;
    return wtap_read(from, &record->rec, &record->bytes, err, info, &offset);
#endif
}

struct e_in6_addr;

/* Who wants to know which addresses have names. Later versions also tell whether a name is fixed,
 * and 4.6.9 has a type for IPv6 addresses. */
#define WIRETAP_NAME_CALLBACKS(name4, name6)                                                       \
    static inline void wiretap_##name4(guint address, const gchar *name)                           \
    {                                                                                              \
        name4(address, name);                                                                      \
    }                                                                                              \
    static inline void wiretap_fixed_##name4(guint address, const gchar *name, wiretap_flag fixed) \
    {                                                                                              \
        (void)fixed;                                                                               \
        name4(address, name);                                                                      \
    }                                                                                              \
    static inline void wiretap_##name6(const void *address, const gchar *name)                     \
    {                                                                                              \
        name6(address, name);                                                                      \
    }                                                                                              \
    static inline void wiretap_fixed_##name6(const void *address, const gchar *name,               \
                                             wiretap_flag fixed)                                   \
    {                                                                                              \
        (void)fixed;                                                                               \
        name6(address, name);                                                                      \
    }                                                                                              \
    static inline void wiretap_typed_##name6(const struct e_in6_addr *address, const gchar *name,  \
                                             wiretap_flag fixed)                                   \
    {                                                                                              \
        wiretap_fixed_##name6(address, name, fixed);                                               \
    }
#if WIRESHARK_AT_LEAST(4, 4)
typedef bool wiretap_flag;
#else
typedef gboolean wiretap_flag;
#endif

#define WIRETAP_SET_NAME_CALLBACKS(from, name4, name6)                                           \
    (wtap_set_cb_new_ipv4((from),                                                                \
                          _Generic((wtap_new_ipv4_callback_t)0, void (*)(guint, const gchar *)   \
                                   : wiretap_##name4, default                                    \
                                   : wiretap_fixed_##name4)),                                    \
     wtap_set_cb_new_ipv6(                                                                       \
         (from), _Generic((wtap_new_ipv6_callback_t)0, void (*)(const void *, const gchar *)     \
                          : wiretap_##name6, void (*)(const void *, const gchar *, wiretap_flag) \
                          : wiretap_fixed_##name6, default                                       \
                          : wiretap_typed_##name6)))

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
