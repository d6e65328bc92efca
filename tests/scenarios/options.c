/* options.c - TCP options of a segment line: a table of names, and the bytes they become.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "options.h"

#include <string.h>

#include "words.h"

bool reading_seq(const char *text, uint32_t isn, uint32_t *raw, GError **error)
{
    int64_t value;

    if (!number_parse(text, INT32_MIN, UINT32_MAX, &value)) {
        return not_understood(error, text, "a sequence number relative to the ISN");
    }
    *raw = isn + (uint32_t)value;
    return true;
}

/* Appends an option: kind, length, body. */
static bool append_option(struct packet *packet, uint8_t kind, const void *body, size_t size)
{
    if (packet->options_len + 2 + size > PACKET_MAX_OPTIONS) {
        return false;
    }
    packet->options[packet->options_len] = kind;
    packet->options[packet->options_len + 1] = (uint8_t)(size + 2);
    memcpy(packet->options + packet->options_len + 2, body, size);
    packet->options_len = (uint8_t)(packet->options_len + size + 2);
    return true;
}

static bool append_numbers(struct packet *packet, uint8_t kind, const uint32_t *numbers, unsigned n)
{
    uint32_t body[2 * 4];

    for (unsigned i = 0; i < n; i++) {
        body[i] = GUINT32_TO_BE(numbers[i]);
    }
    return append_option(packet, kind, body, n * sizeof body[0]);
}

static bool option_mss(struct reading *r, char **words, unsigned n)
{
    int64_t mss;

    if (n != 1 || !number_parse(words[0], 0, UINT16_MAX, &mss)) {
        return false;
    }
    return append_option(r->packet, 2, (const uint8_t[]){(uint8_t)(mss >> 8), (uint8_t)mss}, 2);
}

static bool option_wscale(struct reading *r, char **words, unsigned n)
{
    int64_t shift;

    return n == 1 && number_parse(words[0], 0, UINT8_MAX, &shift) &&
           append_option(r->packet, 3, (const uint8_t[]){(uint8_t)shift}, 1);
}

static bool option_sack_permitted(struct reading *r, char **words, unsigned n)
{
    (void)words;
    return n == 0 && append_option(r->packet, 4, "", 0);
}

/* Blocks of the other end's sequence numbers: sack 101:201 301:401 */
static bool option_sack(struct reading *r, char **words, unsigned n)
{
    uint32_t edges[2 * 4] = {0};

    if (n < 1 || n > 4) {
        return false;
    }
    for (unsigned i = 0; i < n; i++) {
        g_auto(GStrv) edge = g_strsplit(words[i], ":", -1);
        if (g_strv_length(edge) != 2 ||
            !reading_seq(edge[0], r->to->isn, &edges[(size_t)2 * i], NULL) ||
            !reading_seq(edge[1], r->to->isn, &edges[(size_t)2 * i + 1], NULL)) {
            return false;
        }
    }
    return append_numbers(r->packet, 5, edges, 2 * n);
}

bool options_add_timestamps(struct reading *r, uint32_t value, uint32_t echo)
{
    r->has_ts = true;
    r->has_ts_val = true;
    r->ts_val = value;
    return append_numbers(r->packet, 8, (const uint32_t[]){value, echo}, 2);
}

static bool option_timestamps(struct reading *r, char **words, unsigned n)
{
    int64_t value[2];

    return n == 2 && number_parse(words[0], 0, UINT32_MAX, &value[0]) &&
           number_parse(words[1], 0, UINT32_MAX, &value[1]) &&
           options_add_timestamps(r, (uint32_t)value[0], (uint32_t)value[1]);
}

/* No time stamps, although the scenario says that segments carry them. */
static bool option_no_timestamps(struct reading *r, char **words, unsigned n)
{
    (void)words;
    r->has_ts = true;
    return n == 0;
}

/* A Fast Open cookie of 8 bytes, or its request. */
static bool option_fastopen(struct reading *r, char **words, unsigned n)
{
    const bool request = n == 1 && strcmp(words[0], "request") == 0;

    return (n == 0 || request) && append_option(r->packet, 34, "acookie!", request ? 0 : 8);
}

/* MP_CAPABLE, version 1, as in a SYN (RFC 8684 3.1). */
static bool option_mptcp(struct reading *r, char **words, unsigned n)
{
    (void)words;
    return n == 0 && append_option(r->packet, 30, (const uint8_t[]){0x01, 0x01}, 2);
}

/* One of the two options that are a byte. */
static bool append_byte(struct packet *packet, uint8_t kind)
{
    if (packet->options_len == PACKET_MAX_OPTIONS) {
        return false;
    }
    packet->options[packet->options_len++] = kind;
    return true;
}

static bool option_nop(struct reading *r, char **words, unsigned n)
{
    (void)words;
    return n == 0 && append_byte(r->packet, 1);
}

static bool option_end(struct reading *r, char **words, unsigned n)
{
    (void)words;
    return n == 0 && append_byte(r->packet, 0);
}

// clang-format off
static const struct {
    const char *name;
    bool (*read)(struct reading *r, char **words, unsigned n); /* the words behind the name */
} options[] = {
    {"mss",    option_mss},            /* mss 1460 */
    {"ws",     option_wscale},         /* ws 7 */
    {"sackOK", option_sack_permitted},
    {"sack",   option_sack},           /* sack 101:201 301:401 */
    {"ts",     option_timestamps},     /* ts VALUE ECHO */
    {"no-ts",  option_no_timestamps},
    {"tfo",    option_fastopen},       /* tfo, tfo request */
    {"mptcp",  option_mptcp},
    {"nop",    option_nop},
    {"eol",    option_end},
};
// clang-format on

static bool parse_option(struct reading *r, const char *text, GError **error)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    const unsigned n = g_strv_length(words);

    for (size_t i = 0; i < G_N_ELEMENTS(options) && n > 0; i++) {
        if (strcmp(options[i].name, words[0]) == 0) {
            return options[i].read(r, words + 1, n - 1) ||
                   not_understood(error, text, "a well-formed option, 40 bytes of options in all");
        }
    }
    return not_understood(error, text,
                          "an option: mss, ws, sackOK, sack, ts, no-ts, tfo, mptcp, nop, eol");
}

bool options_parse(struct reading *r, char *line, GError **error)
{
    char *start = strchr(line, '<');
    char *end = start == NULL ? NULL : strchr(start, '>');

    if (start == NULL) {
        return true;
    }
    if (end == NULL) {
        return not_understood(error, start, "> at the end of the options");
    }
    g_autofree char *inside = g_strndup(start + 1, (gsize)(end - start - 1));
    g_auto(GStrv) texts = g_strsplit(inside, ",", -1);
    memset(start, ' ', (size_t)(end - start) + 1);
    for (unsigned i = 0; texts[i] != NULL; i++) {
        if (!parse_option(r, g_strstrip(texts[i]), error)) {
            return false;
        }
    }
    return true;
}

void options_pad(struct packet *packet)
{
    while (packet->options_len % 4 != 0) {
        packet->options[packet->options_len++] = 1;
    }
}
