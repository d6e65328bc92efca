/* content.c - recognises files by their first bytes; see content.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE
#include "content.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "read_fields.h"
#include "read_records.h"

/* Sources: draft-ietf-opsawg-pcap and -pcapng, RFC 1761 (snoop), RFC 1952 (gzip), Wireshark's
 * wiretap for the others. */
// clang-format off
static const struct {
    const char *bytes;
    gsize n;
    struct content content;
} signatures[] = {
    {"\xa1\xb2\xc3\xd4",       4, {CONTENT_CAPTURE, "pcap"}},
    {"\xd4\xc3\xb2\xa1",       4, {CONTENT_CAPTURE, "pcap"}},
    {"\xa1\xb2\x3c\x4d",       4, {CONTENT_CAPTURE, "pcap"}},
    {"\x4d\x3c\xb2\xa1",       4, {CONTENT_CAPTURE, "pcap"}},
    {"\xa1\xb2\xcd\x34",       4, {CONTENT_CAPTURE, "pcap"}},
    {"\x34\xcd\xb2\xa1",       4, {CONTENT_CAPTURE, "pcap"}},
    {"\x0a\x0d\x0d\x0a",       4, {CONTENT_CAPTURE, "pcapng"}},
    {"snoop\0\0\0",            8, {CONTENT_CAPTURE, "snoop"}},
    {"RTSS",                   4, {CONTENT_CAPTURE, "Network Monitor"}},
    {"GMBU",                   4, {CONTENT_CAPTURE, "Network Monitor"}},
    {"TRSNIFF data    ",      16, {CONTENT_CAPTURE, "Sniffer"}},
    {"\x1f\x8b",               2, {CONTENT_CAPTURE, "gzip"}},
    {"\x28\xb5\x2f\xfd",       4, {CONTENT_CAPTURE, "zstd"}},
    {"\x04\x22\x4d\x18",       4, {CONTENT_CAPTURE, "lz4"}},
    {"\xfd" "7zXZ\0",          6, {CONTENT_PACKED,  "xz"}},
    {"BZh",                    3, {CONTENT_PACKED,  "bzip2"}},
    {"PK\x03\x04",             4, {CONTENT_ARCHIVE, "zip"}},
    {"[",                      1, {CONTENT_JSON,    "JSON"}},
    {"{",                      1, {CONTENT_JSON,    "JSON"}},
};
// clang-format on

struct content content_of(const char *bytes, gsize n)
{
    if (n >= 3 && is_record_stream(bytes, n)) {
        return (struct content){CONTENT_RECORDS, "record stream"};
    }
    if (is_fields_header(bytes, n)) {
        return (struct content){CONTENT_FIELDS, "-T fields"};
    }
    for (gsize i = 0; i < G_N_ELEMENTS(signatures); i++) {
        if (n >= signatures[i].n && memcmp(bytes, signatures[i].bytes, signatures[i].n) == 0) {
            return signatures[i].content;
        }
    }
    return (struct content){CONTENT_UNKNOWN, NULL};
}

/* Duplicates what waits in the pipe into another one and reads it there. Waits until there are
 * CONTENT_BYTES or the writer has gone. */
static bool peek_pipe(int fd, char *bytes, gsize *n)
{
    struct pollfd input = {.fd = fd, .events = POLLIN};
    ssize_t got = 0;
    bool over = false;

    while (got < CONTENT_BYTES && !over) {
        int copy[2];
        if (poll(&input, 1, -1) < 0 && errno != EINTR) {
            return false;
        }
        over = (input.revents & POLLHUP) != 0;
        if (!g_unix_open_pipe(copy, FD_CLOEXEC, NULL)) {
            return false;
        }
        got = tee(fd, copy[1], CONTENT_BYTES, SPLICE_F_NONBLOCK);
        if (got > 0) {
            got = read(copy[0], bytes, CONTENT_BYTES);
        }
        close(copy[0]);
        close(copy[1]);
        if (got < CONTENT_BYTES && !over) {
            g_usleep(10000); /* poll() does not wait: a few bytes are there already */
        }
    }
    *n = (gsize)MAX(got, 0);
    return true;
}

bool content_peek(int fd, char *bytes, gsize *n)
{
    struct stat info;
    ssize_t got;

    if (fstat(fd, &info) != 0) {
        return false;
    }
    if (S_ISFIFO(info.st_mode)) {
        return peek_pipe(fd, bytes, n);
    }
    got = pread(fd, bytes, CONTENT_BYTES, lseek(fd, 0, SEEK_CUR));
    *n = (gsize)MAX(got, 0);
    return got >= 0;
}
