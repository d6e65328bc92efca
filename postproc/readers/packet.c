/* packet.c - from the fields of a packet to segments and quotes; see packet.h.
 *
 * A packet may hold several IP headers (tunnels, quotes in ICMP errors) and several TCP headers.
 * frame.protocols tells in which order; the n-th value of a field belongs to the n-th header.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _POSIX_C_SOURCE 200809L
#include "packet.h"

#include <arpa/inet.h>
#include <string.h>

#include "errors.h"
#include "text.h"

#define HEADER_LEAST 20 /* bytes of a TCP header without and with all options (RFC 9293 3.1) */
#define MAX_HEADER 60
#define IP4_HEADER 20 /* the least of an IP header (RFC 791 3.1, RFC 8200 3) */
#define IP6_HEADER 40
#define QUOTE_LEAST 8 /* ports and sequence number (RFC 792) */

static const struct {
    const char *field;
    enum packet_need need;
} columns[PACKET_N_COLUMNS] = {
#define X(name, field, need) {field, need},
    PACKET_COLUMN_LIST(X)
#undef X
};

/* ---- columns ---- */

static void add_name(GHashTable *names, char *name, guint column)
{
    g_hash_table_insert(names, g_strdelimit(name, ".", '_'), GUINT_TO_POINTER(column));
}

static GHashTable *make_names(void)
{
    GHashTable *names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (guint i = 0; i < PACKET_N_COLUMNS; i++) {
        const char *field = columns[i].field;
        const int protocol = (int)strcspn(field, ".");
        g_hash_table_insert(names, g_strdup(field), GUINT_TO_POINTER(i));
        add_name(names, g_strdup(field), i);
        add_name(names, g_strdup_printf("%.*s_%s", protocol, field, field), i);
    }
    return names;
}

enum packet_column packet_column(const char *field)
{
    static GHashTable *names;
    gpointer column;

    if (names == NULL) {
        names = make_names();
    }
    return g_hash_table_lookup_extended(names, field, NULL, &column)
               ? (enum packet_column)GPOINTER_TO_UINT(column)
               : PACKET_N_COLUMNS;
}

void packet_add(struct packet *packet, enum packet_column column, const char *value)
{
    unsigned *n = &packet->n[column];

    if (value != NULL && value[0] != '\0' && strcmp(value, "<MISSING>") != 0 &&
        *n < PACKET_MAX_VALUES) {
        packet->value[column][(*n)++] = value;
    }
}

/* The columns of that need that are missing, "ip.src, tcp.len"; NULL when none is. */
static char *missing_columns(const bool have[PACKET_N_COLUMNS], enum packet_need need)
{
    g_autoptr(GString) names = g_string_new(NULL);
    const bool no_address = !(have[PACKET_IP_SRC] && have[PACKET_IP_DST]) &&
                            !(have[PACKET_IPV6_SRC] && have[PACKET_IPV6_DST]);

    for (guint i = 0; i < PACKET_N_COLUMNS; i++) {
        const bool address = i == PACKET_IP_SRC || i == PACKET_IP_DST;
        const bool needed = columns[i].need == PACKET_NEEDED || (address && no_address);
        if (!have[i] && needed == (need == PACKET_NEEDED)) {
            g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "", columns[i].field);
        }
    }
    return names->len > 0 ? g_strdup(names->str) : NULL;
}

/* The command that prints all columns. */
static void append_command(GString *text)
{
    g_autoptr(GString) command = g_string_new("tshark -n -r FILE -T fields -E header=y");

    for (guint i = 0; i < PACKET_N_COLUMNS; i++) {
        g_string_append_printf(command, " -e %s", columns[i].field);
    }
    g_string_append_printf(text, "Make it so: %s | tcpstory -", command->str);
}

