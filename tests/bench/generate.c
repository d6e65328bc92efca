/* generate.c - makes captures of any size for the benchmark's scale: classic pcap, Ethernet, IPv4,
 * TCP, right checksums.
 *
 *   generate [-n SEGMENTS] [-c CONCURRENCY] [-l LENGTH] [-k KIND] >FILE
 *
 * http: CONCURRENCY connections are open at a time, and each frame belongs to one of them by
 * chance. A connection has LENGTH segments: three to open, requests and responses in turn, three to
 * close. Then another takes its place. flood: each frame is a SYN from an address of its own. scan:
 * one host tries the same ports of many others; every other of these refuses, the rest is silent.
 * The same arguments give the same bytes. A microsecond passes from frame to frame.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ETHERNET_BYTES 14
#define IP_BYTES 20
#define TCP_BYTES 20
#define HEADERS_BYTES (ETHERNET_BYTES + IP_BYTES + TCP_BYTES)
#define RECORD_BYTES 16
#define PAYLOAD_BYTES_MAX 64
#define SNAPLEN 65535u
#define LINKTYPE_ETHERNET 1u
#define PCAP_MAGIC 0xa1b2c3d4u
#define IPPROTO_TCP_NUMBER 6
#define TTL 64

#define FIN 0x01
#define SYN 0x02
#define RST 0x04
#define PSH 0x08
#define ACK 0x10

#define SERVER_ADDRESS 0xc0000201u /* 192.0.2.1 */
#define SERVER_PORT 80
#define CLIENT_ADDRESS 0x0a000001u /* 10.0.0.1 and those after it */
#define CLIENT_PORT 10000u
#define PORTS_PER_CLIENT 50000u
#define WINDOW 64240
#define START_S 1790000000u
#define US_PER_S 1000000u

#define OPENING 3u /* SYN, SYN-ACK, ACK */
#define CLOSING 3u /* FIN, FIN, ACK */
#define LENGTH_MIN (OPENING + CLOSING)

static const char request[] = "GET / HTTP/1.1\r\n\r\n";
static const char response[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
#define REQUEST_BYTES ((uint32_t)sizeof request - 1)
#define RESPONSE_BYTES ((uint32_t)sizeof response - 1)

enum kind { HTTP, FLOOD, SCAN, N_KINDS };

static const char *const kind_names[N_KINDS] = {"http", "flood", "scan"};

struct options {
    uint64_t segments;
    uint32_t concurrency, length;
    enum kind kind;
};

/* A connection that is open: its number decides addresses, ports and sequence numbers. */
struct slot {
    uint32_t number;
    uint32_t step; /* segments that it has sent */
};

struct segment {
    uint32_t client_address, server_address;
    uint16_t client_port, server_port;
    bool from_client;
    uint8_t flags;
    uint32_t seq, ack;
    const char *payload;
    uint32_t payload_bytes;
};

/* ---- bytes ---- */

static uint8_t *put16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
    return at + 2;
}

static uint8_t *put32(uint8_t *at, uint32_t value)
{
    return put16(put16(at, value >> 16), value & 0xffff);
}

static uint32_t add_words(uint32_t sum, const uint8_t *at, uint32_t bytes)
{
    for (uint32_t i = 0; i + 1 < bytes; i += 2) {
        sum += (uint32_t)at[i] << 8 | at[i + 1];
    }
    return bytes % 2 != 0 ? sum + ((uint32_t)at[bytes - 1] << 8) : sum;
}

/* RFC 1071. */
static uint32_t checksum(uint32_t sum)
{
    while (sum > 0xffff) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return ~sum & 0xffff;
}

static void write_bytes(const void *bytes, size_t count)
{
    if (fwrite(bytes, 1, count, stdout) != count) {
        fprintf(stderr, "generate: cannot write: %s\n", strerror(errno));
        exit(EXIT_FAILURE);
    }
}

/* ---- frames ---- */

static void write_file_header(void)
{
    const uint32_t header[] = {PCAP_MAGIC, 4u << 16 | 2u, 0, 0, SNAPLEN, LINKTYPE_ETHERNET};

    write_bytes(header, sizeof header);
}

static void put_ip(uint8_t *at, const struct segment *s)
{
    put16(at, 0x4500);
    put16(at + 2, IP_BYTES + TCP_BYTES + s->payload_bytes);
    put32(at + 4, 0x4000); /* don't fragment */
    at[8] = TTL;
    at[9] = IPPROTO_TCP_NUMBER;
    put16(at + 10, 0);
    put32(at + 12, s->from_client ? s->client_address : s->server_address);
    put32(at + 16, s->from_client ? s->server_address : s->client_address);
    put16(at + 10, checksum(add_words(0, at, IP_BYTES)));
}

