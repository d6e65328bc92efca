/* script_lines.c - the lines of a scenario that happen: segments, ICMP errors, time; and hindsight.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "reader.h"

#include <string.h>

#include "notation.h"
#include "words.h"

#define TS_STEP 1000 /* the first time stamp of C is this, of S twice this, and so on */

/* Reads "C > S", with ports or not. */
static struct connection *parse_ends(struct reader *r, const char *first, char **rest,
                                     struct line *line, GError **error)
{
    g_autofree char *arrow = next_word(rest);
    g_autofree char *second = next_word(rest);
    struct end from, to;

    if (first == NULL || second == NULL || strcmp(arrow, ">") != 0) {
        not_understood(error, first, "C > S or S > C");
        return NULL;
    }
    if (!end_parse(r->script, first, &from, error) || !end_parse(r->script, second, &to, error)) {
        return NULL;
    }
    struct connection *connection = connection_between(r, &from, &to, &line->column);
    line->connection = connection;
    return connection;
}

static bool read_segment(struct reader *r, struct line *line, const char *first, char *rest,
                         GError **error)
{
    struct connection *connection = parse_ends(r, first, &rest, line, error);

    if (connection == NULL) {
        return false;
    }
    const unsigned nth = host_place(r->script, connection->end[line->column].host) + 1;
    const uint32_t clock = nth * TS_STEP + (uint32_t)(r->now_ns / (NS_PER_S / 1000));
    line->kind = LINE_SEGMENT;
    r->last = line;
    return notation_parse(line, connection, rest, r->timestamps ? &clock : NULL, error);
}

/* Reads "dup", "dup ttl 63" or "dup ttl 63 vlan 20": the packet before, captured again. */
static bool read_duplicate(struct reader *r, struct line *line, char *rest, GError **error)
{
    char *field;

    if (r->last == NULL) {
        return not_understood(error, "dup", "a segment before it");
    }
    line->kind = LINE_SEGMENT;
    line->connection = r->last->connection;
    line->column = r->last->column;
    line->packet = r->last->packet;
    while ((field = next_word(&rest)) != NULL) {
        g_autofree char *name = field;
        g_autofree char *value = next_word(&rest);
        const bool is_ttl = strcmp(name, "ttl") == 0;
        int64_t number;
        if ((!is_ttl && strcmp(name, "vlan") != 0) || value == NULL ||
            !number_parse(value, 0, is_ttl ? UINT8_MAX : 0xfff, &number)) {
            return not_understood(error, name, "dup, perhaps with ttl NUMBER or vlan NUMBER");
        }
        if (is_ttl) {
            line->packet.ttl = (uint8_t)number;
        } else {
            line->packet.vlan = (uint16_t)number;
        }
    }
    return true;
}

/* Reads what may be behind the number of an ICMP error: "short", "mtu 1400". */
static bool read_icmp_rest(struct packet *packet, char *rest, GError **error)
{
    g_autofree char *word = next_word(&rest);
    g_autofree char *value = next_word(&rest);
    int64_t mtu = 0;
    const bool is_mtu = word != NULL && strcmp(word, "mtu") == 0 && value != NULL &&
                        number_parse(value, 1, UINT16_MAX, &mtu);

    if (word != NULL && strcmp(word, "short") != 0 && !is_mtu) {
        return not_understood(error, word, "short, or mtu NUMBER");
    }
    packet->quoted = word == NULL || is_mtu ? 20 : 8;
    packet->mtu = (uint16_t)mtu;
    return true;
}

/* Reads "ICMP unreachable C > S seq 0", "... seq 0 short": the error that quotes that segment. */
static bool read_icmp(struct reader *r, struct line *line, char *rest, GError **error)
{
    g_autofree char *name = next_word(&rest);
    g_autofree char *first = next_word(&rest);
    const struct icmp_error *icmp = icmp_error_named(name == NULL ? "" : name);

    if (icmp == NULL) {
        return not_understood(error, name,
                              "unreachable, port-unreachable, prohibited, too-big or "
                              "time-exceeded");
    }
    const struct connection *connection = parse_ends(r, first, &rest, line, error);
    if (connection == NULL) {
        return false;
    }
    g_autofree char *key = next_word(&rest);
    g_autofree char *value = next_word(&rest);
    int64_t seq;
    if (key == NULL || strcmp(key, "seq") != 0 || value == NULL ||
        !number_parse(value, INT32_MIN, UINT32_MAX, &seq)) {
        return not_understood(error, key, "seq NUMBER, perhaps short");
    }
    line->kind = LINE_ICMP;
    line->packet = (struct packet){.flags = seq == 0 ? TSM_SYN : TSM_ACK, .window = 64240};
    line->packet.ttl = 60;
    line->packet.seq = connection->end[line->column].isn + (uint32_t)seq;
    line->packet.icmp = icmp;
    notation_address(&line->packet, connection, line->column);
    return read_icmp_rest(&line->packet, rest, error);
}

