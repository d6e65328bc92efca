/* write_zeek.c - the columns and rows of Zeek's conn.log; see write_zeek.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "write_zeek.h"

#include <string.h>

#include "community_id.h"
#include "duration.h"
#include "text.h"

/* A row of the log. */
struct row {
    const struct tsm_record_flow *flow;
    const struct tsm_tuple *tuple; /* the client is the source */
    GHashTable *uids;              /* those in use; owned by it */
};

/* ---- local addresses ---- */

// clang-format off
/* What Zeek takes for local (Site::private_address_space): the IANA special-purpose registries
 * (RFC 6890), but for 6to4. */
static const struct {
    uint8_t bytes[16];
    uint8_t addr_len;
    uint8_t bits;
} local_networks[] = {
    {{0}, 4, 8},              {{10}, 4, 8},             {{100, 64}, 4, 10},
    {{127}, 4, 8},            {{169, 254}, 4, 16},      {{172, 16}, 4, 12},
    {{192, 0, 0}, 4, 24},     {{192, 0, 2}, 4, 24},     {{192, 168}, 4, 16},
    {{198, 18}, 4, 15},       {{198, 51, 100}, 4, 24},  {{203, 0, 113}, 4, 24},
    {{240}, 4, 4},
    {{0}, 16, 128},           {{[15] = 1}, 16, 128},    {{0, 0x64, 0xff, 0x9b, 0, 1}, 16, 48},
    {{1}, 16, 64},            {{0x20, 1}, 16, 23},      {{0x20, 1, 0, 2}, 16, 48},
    {{0x20, 1, 0x0d, 0xb8}, 16, 32},                    {{0xfc}, 16, 7},
    {{0xfe, 0x80}, 16, 10},
};
// clang-format on

static bool starts_with(const uint8_t *address, const uint8_t *network, unsigned bits)
{
    const unsigned whole = bits / 8;
    const unsigned rest = bits % 8;

    return memcmp(address, network, whole) == 0 &&
           (rest == 0 || (address[whole] ^ network[whole]) >> (8 - rest) == 0);
}

static bool is_local(const uint8_t *address, unsigned addr_len)
{
    for (gsize i = 0; i < G_N_ELEMENTS(local_networks); i++) {
        if (local_networks[i].addr_len == addr_len &&
            starts_with(address, local_networks[i].bytes, local_networks[i].bits)) {
            return true;
        }
    }
    return false;
}

/* ---- uid ---- */

static void put_base62(GString *text, uint64_t number, unsigned digits)
{
    static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    for (; digits > 0; digits--, number /= 62) {
        g_string_append_c(text, letters[number % 62]);
    }
}

/* 'C' and 96 bits of a hash, in as many digits as they need. */
static char *make_uid(const struct row *row, uint32_t attempt)
{
    g_autoptr(GChecksum) hash = g_checksum_new(G_CHECKSUM_SHA256);
    GString *text = g_string_new("C");
    const struct tsm_tuple *tuple = row->tuple;
    const uint64_t numbers[] = {GUINT64_TO_BE((uint64_t)row->flow->start_ns),
                                GUINT64_TO_BE((uint64_t)tuple->sport << 16 | tuple->dport),
                                GUINT64_TO_BE(attempt)};
    uint64_t digest[4];
    gsize size = sizeof digest;

    g_checksum_update(hash, tuple->src, tuple->addr_len);
    g_checksum_update(hash, tuple->dst, tuple->addr_len);
    g_checksum_update(hash, (const guchar *)numbers, sizeof numbers);
    g_checksum_get_digest(hash, (guint8 *)digest, &size);
    put_base62(text, GUINT64_FROM_BE(digest[0]), 11);
    put_base62(text, GUINT64_FROM_BE(digest[1]) >> 32, 6);
    return g_string_free(text, FALSE);
}

static void put_uid(const struct row *row, GString *cell)
{
    uint32_t attempt = 0;
    char *uid = make_uid(row, attempt);

    while (g_hash_table_contains(row->uids, uid)) {
        g_free(uid);
        uid = make_uid(row, ++attempt);
    }
    g_string_append(cell, uid);
    g_hash_table_add(row->uids, uid);
}

/* ---- cells ---- */