/* at: behind the IP header, which is part of the checksum. */
static void put_tcp(uint8_t *at, const struct segment *s)
{
    const uint32_t bytes = TCP_BYTES + s->payload_bytes;
    uint32_t sum = IPPROTO_TCP_NUMBER + bytes;

    put16(at, s->from_client ? s->client_port : s->server_port);
    put16(at + 2, s->from_client ? s->server_port : s->client_port);
    put32(at + 4, s->seq);
    put32(at + 8, s->ack);
    put16(at + 12, (uint32_t)(TCP_BYTES / 4) << 12 | s->flags);
    put16(at + 14, WINDOW);
    put32(at + 16, 0);
    if (s->payload_bytes > 0) {
        memcpy(at + TCP_BYTES, s->payload, s->payload_bytes);
    }
    sum = add_words(sum, at - 8, 8);
    put16(at + 16, checksum(add_words(sum, at, bytes)));
}

static void write_frame(uint64_t time_us, const struct segment *s)
{
    static const uint8_t ethernet[ETHERNET_BYTES] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0};
    const uint32_t bytes = HEADERS_BYTES + s->payload_bytes;
    const uint32_t record[] = {START_S + (uint32_t)(time_us / US_PER_S),
                               (uint32_t)(time_us % US_PER_S), bytes, bytes};
    uint8_t frame[RECORD_BYTES + HEADERS_BYTES + PAYLOAD_BYTES_MAX];
    uint8_t *at = frame + RECORD_BYTES;

    memcpy(frame, record, sizeof record);
    memcpy(at, ethernet, sizeof ethernet);
    put_ip(at + ETHERNET_BYTES, s);
    put_tcp(at + ETHERNET_BYTES + IP_BYTES, s);
    write_bytes(frame, RECORD_BYTES + bytes);
}

/* ---- connections ---- */

static uint32_t scatter(uint32_t number)
{
    number ^= number >> 16;
    number *= 0x45d9f3bu;
    number ^= number >> 16;
    return number * 0x45d9f3bu;
}

static uint32_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (uint32_t)(*state >> 32);
}

/* The segment that a connection sends after `step` others. Each one acknowledges all that the peer
 * has sent. */
static struct segment segment_of(const struct slot *slot, uint32_t length)
{
    const uint32_t sent = slot->step > OPENING ? slot->step - OPENING : 0;
    const uint32_t exchanged = length - LENGTH_MIN;
    const uint32_t data = sent < exchanged ? sent : exchanged;
    struct segment s = {
        .client_address = CLIENT_ADDRESS + slot->number / PORTS_PER_CLIENT,
        .server_address = SERVER_ADDRESS,
        .server_port = SERVER_PORT,
        .client_port = (uint16_t)(CLIENT_PORT + slot->number % PORTS_PER_CLIENT),
        .flags = ACK,
    };
    uint32_t client_next = scatter(slot->number) + (data + 1) / 2 * REQUEST_BYTES;
    uint32_t server_next = scatter(~slot->number) + data / 2 * RESPONSE_BYTES;
    const uint32_t close = slot->step - (length - CLOSING); /* huge before closing */

    client_next += slot->step >= 1 ? 1 : 0; /* SYN and FIN count */
    server_next += slot->step >= 2 ? 1 : 0;
    if (slot->step < OPENING) {
        s.from_client = slot->step != 1;
        s.flags = slot->step == 0 ? SYN : slot->step == 1 ? SYN | ACK : ACK;
    } else if (close < CLOSING) {
        s.from_client = close != 1;
        s.flags = close < 2 ? FIN | ACK : ACK;
        client_next += close >= 1 ? 1 : 0;
        server_next += close >= 2 ? 1 : 0;
    } else {
        s.from_client = sent % 2 == 0;
        s.flags = PSH | ACK;
        s.payload = s.from_client ? request : response;
        s.payload_bytes = s.from_client ? REQUEST_BYTES : RESPONSE_BYTES;
    }
    s.seq = s.from_client ? client_next : server_next;
    s.ack = s.flags == SYN ? 0 : s.from_client ? server_next : client_next;
    return s;
}