bool packet_check_columns(const bool have[PACKET_N_COLUMNS], struct story *story, GError **error)
{
    g_autofree char *needed = missing_columns(have, PACKET_NEEDED);
    g_autofree char *useful = missing_columns(have, PACKET_USEFUL);
    g_autoptr(GString) text = g_string_new(NULL);

    if (needed != NULL) {
        g_string_append_printf(text, "columns are missing: %s\n", needed);
        append_command(text);
        g_set_error_literal(error, TCPSTORY_ERROR, EXIT_INPUT, text->str);
        return false;
    }
    if (useful != NULL) {
        g_string_append_printf(text, "without the columns %s the result may be less exact\n",
                               useful);
        append_command(text);
        g_ptr_array_add(story->warnings, g_strdup(text->str));
    }
    return true;
}

/* ---- values ---- */

/* The packet being read. `ok` becomes false with the first value that is not what it should be. */
struct values {
    const struct packet *packet;
    bool ok;
    GError **error;
};

static const char *text_of(const struct values *values, enum packet_column column, unsigned i)
{
    return i < values->packet->n[column] ? values->packet->value[column][i] : NULL;
}

static void reject(struct values *values, enum packet_column column, const char *text,
                   const char *wanted)
{
    g_autofree char *start = g_strndup(text, 40);
    g_autoptr(GString) safe = g_string_new(NULL);

    if (values->ok) {
        text_safe(safe, start);
        g_set_error(values->error, TCPSTORY_ERROR, EXIT_INPUT, "%s is \"%s\", not %s",
                    columns[column].field, safe->str, wanted);
    }
    values->ok = false;
}

/* The i-th value, decimal or 0x and hexadecimal, 0 .. most; `otherwise` when there is none. */
static int64_t number_of(struct values *values, enum packet_column column, unsigned i, int64_t most,
                         int64_t otherwise)
{
    const char *text = text_of(values, column, i);
    char *end = NULL;
    guint64 number;

    if (text == NULL) {
        return otherwise;
    }
    number = g_ascii_strtoull(text, &end, g_str_has_prefix(text, "0x") ? 16 : 10);
    if (!g_ascii_isdigit(text[0]) || *end != '\0' || number > (guint64)most) {
        reject(values, column, text, "a number in range");
        return otherwise;
    }
    return (int64_t)number;
}

/* Nanoseconds of the digits behind a point, with what follows them in *end. Of a capture with bad
 * times tshark writes a second or more as ten digits. */
static int64_t fraction_ns(const char *digits, const char **end)
{
    const int n = (int)strspn(digits, "0123456789");
    int64_t ns = 0;

    for (int i = 0; i < MIN(MAX(n, 9), 10); i++) {
        ns = ns * 10 + (i < n ? digits[i] - '0' : 0);
    }
    *end = digits + n;
    return ns;
}

/* Seconds since 1970 with a fraction, or (Wireshark 4.4 in JSON) a date as ISO 8601 writes it. */
static bool parse_time(const char *text, int64_t *ns)
{
    char *point = NULL;
    const char *end;
    gint64 seconds = g_ascii_strtoll(text, &point, 10);
    int64_t part = 0;

    if (*point == '-' && point != text) {
        g_autofree char *date = g_strdup_printf("%.*sZ", (int)strcspn(text, ".Z"), text);
        g_autoptr(GDateTime) parsed = g_date_time_new_from_iso8601(date, NULL);
        if (parsed == NULL) {
            return false;
        }
        seconds = g_date_time_to_unix(parsed);
        point += strcspn(point, ".Z");
    }
    end = point;
    if (*point == '.') {
        part = fraction_ns(point + 1, &end);
    }
    *ns = CLAMP(seconds, -TSM_MAX_TIME_S, TSM_MAX_TIME_S) * 1000000000 +
          (text[0] == '-' ? -part : part);
    return (g_ascii_isdigit(text[0]) || (text[0] == '-' && g_ascii_isdigit(text[1]))) &&
           (*end == '\0' || strcmp(end, "Z") == 0);
}

/* The bytes of a column, hexadecimal with or without ":" between; returns how many, at most `most`.
 */
