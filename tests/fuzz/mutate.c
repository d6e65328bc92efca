/* mutate.c - real captures that are spoiled, through a target of the fuzzers that takes frames.
 *
 *   NAME_mutate SEED COUNT CAPTURE...
 *
 * Each of COUNT captures is a piece of one of those named (classic pcap), in which frames are left
 * out, there twice, in another order, at other times, cut short, or changed in some bytes. The same
 * SEED makes the same captures. The last line says how many there were; a failure says which.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _POSIX_C_SOURCE 200809L
#include <glib.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "raw_frames.h"

#define FILE_HEADER_BYTES 24u
#define RECORD_BYTES 16u
#define LINKTYPE_ETHERNET 1u
#define LINKTYPE_RAW 101u
#define LINKTYPE_SLL 113u
#define LINKTYPE_SLL2 276u
#define MICROSECONDS 0xa1b2c3d4u
#define NANOSECONDS 0xa1b23c4du
#define MOST_FRAMES 60

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct frame {
    int64_t time_ns;
    uint32_t captured, length;
    enum tsm_link link;
    uint8_t bytes[RAW_FRAME_MOST];
};

static guint32 seed, number; /* of the capture that is tried */

static void tell(int signal_number)
{
    char text[100];
    const int n =
        snprintf(text, sizeof text, "mutate: failed at capture %u of seed %u\n", number, seed);

    (void)!write(STDERR_FILENO, text, (size_t)n);
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

/* ---- captures ---- */

static uint32_t get(const char *from)
{
    uint32_t value;

    memcpy(&value, from, sizeof value);
    return value;
}

static enum tsm_link link_of(uint32_t type)
{
    return type == LINKTYPE_ETHERNET ? TSM_LINK_ETHERNET
           : type == LINKTYPE_SLL    ? TSM_LINK_SLL
           : type == LINKTYPE_SLL2   ? TSM_LINK_SLL2
           : type == LINKTYPE_RAW    ? TSM_LINK_RAW
                                     : TSM_LINK_OTHER;
}

/* The frames of a capture of this machine's byte order; NULL = it is none. */
static GArray *read_capture(const char *name)
{
    g_autofree char *bytes = NULL;
    gsize size, at = FILE_HEADER_BYTES;

    if (!g_file_get_contents(name, &bytes, &size, NULL) || size < at ||
        (get(bytes) != MICROSECONDS && get(bytes) != NANOSECONDS)) {
        return NULL;
    }
    const int64_t unit_ns = get(bytes) == NANOSECONDS ? 1 : 1000;
    const enum tsm_link link = link_of(get(bytes + 20));
    GArray *frames = g_array_new(FALSE, TRUE, sizeof(struct frame));
    while (size - at > RECORD_BYTES) {
        const char *head = bytes + at;
        const uint32_t captured = get(head + 8);
        struct frame frame = {.link = link, .length = get(head + 12)};
        if (captured > size - at - RECORD_BYTES) {
            break;
        }
        frame.time_ns = get(head) * INT64_C(1000000000) + get(head + 4) * unit_ns;
        frame.captured = MIN(captured, RAW_FRAME_MOST);
        memcpy(frame.bytes, head + RECORD_BYTES, frame.captured);
        g_array_append_val(frames, frame);
        at += RECORD_BYTES + captured;
    }
    return frames;
}

/* ---- spoiling ---- */

static void change_bytes(GRand *chance, struct frame *frame)
{
    for (gint n = g_rand_int_range(chance, 1, 5); n > 0 && frame->captured > 0; n--) {
        uint8_t *byte = &frame->bytes[g_rand_int_range(chance, 0, (gint)frame->captured)];
        *byte = g_rand_boolean(chance) ? (uint8_t)g_rand_int(chance)
                                       : (uint8_t)(*byte ^ 1u << g_rand_int_range(chance, 0, 8));
    }
}

static void spoil_frame(GRand *chance, GArray *frames, guint i)
{
    struct frame *frame = &g_array_index(frames, struct frame, i);
    const guint other = (guint)g_rand_int_range(chance, 0, (gint)frames->len);
    struct frame copy = *frame;

    switch (g_rand_int_range(chance, 0, 6)) {
    case 0:
        g_array_remove_index(frames, i);
        break;
    case 1:
        g_array_insert_val(frames, other, copy);
        break;
    case 2:
        *frame = g_array_index(frames, struct frame, other);
        g_array_index(frames, struct frame, other) = copy;
        break;
    case 3:
        frame->time_ns += raw_steps_ns[g_rand_int_range(chance, 0, 16)];
        break;
    case 4:
        frame->captured = (uint32_t)g_rand_int_range(chance, 0, (gint)frame->captured + 1);
        break;
    default:
        change_bytes(chance, frame);
        break;
    }
}

/* A piece of a capture, spoiled. */
static GArray *spoil(GRand *chance, const GArray *from)
{
    const guint most = (guint)g_rand_int_range(chance, 1, MOST_FRAMES);
    const guint n = MIN(from->len, most);
    const guint start = (guint)g_rand_int_range(chance, 0, (gint)(from->len - n) + 1);
    GArray *frames = g_array_new(FALSE, TRUE, sizeof(struct frame));

    g_array_append_vals(frames, &g_array_index(from, struct frame, start), n);
    for (gint times = g_rand_int_range(chance, 1, 12); times > 0 && frames->len > 0; times--) {
        spoil_frame(chance, frames, (guint)g_rand_int_range(chance, 0, (gint)frames->len));
    }
    return frames;
}

/* ---- what the target takes ---- */

static uint8_t nearest_step(int64_t ns)
{
    uint8_t best = 0;

    for (uint8_t i = 1; i < G_N_ELEMENTS(raw_steps_ns); i++) {
        if (ABS(raw_steps_ns[i] - ns) < ABS(raw_steps_ns[best] - ns)) {
            best = i;
        }
    }
    return best;
}

/* The byte that names a link layer, and how much was cut. */
static uint8_t link_byte(const struct frame *frame)
{
    const uint32_t cut =
        MIN((frame->length - MIN(frame->length, frame->captured)) / RAW_CUT_BYTES, 31);
    uint8_t byte = (uint8_t)(cut << 3);

    while (byte % (TSM_LINK_IPV6 + 1) != frame->link) {
        byte++;
    }
    return byte;
}

static GByteArray *write_input(GRand *chance, const GArray *frames)
{
    const uint8_t mode[2] = {(uint8_t)(g_rand_int(chance) | 1), (uint8_t)g_rand_int(chance)};
    GByteArray *input = g_byte_array_new();
    int64_t before_ns = frames->len > 0 ? g_array_index(frames, struct frame, 0).time_ns : 0;

    g_byte_array_append(input, mode, sizeof mode);
    for (guint i = 0; i < frames->len; i++) {
        const struct frame *frame = &g_array_index(frames, struct frame, i);
        const uint8_t head[RAW_FRAME_HEAD] = {nearest_step(frame->time_ns - before_ns),
                                              link_byte(frame), (uint8_t)frame->captured};
        g_byte_array_append(input, head, sizeof head);
        g_byte_array_append(input, frame->bytes, frame->captured);
        before_ns = frame->time_ns;
    }
    return input;
}

static void try_one(GPtrArray *captures)
{
    const guint32 seeds[2] = {seed, number};
    GRand *chance = g_rand_new_with_seed_array(seeds, 2);
    const guint which = (guint)g_rand_int_range(chance, 0, (gint)captures->len);
    g_autoptr(GArray) frames = spoil(chance, g_ptr_array_index(captures, which));
    g_autoptr(GByteArray) input = write_input(chance, frames);

    LLVMFuzzerTestOneInput(input->data, input->len);
    g_rand_free(chance);
}

int main(int argc, char **argv)
{
    g_autoptr(GPtrArray) captures = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);

    for (int i = 3; i < argc; i++) {
        GArray *frames = read_capture(argv[i]);
        if (frames == NULL || frames->len == 0) {
            g_printerr("mutate: %s is no classic pcap with frames\n", argv[i]);
            return 2;
        }
        g_ptr_array_add(captures, frames);
    }
    if (captures->len == 0) {
        g_printerr("usage: mutate SEED COUNT CAPTURE...\n");
        return 2;
    }
    signal(SIGABRT, tell);
    signal(SIGSEGV, tell);
    seed = (guint32)strtoul(argv[1], NULL, 10);
    for (const guint32 count = (guint32)strtoul(argv[2], NULL, 10); number < count; number++) {
        try_one(captures);
    }
    printf("%u captures, seed %u: nothing found\n", number, seed);
    return 0;
}
