/* read_json.c - cuts the stream into packets and looks in each for the fields that count.
 *
 * The parser is cJSON because it keeps members of the same name apart, in their order: tshark
 * writes both IP headers of a tunnel as "ip".
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "read_json.h"

#include <cjson/cJSON.h>
#include <string.h>

#include "errors.h"
#include "packet.h"

#define BLOCK_BYTES (256u << 10)
#define PACKET_MAX_BYTES (64u << 20) /* of JSON; a packet of 64 KiB takes 1 MiB */

struct reading {
    struct reader_engine feed;
    bool have[PACKET_N_COLUMNS]; /* the fields that some packet had */
    uint64_t packets;            /* objects so far */
    GString *text;               /* of an object that is not whole yet */
    guint depth;                 /* of brackets in it; 0 = between objects */
    bool in_string, escaped;
    guint arrays; /* brackets around the packets that are open: 1 in -T json */
};

static bool fail(const struct reading *reading, const char *what, GError **error)
{
    g_set_error(error, TCPSTORY_ERROR, EXIT_INPUT, "packet %" G_GUINT64_FORMAT ": %s",
                reading->packets + 1, what);
    return false;
}

/* ---- a packet ---- */

static void add_value(struct packet *packet, enum packet_column column, const cJSON *value)
{
    if (cJSON_IsString(value)) {
        packet_add(packet, column, value->valuestring);
    } else if (cJSON_IsArray(value)) {
        for (const cJSON *item = value->child; item != NULL; item = item->next) {
            packet_add(packet, column, cJSON_GetStringValue(item));
        }
    }
}

/* Collects the values of all fields below, in order. cJSON limits the depth. */
static void collect(struct packet *packet, const cJSON *tree)
{
    for (const cJSON *item = tree->child; item != NULL; item = item->next) {
        const enum packet_column column =
            item->string != NULL ? packet_column(item->string) : PACKET_N_COLUMNS;
        if (column != PACKET_N_COLUMNS) {
            add_value(packet, column, item);
        } else if (cJSON_IsObject(item) || cJSON_IsArray(item)) {
            collect(packet, item);
        }
    }
}

static bool feed_layers(struct reading *reading, const cJSON *layers, GError **error)
{
    struct packet packet = {.n = {0}};
    bool ok;

    collect(&packet, layers);
    for (guint i = 0; i < PACKET_N_COLUMNS; i++) {
        reading->have[i] = reading->have[i] || packet.n[i] > 0;
    }
    if (packet.n[PACKET_FRAME] == 0) {
        return fail(reading, "frame.number is missing (-j and -J leave fields out)", error);
    }
    ok = packet_feed_add(&reading->feed, &packet, error);
    if (!ok) {
        g_prefix_error(error, "packet %" G_GUINT64_FORMAT ": ", reading->packets + 1);
    }
    return ok;
}

/* Takes an object: a packet, or the line that -T ek puts before each. */
static bool take_object(struct reading *reading, const char *text, gsize n, GError **error)
{
    cJSON *object = memchr(text, '\0', n) == NULL ? cJSON_ParseWithLength(text, n) : NULL;
    const cJSON *source = cJSON_GetObjectItemCaseSensitive(object, "_source");
    const cJSON *layers =
        cJSON_GetObjectItemCaseSensitive(source != NULL ? source : object, "layers");
    bool ok = true;

    if (object == NULL) {
        ok = fail(reading, "it is not JSON", error);
    } else if (layers != NULL) {
        ok = feed_layers(reading, layers, error);
        reading->packets++;
    } else if (!cJSON_HasObjectItem(object, "index")) {
        ok = fail(reading, "it has no \"layers\": tshark -T json and -T ek write them", error);
    }
    cJSON_Delete(object);
    return ok;
}

/* ---- from bytes to packets ---- */

/* A byte between packets. */
static bool take_between(struct reading *reading, char c, GError **error)
{
    if (c == '{') {
        reading->depth = 1;
    } else if (c == '[') {
        reading->arrays++;
    } else if (c == ']' && reading->arrays > 0) {
        reading->arrays--;
    } else if (c != ',' && !g_ascii_isspace(c)) {
        return fail(reading, "it is not JSON", error);
    }
    return true;
}

/* A byte of a packet. */
static void take_inside(struct reading *reading, char c)
{
    if (reading->escaped) {
        reading->escaped = false;
    } else if (reading->in_string) {
        reading->escaped = c == '\\';
        reading->in_string = c != '"';
    } else if (c == '"') {
        reading->in_string = true;
    } else if (c == '{' || c == '[') {
        reading->depth++;
    } else if (c == '}' || c == ']') {
        reading->depth--;
    }
}

/* The object that ends with these bytes, or goes on behind them. */
static bool take_piece(struct reading *reading, const char *bytes, gsize n, GError **error)
{
    bool ok = true;

    if (reading->depth == 0 && reading->text->len == 0) {
        return take_object(reading, bytes, n, error);
    }
    if (reading->text->len + n > PACKET_MAX_BYTES) {
        return fail(reading, "it is longer than 64 MiB", error);
    }
    g_string_append_len(reading->text, bytes, (gssize)n);
    if (reading->depth == 0) {
        ok = take_object(reading, reading->text->str, reading->text->len, error);
        g_string_truncate(reading->text, 0);
    }
    return ok;
}

static bool take_block(struct reading *reading, const char *block, gsize n, GError **error)
{
    gsize start = 0;

    for (gsize i = 0; i < n; i++) {
        if (reading->depth == 0) {
            start = i;
            if (!take_between(reading, block[i], error)) {
                return false;
            }
            continue;
        }
        take_inside(reading, block[i]);
        if (reading->depth == 0 && !take_piece(reading, block + start, i + 1 - start, error)) {
            return false;
        }
    }
    return reading->depth == 0 || take_piece(reading, block + start, n - start, error);
}

/* Reads packets until the end; false and error when something is wrong before. */
static bool read_packets(struct reading *reading, const struct byte_source *source, GError **error)
{
    g_autofree char *block = g_malloc(BLOCK_BYTES);
    gssize n;

    while ((n = source->read(source->context, block, BLOCK_BYTES, error)) > 0) {
        if (!take_block(reading, block, (gsize)n, error)) {
            return false;
        }
    }
    if (n == 0 && (reading->depth > 0 || reading->arrays > 0)) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_INPUT,
                    "the JSON was cut short after packet %" G_GUINT64_FORMAT, reading->packets);
    }
    return n == 0 && reading->depth == 0 && reading->arrays == 0;
}

/* TCP was there, but nothing of it could be followed: for want of fields? */
static bool check_fields(const struct reading *reading, GError **error)
{
    const struct tsm_record_capture *totals = &reading->feed.recorder.totals;

    return totals->segments > 0 || totals->unread == 0 ||
           packet_check_columns(reading->have, reading->feed.story, error);
}

bool read_json(struct story *story, const struct byte_source *source, GError **error)
{
    cJSON_Hooks hooks = {g_malloc, g_free}; /* what cannot be held would be told as no JSON */
    struct reading reading = {.text = g_string_new(NULL)};
    g_autoptr(GError) trouble = NULL;
    bool ok;

    cJSON_InitHooks(&hooks);
    reader_engine_init(&reading.feed, story);
    read_packets(&reading, source, &trouble);
    ok = check_fields(&reading, error) && reader_engine_finish(&reading.feed, trouble, error);
    reader_engine_clear(&reading.feed);
    g_string_free(reading.text, TRUE);
    return ok;
}
