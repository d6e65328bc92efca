/* notation.c - flags, sequence numbers and fields of a segment line.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "notation.h"

#include <string.h>

#include "options.h"
#include "words.h"

#define DEFAULT_WINDOW 64240
#define DEFAULT_TTL 64

// clang-format off
static const struct {
    char letter;
    uint16_t flag;
} flag_letters[] = {
    {'S', TSM_SYN}, {'F', TSM_FIN}, {'R', TSM_RST}, {'P', TSM_PSH}, {'.', TSM_ACK},
    {'U', TSM_URG}, {'E', 0x40},    {'W', 0x80},
};
// clang-format on

/* Reads tcpdump's letters: "S.", "FP.", or "none". */
static bool parse_flags(struct packet *packet, const char *word, GError **error)
{
    const bool none = strcmp(word, "none") == 0;

    for (const char *p = word; *p != '\0' && !none; p++) {
        size_t i = 0;
        while (i < G_N_ELEMENTS(flag_letters) && flag_letters[i].letter != *p) {
            i++;
        }
        if (i == G_N_ELEMENTS(flag_letters)) {
            return not_understood(error, word,
                                  "flags as S. F. R . P. with letters of SFRP.UEW, or none");
        }
        packet->flags |= flag_letters[i].flag;
    }
    return true;
}

/* Reads "1:101(100)", "1:101", "1", or "(100)". */
static bool parse_range(struct reading *r, const char *word, GError **error)
{
    g_auto(GStrv) part = g_strsplit_set(word, ":()", -1);
    const bool has_seq = *part[0] != '\0';
    const bool has_end = strchr(word, ':') != NULL;
    const bool has_length = strchr(word, '(') != NULL;
    const char *length = has_length ? part[has_end ? 2 : 1] : "0";
    uint32_t end = 0;
    int64_t payload;

    if (!number_parse(length, 0, PACKET_MAX_PAYLOAD, &payload) ||
        (has_length && !g_str_has_suffix(word, ")"))) {
        return not_understood(error, word, "sequence numbers and length, as 1:101(100) or (100)");
    }
    if (has_seq && !reading_seq(part[0], r->from->isn, &r->packet->seq, error)) {
        return false;
    }
    if (has_end && !reading_seq(part[1], r->from->isn, &end, error)) {
        return false;
    }
    const uint32_t spans = has_end ? end - r->packet->seq : (uint32_t)payload;
    if (spans > PACKET_MAX_PAYLOAD || (has_length && spans != payload)) {
        return not_understood(error, word, "a range as long as its length");
    }
    r->packet->payload = spans;
    r->has_seq = has_seq;
    return true;
}

/* Reads what the checksum is to be. */
static bool parse_checksum(struct packet *packet, const char *value, GError **error)
{
    const bool wrong = strcmp(value, "wrong") == 0;

    if (!wrong && strcmp(value, "partial") != 0) {
        return not_understood(error, value, "checksum wrong, or checksum partial");
    }
    packet->checksum = wrong ? TSM_CHECKSUM_WRONG : TSM_CHECKSUM_PARTIAL;
    return true;
}

/* Reads a field of two words: win 64240. */
static bool parse_field(struct reading *r, const char *name, const char *value, GError **error)
{
    struct packet *packet = r->packet;
    int64_t number = 0;
    const bool is_ack = strcmp(name, "ack") == 0;
    const bool is_cut = strcmp(name, "cut") == 0;
    const bool is_ttl = strcmp(name, "ttl") == 0;

    if (value == NULL) {
        return not_understood(error, name, "a value after it");
    }
    if (is_ack) {
        r->has_ack = true;
        return reading_seq(value, r->to->isn, &packet->ack, error);
    }
    if (strcmp(name, "checksum") == 0) {
        return parse_checksum(packet, value, error);
    }
    if (!number_parse(value, is_cut ? TSM_HEADER_MIN : 0, is_ttl ? UINT8_MAX : UINT16_MAX,
                      &number)) {
        return not_understood(error, value, "a number");
    }
    if (is_cut) {
        packet->captured = (uint32_t)number;
    } else if (is_ttl) {
        packet->ttl = (uint8_t)number;
    } else if (strcmp(name, "vlan") == 0) {
        packet->vlan = (uint16_t)number & 0xfff;
    } else if (strcmp(name, "win") == 0) {
        packet->window = (uint16_t)number;
    } else if (strcmp(name, "id") == 0) {
        packet->ip_id = (uint16_t)number;
        r->has_id = true;
    } else {
        return not_understood(error, name,
                              "ack, win, id, ttl, cut, vlan, checksum, forged, sequence numbers or "
                              "<options>");
    }
    return true;
}

static bool parse_words(struct reading *r, char *rest, GError **error)
{
    g_autofree char *flags = next_word(&rest);
    char *word;
    bool good = parse_flags(r->packet, flags == NULL ? "" : flags, error);

    if (good && flags == NULL) {
        return not_understood(error, "", "flags");
    }
    while (good && (word = next_word(&rest)) != NULL) {
        if (strcmp(word, "forged") == 0) {
            r->forged = true;
        } else if (strchr("-0123456789(", word[0]) != NULL) {
            good = parse_range(r, word, error);
        } else {
            g_autofree char *value = next_word(&rest);
            good = parse_field(r, word, value, error);
        }
        g_free(word);
    }
    return good;
}

/* What was not written. */
static void fill_in(struct reading *r, struct host *host)
{
    struct packet *packet = r->packet;

    if (!r->has_seq) {
        packet->seq = (packet->flags & TSM_SYN) != 0 ? r->from->isn : r->from->snd_nxt;
    }
    if (!r->has_ack && (packet->flags & TSM_ACK) != 0) {
        packet->ack = r->to->snd_nxt;
    }
    if (!r->has_id) {
        packet->ip_id = host->next_id++;
    }
}

void notation_address(struct packet *packet, const struct connection *connection, unsigned column)
{
    const struct end *from = &connection->end[column];
    const struct end *to = &connection->end[1 - column];

    memcpy(packet->tuple.src, from->host->address, sizeof packet->tuple.src);
    memcpy(packet->tuple.dst, to->host->address, sizeof packet->tuple.dst);
    packet->tuple.sport = from->port;
    packet->tuple.dport = to->port;
    packet->tuple.addr_len = from->host->addr_len;
}

bool notation_parse(struct line *line, struct connection *connection, char *rest,
                    const uint32_t *clock, GError **error)
{
    struct packet *packet = &line->packet;
    struct end *from = &connection->end[line->column];
    const struct end *to = &connection->end[1 - line->column];
    struct reading r = {.packet = packet, .from = from, .to = to};

    *packet = (struct packet){.window = DEFAULT_WINDOW, .ttl = DEFAULT_TTL};
    notation_address(packet, connection, line->column);
    if (!options_parse(&r, rest, error) || !parse_words(&r, rest, error)) {
        return false;
    }
    fill_in(&r, from->host);
    if (clock != NULL && !r.has_ts && (packet->flags & TSM_RST) == 0) {
        options_add_timestamps(&r, *clock, to->ts_val);
    }
    options_pad(packet);
    packet->captured = MIN(packet->captured, 20 + packet->options_len + packet->payload);
    from->ts_val = r.has_ts_val ? r.ts_val : from->ts_val;
    const uint32_t span =
        packet->payload + ((packet->flags & TSM_SYN) != 0) + ((packet->flags & TSM_FIN) != 0);
    if (!r.forged && (int32_t)(packet->seq + span - from->snd_nxt) > 0) {
        from->snd_nxt = packet->seq + span;
    }
    return true;
}
