/* unpack.c - see unpack.h.
 *
 * xz is unpacked by liblzma, bzip2 by libbz2. Both kinds of file may be several streams one behind
 * the other (pixz, pbzip2, `cat`), and both libraries check what they unpack.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE
#include "unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <bzlib.h>
#include <lzma.h>

#define IN_BYTES (64u << 10)
#define OUT_BYTES (256u << 10)
#define MOST_MEMORY (512u << 20) /* of liblzma: `xz -9` wants 65 MiB to unpack */

#define DAMAGED "the compressed data are damaged"
#define CUT "the compressed data are cut short"
#define UNREADABLE "it cannot be read"
#define TOO_MUCH_MEMORY "unpacking it needs too much memory"

/* What is read and what was made of it. */
struct flow {
    struct unpacking *unpacking;
    size_t got; /* bytes of `in` */
    bool over;  /* nothing more comes */
    uint8_t in[IN_BYTES];
    uint8_t out[OUT_BYTES];
};

/* Reads more into `in` when there is something; otherwise `over`. */
static void fill(struct flow *flow)
{
    ssize_t n;

    do {
        n = read(flow->unpacking->from, flow->in, sizeof flow->in);
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
        flow->unpacking->trouble = UNREADABLE;
    }
    flow->got = (size_t)MAX(n, 0);
    flow->over = n <= 0;
}

/* Hands on the first `size` bytes of `out`. False when nobody reads them any more. */
static bool hand_on(struct flow *flow, size_t size)
{
    for (size_t at = 0; at < size;) {
        const ssize_t n = write(flow->unpacking->to, flow->out + at, size - at);
        if (n < 0 && errno != EINTR) {
            return false;
        }
        at += (size_t)MAX(n, 0);
    }
    return true;
}

/* ---- xz ---- */

static const char *xz_trouble(lzma_ret result)
{
    return result == LZMA_STREAM_END                                   ? NULL
           : result == LZMA_BUF_ERROR                                  ? CUT
           : result == LZMA_MEM_ERROR || result == LZMA_MEMLIMIT_ERROR ? TOO_MUCH_MEMORY
                                                                       : DAMAGED;
}

static const char *unpack_xz(struct flow *flow)
{
    lzma_stream stream = LZMA_STREAM_INIT;
    lzma_ret result = lzma_stream_decoder(&stream, MOST_MEMORY, LZMA_CONCATENATED);
    bool wanted = true;

    stream.next_in = flow->in;
    stream.avail_in = flow->got;
    while (result == LZMA_OK && wanted) {
        if (stream.avail_in == 0 && !flow->over) {
            fill(flow);
            stream.next_in = flow->in;
            stream.avail_in = flow->got;
        }
        stream.next_out = flow->out;
        stream.avail_out = sizeof flow->out;
        result = lzma_code(&stream, flow->over ? LZMA_FINISH : LZMA_RUN);
        wanted = hand_on(flow, sizeof flow->out - stream.avail_out);
    }
    lzma_end(&stream);
    return wanted ? xz_trouble(result) : NULL;
}

/* ---- bzip2 ---- */

static const char *bzip2_trouble(int result)
{
    return result == BZ_STREAM_END  ? NULL
           : result == BZ_OK        ? CUT
           : result == BZ_MEM_ERROR ? TOO_MUCH_MEMORY
                                    : DAMAGED;
}

/* One stream of perhaps several; what is left of `in` stays. */
static int unpack_bzip2_stream(struct flow *flow, bz_stream *stream, bool *wanted)
{
    int result = BZ2_bzDecompressInit(stream, 0, 0);

    while (result == BZ_OK && *wanted && !(flow->over && stream->avail_in == 0)) {
        stream->next_out = (char *)flow->out;
        stream->avail_out = sizeof flow->out;
        result = BZ2_bzDecompress(stream);
        *wanted = hand_on(flow, sizeof flow->out - stream->avail_out);
        if (stream->avail_in == 0) {
            fill(flow);
            stream->next_in = (char *)flow->in;
            stream->avail_in = (unsigned)flow->got;
        }
    }
    BZ2_bzDecompressEnd(stream);
    return result;
}

static const char *unpack_bzip2(struct flow *flow)
{
    bz_stream stream = {.next_in = (char *)flow->in, .avail_in = (unsigned)flow->got};
    bool wanted = true;
    int result = BZ_STREAM_END;

    while (result == BZ_STREAM_END && wanted && stream.avail_in > 0) {
        result = unpack_bzip2_stream(flow, &stream, &wanted);
    }
    return wanted ? bzip2_trouble(result) : NULL;
}

/* ---- the thread ---- */

static const struct packing {
    const char *magic;
    size_t n;
    const char *(*unpack)(struct flow *flow);
} packings[] = {
    {"\xfd"
     "7zXZ\0",
     6, unpack_xz},
    {"BZh", 3, unpack_bzip2},
};

static const struct packing *packing_of(const void *bytes, size_t n)
{
    for (size_t i = 0; i < G_N_ELEMENTS(packings); i++) {
        if (n >= packings[i].n && memcmp(bytes, packings[i].magic, packings[i].n) == 0) {
            return &packings[i];
        }
    }
    return NULL;
}

static gpointer unpack(gpointer context)
{
    struct unpacking *unpacking = context;
    struct flow *flow = g_new0(struct flow, 1);
    const struct packing *packing;
    const char *trouble = DAMAGED;

    flow->unpacking = unpacking;
    fill(flow);
    packing = packing_of(flow->in, flow->got);
    if (packing != NULL) {
        trouble = packing->unpack(flow);
    }
    if (unpacking->trouble == NULL) {
        unpacking->trouble = trouble;
    }
    close(unpacking->to);
    g_free(flow);
    return NULL;
}

static bool is_packed(int fd, bool surely)
{
    uint8_t bytes[6];
    const ssize_t n = pread(fd, bytes, sizeof bytes, lseek(fd, 0, SEEK_CUR));

    return n < 0 ? surely : packing_of(bytes, (size_t)n) != NULL;
}

int unpack_begin(struct unpacking *unpacking, int fd, bool surely)
{
    int ends[2];

    *unpacking = (struct unpacking){.from = fd};
    if (!is_packed(fd, surely) || pipe2(ends, O_CLOEXEC) != 0) {
        return -1;
    }
    unpacking->to = ends[1];
    unpacking->thread = g_thread_try_new("unpack", unpack, unpacking, NULL);
    if (unpacking->thread == NULL) {
        close(ends[0]);
        close(ends[1]);
        return -1;
    }
    return ends[0];
}

void unpack_end(struct unpacking *unpacking)
{
    if (unpacking->thread != NULL) {
        g_thread_join(unpacking->thread);
        unpacking->thread = NULL;
    }
}