static gsize bytes_of(struct values *values, enum packet_column column, unsigned i, uint8_t *bytes,
                      gsize most)
{
    const char *text = text_of(values, column, i);
    gsize n = 0;

    for (const char *at = text; at != NULL && *at != '\0' && n < most; n++) {
        if (!g_ascii_isxdigit(at[0]) || !g_ascii_isxdigit(at[1])) {
            reject(values, column, text, "bytes in hexadecimal");
            return 0;
        }
        bytes[n] = (uint8_t)(g_ascii_xdigit_value(at[0]) << 4 | g_ascii_xdigit_value(at[1]));
        at += at[2] == ':' ? 3 : 2;
    }
    return n;
}

/* ---- layers ---- */

/* Where a TCP header lies. */
struct place {
    unsigned tcp;     /* it is the n-th TCP header of the packet, from 0 */
    bool v6;          /* in IPv6 */
    unsigned ip;      /* in the n-th IP header of that version, from 0 */
    bool sampled;     /* in a sample of sFlow: nobody captured it here */
    bool quoted;      /* behind an ICMP header of that version: */
    unsigned icmp;    /* the n-th, from 0 */
    unsigned icmp_ip; /* which lies in the n-th IP header */
};

static bool address_of(struct values *values, enum packet_column column, const struct place *place,
                       uint8_t *address)
{
    const char *text = text_of(values, column, place->ip);

    if (text != NULL && inet_pton(place->v6 ? AF_INET6 : AF_INET, text, address) != 1) {
        reject(values, column, text, "an address");
    }
    return text != NULL && values->ok;
}

/* Addresses and ports. False when they are not all there. */
static bool read_tuple(struct values *values, const struct place *place, struct tsm_tuple *tuple)
{
    const int64_t sport = number_of(values, PACKET_SRCPORT, place->tcp, UINT16_MAX, -1);
    const int64_t dport = number_of(values, PACKET_DSTPORT, place->tcp, UINT16_MAX, -1);

    *tuple = (struct tsm_tuple){
        .addr_len = place->v6 ? 16 : 4, .sport = (uint16_t)sport, .dport = (uint16_t)dport};
    return sport >= 0 && dport >= 0 &&
           address_of(values, place->v6 ? PACKET_IPV6_SRC : PACKET_IP_SRC, place, tuple->src) &&
           address_of(values, place->v6 ? PACKET_IPV6_DST : PACKET_IP_DST, place, tuple->dst);
}

/* What the IP header tells of a segment whose TCP header and data have `length` bytes; that may be
 * more than IP says: put together from fragments. */
static void read_ip(struct values *values, const struct place *place, gsize length,
                    struct tsm_segment *seg)
{
    if (place->v6) {
        const int64_t plen = number_of(values, PACKET_IPV6_PLEN, place->ip, UINT32_MAX, 0);
        seg->ip_bytes = (uint32_t)(MAX(plen, (int64_t)length) + IP6_HEADER);
        seg->ttl = (uint8_t)number_of(values, PACKET_IPV6_HLIM, place->ip, UINT8_MAX, 0);
    } else {
        const int64_t len = number_of(values, PACKET_IP_LEN, place->ip, UINT32_MAX, 0);
        seg->ip_bytes = (uint32_t)MAX(len, (int64_t)length + IP4_HEADER);
        seg->ttl = (uint8_t)number_of(values, PACKET_IP_TTL, place->ip, UINT8_MAX, 0);
        seg->ip_id = (uint16_t)number_of(values, PACKET_IP_ID, place->ip, UINT16_MAX, 0);
    }
}

static void put16(uint8_t *to, uint32_t value)
{
    to[0] = (uint8_t)(value >> 8);
    to[1] = (uint8_t)value;
}

static void put32(uint8_t *to, uint32_t value)
{
    put16(to, value >> 16);
    put16(to + 2, value);
}

/* Puts the header together again as far as its fields are there, and returns how many bytes that
 * is. Ports and checksum, which are not looked at, are 0. *length becomes that of header and data.
 */