/* Reads an optional "stream N". */
static bool read_stream(struct line *line, char **rest, GError **error)
{
    char *before = *rest;
    g_autofree char *key = next_word(rest);
    int64_t stream;

    line->stream = -1;
    if (key == NULL || strcmp(key, "stream") != 0) {
        *rest = before;
        return true;
    }
    g_autofree char *value = next_word(rest);
    if (value == NULL || !number_parse(value, 0, INT32_MAX, &stream)) {
        return not_understood(error, value, "the number of a stream");
    }
    line->stream = (int)stream;
    return true;
}

/* Reads a time: absolute, after the line before, or, when the clock was set back, before it. */
static bool read_time(const struct reader *r, const char *word, int64_t *time_ns)
{
    const bool later = word[0] == '+';
    const bool earlier = word[0] == '-';
    int64_t ns;

    if (!time_parse(word + (later || earlier ? 1 : 0), &ns)) {
        return false;
    }
    *time_ns = later ? r->now_ns + ns : earlier ? r->now_ns - ns : ns;
    return earlier ? *time_ns >= 0 : *time_ns >= r->now_ns;
}

// clang-format off
/* Lines in which nothing but time passes. */
static const struct {
    const char *name;
    enum line_kind kind;
} passings[] = {
    {"wait",    LINE_WAIT},
    {"end",     LINE_END},
    {"project", LINE_PROJECT},
};
// clang-format on

static bool read_timed(struct reader *r, struct line *line, const char *time, char *rest,
                       GError **error)
{
    g_autofree char *word = next_word(&rest);

    int64_t time_ns;

    if (!read_time(r, time, &time_ns)) {
        return not_understood(error, time,
                              "a time not before the last, as 1.5 or +.010, or a setting");
    }
    r->now_ns = time_ns;
    line->time_ns = SCRIPT_EPOCH_S * NS_PER_S + time_ns;
    for (size_t i = 0; word != NULL && i < G_N_ELEMENTS(passings); i++) {
        if (strcmp(word, passings[i].name) == 0) {
            line->kind = passings[i].kind;
            return read_stream(line, &rest, error);
        }
    }
    if (word != NULL && strcmp(word, "dup") == 0) {
        return read_duplicate(r, line, rest, error);
    }
    if (word != NULL && strcmp(word, "ICMP") == 0) {
        return read_icmp(r, line, rest, error);
    }
    return read_segment(r, line, word, rest, error);
}

/* Reads STATE@TIME or STATE@TIME-TIME. */
static bool parse_interval(struct interval *interval, const char *word, GError **error)
{
    g_auto(GStrv) part = g_strsplit(word, "@", -1);

    if (g_strv_length(part) != 2) {
        return not_understood(error, word, "STATE@TIME, or STATE@TIME-TIME for a time between");
    }
    g_auto(GStrv) times = g_strsplit(part[1], "-", -1);
    const unsigned n = g_strv_length(times);
    if (n < 1 || n > 2 || !time_parse(times[0], &interval->from_ns) ||
        !time_parse(times[n - 1], &interval->to_ns)) {
        return not_understood(error, word, "a time in seconds after the @");
    }
    return expected_state_parse(&interval->state, part[0], error);
}

/* Reads "hindsight C SYN_SENT@0 ESTABLISHED@.010 ...". */
static bool read_hindsight(struct reader *r, struct line *line, char *rest, GError **error)
{
    char *word;

    line->kind = LINE_HINDSIGHT;
    line->intervals = g_array_new(FALSE, FALSE, sizeof(struct interval));
    if (!read_stream(line, &rest, error)) {
        return false;
    }
    g_autofree char *name = next_word(&rest);
    const struct host *host = name == NULL ? NULL : host_named(r->script, name, strlen(name));
    if (host == NULL) {
        return not_understood(error, name, "a host");
    }
    line->host = host;
    while ((word = next_word(&rest)) != NULL) {
        struct interval interval = {{0}, 0, 0};
        const bool good = parse_interval(&interval, word, error);
        g_array_append_val(line->intervals, interval);
        g_free(word);
        if (!good) {
            return false;
        }
    }
    return true;
}

bool line_read(struct reader *r, struct line *line, const char *word, char *rest, GError **error)
{
    if (strcmp(word, "hindsight") == 0) {
        return read_hindsight(r, line, rest, error);
    }
    return read_timed(r, line, word, rest, error);
}
