/* floor.c - what reading a capture costs at the least: reads a classic pcap of this machine's byte
 * order and touches the TCP header of each frame, which must be Ethernet and IPv4.
 *
 *   floor FILE
 *
 * Prints how many frames there were, and a sum of their ports, so that no compiler leaves it out.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK_BYTES (256u << 10)
#define FILE_HEADER_BYTES 24u
#define RECORD_BYTES 16u
#define PORTS_AT 34u /* behind Ethernet and an IPv4 header without options */
#define PORTS_BYTES 4u

struct counts {
    uint64_t frames, sum;
};

/* Takes the whole records in `size` bytes; returns how many bytes they are. */
static size_t take(struct counts *counts, const uint8_t *bytes, size_t size)
{
    size_t at = 0;

    while (size - at >= RECORD_BYTES) {
        uint32_t captured, ports;
        memcpy(&captured, bytes + at + 8, sizeof captured);
        if (captured > BLOCK_BYTES / 2) {
            fputs("floor: a frame is too long\n", stderr);
            exit(EXIT_FAILURE);
        }
        if (size - at - RECORD_BYTES < captured) {
            break;
        }
        if (captured >= PORTS_AT + PORTS_BYTES) {
            memcpy(&ports, bytes + at + RECORD_BYTES + PORTS_AT, sizeof ports);
            counts->sum += ports;
        }
        counts->frames++;
        at += RECORD_BYTES + captured;
    }
    return at;
}

int main(int argc, char **argv)
{
    static uint8_t block[BLOCK_BYTES];
    struct counts counts = {0};
    size_t used = 0, skip = FILE_HEADER_BYTES;
    ssize_t n;

    const int fd = argc == 2 ? open(argv[1], O_RDONLY) : -1;
    if (fd < 0) {
        fputs("usage: floor FILE\n", stderr);
        return 2;
    }
    while ((n = read(fd, block + used, sizeof block - used)) > 0) {
        used += (size_t)n;
        const size_t taken = skip + take(&counts, block + skip, used - skip);
        memmove(block, block + taken, used - taken);
        used -= taken;
        skip = 0;
    }
    printf("%" PRIu64 " frames, %" PRIx64 "\n", counts.frames, counts.sum);
    return n < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