static void put_ts(const struct row *row, GString *cell)
{
    text_seconds_short(cell, row->flow->start_ns, 6);
}

static void put_orig_h(const struct row *row, GString *cell)
{
    text_host(cell, row->tuple->src, row->tuple->addr_len);
}

static void put_orig_p(const struct row *row, GString *cell)
{
    text_number(cell, row->tuple->sport);
}

static void put_resp_h(const struct row *row, GString *cell)
{
    text_host(cell, row->tuple->dst, row->tuple->addr_len);
}

static void put_resp_p(const struct row *row, GString *cell)
{
    text_number(cell, row->tuple->dport);
}

static void put_proto(const struct row *row, GString *cell)
{
    (void)row;
    g_string_append(cell, "tcp");
}

static void put_ip_proto(const struct row *row, GString *cell)
{
    (void)row;
    text_number(cell, 6);
}

static void put_unset(const struct row *row, GString *cell)
{
    (void)row;
    g_string_append_c(cell, '-');
}

static int64_t row_duration(const struct row *row)
{
    return duration_forward(row->flow->start_ns, row->flow->end_ns);
}

static void put_duration(const struct row *row, GString *cell)
{
    if (row_duration(row) > 0) {
        text_seconds_short(cell, row_duration(row), 6);
    } else {
        put_unset(row, cell);
    }
}

/* Zeek leaves them unset together with the duration. */
static void put_bytes(const struct row *row, enum tsm_side side, GString *cell)
{
    if (row_duration(row) > 0) {
        text_number(cell, row->flow->side[side].bytes);
    } else {
        put_unset(row, cell);
    }
}

static void put_orig_bytes(const struct row *row, GString *cell)
{
    put_bytes(row, TSM_CLIENT, cell);
}

static void put_resp_bytes(const struct row *row, GString *cell)
{
    put_bytes(row, TSM_SERVER, cell);
}

static void put_conn_state(const struct row *row, GString *cell)
{
    g_string_append(cell, tsm_conn_state_name((enum tsm_conn_state)row->flow->conn_state));
}

static void put_local_orig(const struct row *row, GString *cell)
{
    g_string_append_c(cell, is_local(row->tuple->src, row->tuple->addr_len) ? 'T' : 'F');
}

static void put_local_resp(const struct row *row, GString *cell)
{
    g_string_append_c(cell, is_local(row->tuple->dst, row->tuple->addr_len) ? 'T' : 'F');
}

static void put_missed_bytes(const struct row *row, GString *cell)
{
    text_number(cell, row->flow->side[TSM_CLIENT].missed + row->flow->side[TSM_SERVER].missed);
}

static void put_history(const struct row *row, GString *cell)
{
    g_string_append(cell, row->flow->history[0] != '\0' ? row->flow->history : "-");
}

static void put_orig_pkts(const struct row *row, GString *cell)
{
    text_number(cell, row->flow->side[TSM_CLIENT].packets);
}

static void put_orig_ip_bytes(const struct row *row, GString *cell)
{
    text_number(cell, row->flow->side[TSM_CLIENT].ip_bytes);
}

static void put_resp_pkts(const struct row *row, GString *cell)
{
    text_number(cell, row->flow->side[TSM_SERVER].packets);
}

static void put_resp_ip_bytes(const struct row *row, GString *cell)
{
    text_number(cell, row->flow->side[TSM_SERVER].ip_bytes);
}

static void put_community_id(const struct row *row, GString *cell)
{
    community_id(cell, row->tuple);
}

// clang-format off
static const struct {
    const char *name, *type;
    void (*put)(const struct row *row, GString *cell);
} columns[] = {
    {"ts",             "time",        put_ts},
    {"uid",            "string",      put_uid},
    {"id.orig_h",      "addr",        put_orig_h},
    {"id.orig_p",      "port",        put_orig_p},
    {"id.resp_h",      "addr",        put_resp_h},
    {"id.resp_p",      "port",        put_resp_p},
    {"proto",          "enum",        put_proto},
    {"service",        "string",      put_unset},
    {"duration",       "interval",    put_duration},
    {"orig_bytes",     "count",       put_orig_bytes},
    {"resp_bytes",     "count",       put_resp_bytes},
    {"conn_state",     "string",      put_conn_state},
    {"local_orig",     "bool",        put_local_orig},
    {"local_resp",     "bool",        put_local_resp},
    {"missed_bytes",   "count",       put_missed_bytes},
    {"history",        "string",      put_history},
    {"orig_pkts",      "count",       put_orig_pkts},
    {"orig_ip_bytes",  "count",       put_orig_ip_bytes},
    {"resp_pkts",      "count",       put_resp_pkts},
    {"resp_ip_bytes",  "count",       put_resp_ip_bytes},
    {"tunnel_parents", "set[string]", put_unset},
    {"ip_proto",       "count",       put_ip_proto},
    {"community_id",   "string",      put_community_id},
};
// clang-format on