static int write_connections(const struct options *o)
{
    struct slot *slots = calloc(o->concurrency, sizeof *slots);
    uint64_t random = 88172645463325252u;
    uint32_t opened = 0;

    if (slots == NULL) {
        fprintf(stderr, "generate: no memory for %u connections\n", o->concurrency);
        return EXIT_FAILURE;
    }
    for (uint64_t i = 0; i < o->segments; i++) {
        struct slot *slot =
            slots + (uint64_t)next_random(&random) * o->concurrency / (UINT32_MAX + UINT64_C(1));
        if (slot->step == 0) {
            slot->number = opened++;
        }
        const struct segment s = segment_of(slot, o->length);
        write_frame(i, &s);
        slot->step = (slot->step + 1) % o->length;
    }
    free(slots);
    return EXIT_SUCCESS;
}

static int write_flood(const struct options *o)
{
    for (uint64_t i = 0; i < o->segments; i++) {
        const uint32_t number = (uint32_t)i;
        const struct segment s = {
            .client_address = CLIENT_ADDRESS + number,
            .server_address = SERVER_ADDRESS,
            .server_port = SERVER_PORT,
            .client_port = (uint16_t)(CLIENT_PORT + scatter(number) % PORTS_PER_CLIENT),
            .from_client = true,
            .flags = SYN,
            .seq = scatter(~number),
        };
        write_frame(i, &s);
    }
    return EXIT_SUCCESS;
}

#define SCANNED_PORTS 1000u /* as many as nmap tries */

/* The attempt of a number, as the scanner makes it. */
static struct segment attempt(uint32_t number)
{
    return (struct segment){
        .client_address = CLIENT_ADDRESS,
        .client_port = (uint16_t)(CLIENT_PORT + scatter(number) % PORTS_PER_CLIENT),
        .server_address = SERVER_ADDRESS + number / SCANNED_PORTS,
        .server_port = (uint16_t)(1 + number % SCANNED_PORTS),
        .from_client = true,
        .flags = SYN,
        .seq = scatter(~number),
    };
}

static int write_scan(const struct options *o)
{
    uint32_t number = 0;

    for (uint64_t i = 0; i < o->segments; i++, number++) {
        const struct segment syn = attempt(number);
        write_frame(i, &syn);
        if (syn.server_address % 2 != 0 && i + 1 < o->segments) {
            struct segment refusal = syn;
            refusal.from_client = false;
            refusal.flags = RST | ACK;
            refusal.seq = 0;
            refusal.ack = syn.seq + 1;
            write_frame(++i, &refusal);
        }
    }
    return EXIT_SUCCESS;
}

/* ---- the command line ---- */

static int usage(void)
{
    fputs("usage: generate [-n SEGMENTS] [-c CONCURRENCY] [-l LENGTH] [-k http|flood|scan] >FILE\n",
          stderr);
    return 2;
}

static bool parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *value)
{
    char *end;

    errno = 0;
    *value = strtoull(text, &end, 10);
    return errno == 0 && end != text && *end == '\0' && *value >= min && *value <= max;
}

static bool parse_kind(const char *text, enum kind *kind)
{
    for (unsigned i = 0; i < N_KINDS; i++) {
        if (strcmp(text, kind_names[i]) == 0) {
            *kind = (enum kind)i;
            return true;
        }
    }
    return false;
}

static bool parse_option(struct options *o, int letter, const char *text)
{
    uint64_t value = 0;
    bool ok = true;

    switch (letter) {
    case 'n':
        ok = parse_number(text, 0, UINT64_C(1) << 40, &o->segments);
        break;
    case 'c':
        ok = parse_number(text, 1, UINT32_MAX, &value);
        o->concurrency = (uint32_t)value;
        break;
    case 'l':
        ok = parse_number(text, LENGTH_MIN, UINT16_MAX, &value);
        o->length = (uint32_t)value;
        break;
    case 'k':
        ok = parse_kind(text, &o->kind);
        break;
    default:
        ok = false;
    }
    return ok;
}

static int (*const write_kind[N_KINDS])(const struct options *o) = {write_connections, write_flood,
                                                                    write_scan};

int main(int argc, char **argv)
{
    struct options o = {.segments = 1000000, .concurrency = 1000, .length = 20};
    int letter;

    while ((letter = getopt(argc, argv, "n:c:l:k:")) != -1) {
        if (!parse_option(&o, letter, optarg)) {
            return usage();
        }
    }
    if (optind != argc || isatty(STDOUT_FILENO)) {
        return usage();
    }
    write_file_header();
    const int status = write_kind[o.kind](&o);
    if (fflush(stdout) != 0) {
        fprintf(stderr, "generate: cannot write: %s\n", strerror(errno));
        return EXIT_FAILURE;
    }
    return status;
}