static gsize make_header(struct values *values, unsigned i, uint8_t header[MAX_HEADER],
                         gsize *length)
{
    const gsize have = HEADER_LEAST + bytes_of(values, PACKET_OPTIONS, i, header + HEADER_LEAST,
                                               MAX_HEADER - HEADER_LEAST);
    const int64_t offset = number_of(values, PACKET_HDR_LEN, i, MAX_HEADER, (int64_t)have);
    const int64_t len = number_of(values, PACKET_LEN, i, UINT32_MAX, -1);
    const int64_t quoted_seq = number_of(values, PACKET_SEQ, i, UINT32_MAX, -1);
    const int64_t seq = number_of(values, PACKET_SEQ_RAW, i, UINT32_MAX, quoted_seq);
    const int64_t ack = number_of(values, PACKET_ACK_RAW, i, UINT32_MAX, -1);
    const int64_t flags = number_of(values, PACKET_FLAGS, i, 0xfff, -1);
    const int64_t window = number_of(values, PACKET_WINDOW, i, UINT16_MAX, -1);

    *length = len < 0 ? have : (gsize)(offset + len);
    put32(header + 4, (uint32_t)seq);
    put32(header + 8, (uint32_t)ack);
    put16(header + 12, (uint32_t)(offset / 4) << 12 | (uint32_t)MAX(flags, 0));
    put16(header + 14, (uint32_t)window);
    if (seq < 0) {
        return 0;
    }
    if (offset < HEADER_LEAST) {
        return TSM_HEADER_MIN; /* tshark reads no further */
    }
    return ack < 0 || flags < 0 || window < 0 ? QUOTE_LEAST : have;
}

/* What is known of the ICMP error around a quoted header to `tuple->dst`. */
static struct tsm_icmp_error read_error(struct values *values, const struct place *place,
                                        const struct tsm_tuple *tuple)
{
    const enum packet_column type = place->v6 ? PACKET_ICMPV6_TYPE : PACKET_ICMP_TYPE;
    const enum packet_column code = place->v6 ? PACKET_ICMPV6_CODE : PACKET_ICMP_CODE;
    const enum packet_column mtu = place->v6 ? PACKET_ICMPV6_MTU : PACKET_ICMP_MTU;
    const struct place around = {.v6 = place->v6, .ip = place->icmp_ip};
    uint8_t sender[16] = {0};
    struct tsm_icmp_error found = {
        .type = (uint8_t)number_of(values, type, place->icmp, UINT8_MAX, UINT8_MAX),
        .code = (uint8_t)number_of(values, code, place->icmp, UINT8_MAX, UINT8_MAX),
    };

    found.fatal = tsm_icmp_is_fatal(place->v6, found.type, found.code);
    if (tsm_icmp_is_too_big(place->v6, found.type, found.code)) { /* others have no such field */
        found.mtu = (uint16_t)MIN(number_of(values, mtu, 0, UINT32_MAX, 0), UINT16_MAX);
    }
    found.by_target =
        address_of(values, place->v6 ? PACKET_IPV6_SRC : PACKET_IP_SRC, &around, sender) &&
        memcmp(sender, tuple->dst, tuple->addr_len) == 0;
    return found;
}

/* Feeds one TCP header; time and frame of `seg` are set. */
static void feed_header(struct reader_engine *feed, struct values *values,
                        const struct place *place, struct tsm_segment *seg)
{
    const int64_t frame_len = number_of(values, PACKET_FRAME_LEN, 0, UINT32_MAX, 0);
    const int64_t lost = frame_len - number_of(values, PACKET_CAP_LEN, 0, UINT32_MAX, frame_len);
    uint8_t header[MAX_HEADER] = {0};
    gsize length;
    const gsize captured = make_header(values, place->tcp, header, &length);
    struct tsm_icmp_error quoting = {0};
    struct tsm_tuple tuple;
    struct tsm_fed fed;
    const bool whole = read_tuple(values, place, &tuple) && captured >= QUOTE_LEAST;

    if (place->quoted) {
        quoting = read_error(values, place, &tuple);
    } else {
        read_ip(values, place, length, seg);
    }
    if (!values->ok) {
        return;
    }
    if (!whole) {
        tsm_recorder_unread(&feed->recorder, NULL, seg, captured);
        return;
    }
    tsm_segment_parse_start(seg, header, captured);
    if (place->quoted) {
        tsm_recorder_quote(&feed->recorder, &tuple, seg, captured, &quoting, &fed);
    } else if (!tsm_segment_parse(seg, header, captured, length)) {
        tsm_recorder_unread(&feed->recorder, &tuple, seg, captured);
    } else {
        if (text_of(values, PACKET_LEN, place->tcp) == NULL) {
            seg->known |= TSM_NO_LENGTH;
        }
        seg->cut = (uint32_t)CLAMP(lost, 0, (int64_t)seg->payload);
        tsm_recorder_segment(&feed->recorder, &tuple, seg, &fed);
    }
}