/* ---- the log ---- */

/* "#open" and "#close" are not the clock's but the capture's, so that the same capture makes the
 * same log. */
static void put_moment(GString *text, const char *name, int64_t ns)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(ns / 1000000000);
    g_autofree char *date = time != NULL ? g_date_time_format(time, "%Y-%m-%d-%H-%M-%S") : NULL;

    g_string_append_printf(text, "#%s\t%s\n", name, date != NULL ? date : "-");
}

/* Readers of Zeek's logs skip header lines that they do not know, such as #anonymized. */
static void put_header(GString *text, int64_t open_ns, bool anonymized)
{
    g_string_append(text, "#separator \\x09\n"
                          "#set_separator\t,\n"
                          "#empty_field\t(empty)\n"
                          "#unset_field\t-\n"
                          "#path\tconn\n");
    g_string_append(text, anonymized ? "#anonymized\tT\n" : "");
    put_moment(text, "open", open_ns);
    g_string_append(text, "#fields");
    for (gsize i = 0; i < G_N_ELEMENTS(columns); i++) {
        g_string_append_printf(text, "\t%s", columns[i].name);
    }
    g_string_append(text, "\n#types");
    for (gsize i = 0; i < G_N_ELEMENTS(columns); i++) {
        g_string_append_printf(text, "\t%s", columns[i].type);
    }
    g_string_append_c(text, '\n');
}

static void put_row(GString *text, const struct row *row)
{
    for (gsize i = 0; i < G_N_ELEMENTS(columns); i++) {
        if (i > 0) {
            g_string_append_c(text, '\t');
        }
        columns[i].put(row, text);
    }
    g_string_append_c(text, '\n');
}

static gint compare_rows(gconstpointer a, gconstpointer b)
{
    const struct tsm_record_flow *x = ((const struct row *)a)->flow;
    const struct tsm_record_flow *y = ((const struct row *)b)->flow;

    if (x->frame == y->frame) { /* one frame may hold several segments */
        return (x->stream > y->stream) - (x->stream < y->stream);
    }
    return x->frame < y->frame ? -1 : 1;
}

/* The flows of a story as they began; Zeek's own order is that of their ends. */
static void write_story(const struct story *story, GHashTable *uids, GString *text, struct out *out)
{
    g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(struct row));

    for (guint i = 0; i < story->flows->len; i++) {
        const struct story_flow *flow = &g_array_index(story->flows, struct story_flow, i);
        const struct row row = {&flow->row, &story_connection(story, flow->connection)->tuple,
                                uids};
        g_array_append_val(rows, row);
    }
    g_array_sort(rows, compare_rows);
    for (guint i = 0; i < rows->len; i++) {
        put_row(text, &g_array_index(rows, struct row, i));
        out_write_full(out, text);
    }
}

bool write_zeek(const struct judged_captures *captures, struct out *out, GError **error)
{
    g_autoptr(GHashTable) uids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GString) text = g_string_new(NULL);
    int64_t open_ns = INT64_MAX;
    int64_t close_ns = INT64_MIN;
    bool anonymized = false;

    (void)error;
    for (guint i = 0; i < captures->stories->len; i++) {
        const struct story *story = g_ptr_array_index(captures->stories, i);
        open_ns = MIN(open_ns, story_start(story));
        close_ns = MAX(close_ns, story_end(story));
        anonymized |= story_is_anonymized(story);
    }
    put_header(text, open_ns, anonymized);
    for (guint i = 0; i < captures->stories->len; i++) {
        write_story(g_ptr_array_index(captures->stories, i), uids, text, out);
    }
    put_moment(text, "close", close_ns);
    out_write(out, text);
    return true;
}