/* How many headers of each kind the layers of a packet have had so far. */
struct layers {
    unsigned ip[2]; /* IPv4, IPv6 */
    unsigned icmp[2];
    unsigned tcp;
    struct place place; /* of a TCP header that would come now */
};

static bool is_layer(const char *at, gsize length, const char *name)
{
    return strlen(name) == length && memcmp(at, name, length) == 0;
}

/* Takes the next layer; returns whether it is TCP, at layers->place. */
static bool enter_layer(struct layers *layers, const char *at, gsize length)
{
    const bool v6 = is_layer(at, length, "ipv6");
    const bool icmpv6 = is_layer(at, length, "icmpv6");

    if (v6 || is_layer(at, length, "ip")) {
        layers->place.v6 = v6;
        layers->place.ip = layers->ip[v6]++;
    } else if (icmpv6 || is_layer(at, length, "icmp")) {
        layers->place.quoted = true;
        layers->place.icmp_ip = layers->place.ip;
        layers->place.icmp = layers->icmp[icmpv6]++;
    } else if (is_layer(at, length, "sflow")) {
        layers->place.sampled = true;
    } else if (is_layer(at, length, "tcp")) {
        layers->place.tcp = layers->tcp++;
        return !layers->place.sampled;
    }
    return false;
}

/* What frame.protocols would be, when it is not there: each header once, in the usual order. */
static const char *guess_protocols(const struct packet *packet)
{
    const bool v6 = packet->n[PACKET_IPV6_SRC] > 0;

    if (packet->n[PACKET_SRCPORT] == 0) {
        return "";
    }
    if (packet->n[PACKET_ICMP_TYPE] > 0) {
        return packet->n[PACKET_IP_SRC] > 1 ? "ip:icmp:ip:tcp" : "";
    }
    if (packet->n[PACKET_ICMPV6_TYPE] > 0) {
        return packet->n[PACKET_IPV6_SRC] > 1 ? "ipv6:icmpv6:ipv6:tcp" : "";
    }
    if (packet->n[v6 ? PACKET_IPV6_SRC : PACKET_IP_SRC] > 1) {
        return v6 ? "ipv6:ipv6:tcp" : "ip:ip:tcp";
    }
    return v6 ? "ipv6:tcp" : "ip:tcp";
}

/* ---- feeding ---- */

bool packet_feed_add(struct reader_engine *feed, const struct packet *packet, GError **error)
{
    struct values values = {packet, true, error};
    const char *protocols = text_of(&values, PACKET_PROTOCOLS, 0);
    const char *time = text_of(&values, PACKET_TIME, 0);
    const char *number = text_of(&values, PACKET_FRAME, 0);
    struct tsm_segment start = {.time_ns = feed->recorder.totals.end_ns};
    struct layers layers = {0};

    start.frame = (uint32_t)number_of(&values, PACKET_FRAME, 0, UINT32_MAX, 0);
    if (values.ok && start.frame == 0) {
        reject(&values, PACKET_FRAME, number != NULL ? number : "", "a frame's number");
    }
    if (time != NULL && !parse_time(time, &start.time_ns)) {
        reject(&values, PACKET_TIME, time, "a time");
    }
    for (const char *at = protocols != NULL ? protocols : guess_protocols(packet);
         values.ok && *at != '\0'; at += *at == ':') {
        const gsize length = strcspn(at, ":");
        if (enter_layer(&layers, at, length)) {
            struct tsm_segment seg = start;
            feed_header(feed, &values, &layers.place, &seg);
        }
        at += length;
    }
    if (values.ok) {
        tsm_recorder_frame(&feed->recorder, start.time_ns, time != NULL);
    }
    return values.ok;
}
