/* story.c - the model: an empty one, and what it answers to those who read it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "story_internal.h"

#include <string.h>

#include "duration.h"

struct story *story_new(const char *name, const struct story_wants *wants)
{
    static const struct story_wants plain = {.segments_of = TSM_NO_STREAM};
    struct story *story = g_new0(struct story, 1);

    story->wants = g_memdup2(wants != NULL ? wants : &plain, sizeof *wants);
    story->name = anonymizer_name(&story->wants->anonymizer, name);
    if (story->wants->filtered != NULL) {
        g_hash_table_ref(story->wants->filtered);
    }
    if (story->wants->servers != NULL) {
        g_hash_table_ref(story->wants->servers);
    }
    story->latest_ns = INT64_MIN;
    story->warnings = g_ptr_array_new_with_free_func(g_free);
    story->connections = g_array_new(FALSE, FALSE, sizeof(struct story_connection));
    story->intervals = g_array_new(FALSE, FALSE, sizeof(struct story_interval));
    story->facts = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    story->unpacked = g_new0(struct story_unpacked, 2);
    story->marks = g_array_new(FALSE, FALSE, sizeof(struct story_mark));
    story->flows = g_array_new(FALSE, FALSE, sizeof(struct story_flow));
    story->steps = g_array_new(FALSE, FALSE, sizeof(struct story_step));
    story->segments = g_array_new(FALSE, FALSE, sizeof(struct tsm_record_segment));
    story->packets = g_array_new(FALSE, FALSE, sizeof(struct story_packet));
    story->first_ns = INT64_MAX;
    story->by_stream = g_hash_table_new(g_direct_hash, g_direct_equal);
    story->blanks = g_array_new(FALSE, FALSE, sizeof(struct tsm_blank));
    story->files = g_array_new(FALSE, FALSE, sizeof(struct story_file));
    story->named = g_array_new(FALSE, FALSE, sizeof(struct story_name));
    return story;
}

void story_reader_begin(struct story_reader *reader, const struct story *story)
{
    reader->is = *story;
    reader->is.unpacked = reader->unpacked;
    memset(reader->unpacked, 0, sizeof reader->unpacked);
}

void story_free(struct story *story)
{
    if (story == NULL) {
        return;
    }
    g_free(story->name);
    g_ptr_array_unref(story->warnings);
    g_array_unref(story->connections);
    g_array_unref(story->intervals);
    g_array_unref(story->facts);
    g_free(story->unpacked);
    g_array_unref(story->marks);
    g_array_unref(story->flows);
    g_array_unref(story->steps);
    g_array_unref(story->packets);
    g_free(story->clocks);
    story_free_interfaces(story);
    g_array_unref(story->segments);
    g_hash_table_unref(story->by_stream);
    g_array_unref(story->named);
    for (guint i = 0; i < story->files->len; i++) {
        g_free(g_array_index(story->files, struct story_file, i).name);
    }
    g_array_unref(story->files);
    g_array_unref(story->blanks);
    if (story->wants->filtered != NULL) {
        g_hash_table_unref(story->wants->filtered);
    }
    if (story->wants->servers != NULL) {
        g_hash_table_unref(story->wants->servers);
    }
    g_free((gpointer)story->wants);
    g_free(story);
}

void story_begin_file(struct story *story, const char *name, uint32_t before)
{
    const struct story_file file = {anonymizer_name(&story->wants->anonymizer, name), before};

    g_array_append_val(story->files, file);
}

bool story_is_anonymized(const struct story *story)
{
    return story->wants->anonymizer.on || g_str_has_suffix(story->header.plugin, STORY_ANONYMIZED);
}

bool story_is_set(const struct story *story)
{
    return story->files->len > 1;
}

const char *story_file_of(const struct story *story, uint32_t frame, uint32_t *in_file)
{
    const struct story_file *found = NULL;
    guint low = 0;
    guint high = story->files->len;

    while (low < high) { /* the last file that begins before the frame */
        const guint middle = (low + high) / 2;
        const struct story_file *file = &g_array_index(story->files, struct story_file, middle);
        if (file->before < frame) {
            found = file;
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *in_file = found != NULL ? frame - found->before : frame;
    return found != NULL ? found->name : story->name;
}

const char *story_wanted_name(const struct story *story, guint i)
{
    for (guint k = 0; k < G_N_ELEMENTS(story->wants->names); k++) {
        const GPtrArray *names = story->wants->names[k];
        const guint n = names != NULL ? names->len : 0;
        if (i < n) {
            return g_ptr_array_index(names, i);
        }
        i -= n;
    }
    return NULL;
}

void story_add_name(struct story *story, const uint8_t *address, unsigned len, const char *name)
{
    struct story_name named = {.len = len};

    memcpy(named.address, address, len);
    anonymizer_map(&story->wants->anonymizer, named.address, len);
    for (guint i = 0; (named.name = story_wanted_name(story, i)) != NULL; i++) {
        const gsize n = strlen(named.name);
        if (g_ascii_strncasecmp(name, named.name, n) == 0 && (name[n] == '\0' || name[n] == '.')) {
            g_array_append_val(story->named, named);
        }
    }
}

/* ---- connections ---- */

guint story_number(const struct story *story, const struct story_connection *connection)
{
    return (guint)(connection - &g_array_index(story->connections, struct story_connection, 0));
}

const struct story_flow *story_first_flow(const struct story *story,
                                          const struct story_connection *connection)
{
    return connection->flow != 0
               ? &g_array_index(story->flows, struct story_flow, connection->flow - 1)
               : NULL;
}

int64_t story_start(const struct story *story)
{
    if (story->has_capture) {
        return story->capture.start_ns;
    }
    return story->first_ns != INT64_MAX ? story->first_ns : 0;
}

int64_t story_end(const struct story *story)
{
    return story->has_capture ? story->capture.end_ns : story->latest_ns;
}

/* The first sure blank that began after the connection's last segment; NULL = none. */
static const struct tsm_blank *blank_after(const struct story *story,
                                           const struct story_connection *connection)
{
    for (guint i = 0; i < story->blanks->len; i++) {
        const struct tsm_blank *blank = &g_array_index(story->blanks, struct tsm_blank, i);
        if (blank->from_ns >= connection->end_ns && tsm_blank_is_sure(blank)) {
            return blank;
        }
    }
    return NULL;
}

int64_t story_followed_to(const struct story *story, const struct story_connection *connection)
{
    const struct tsm_blank *blank = blank_after(story, connection);
    const int64_t end_ns =
        connection->closed_out_ns != 0 ? connection->closed_out_ns : story_end(story);

    return blank != NULL ? MIN(blank->from_ns, end_ns) : end_ns;
}

const char *story_server_name(const struct story *story, const struct story_connection *connection)
{
    return story->wants->servers != NULL
               ? g_hash_table_lookup(story->wants->servers, GUINT_TO_POINTER(connection->stream))
               : NULL;
}

bool story_wants_segments(const struct story *story)
{
    return story->wants->segments_of != TSM_NO_STREAM || story->wants->frames[0] != 0 ||
           story->wants->keeps_packets;
}

void story_want_frame(struct story_wants *wants, uint32_t frame)
{
    for (guint i = 0; frame != 0 && i < STORY_MAX_FRAMES; i++) {
        if (wants->frames[i] == 0 || wants->frames[i] == frame) {
            wants->frames[i] = frame;
            return;
        }
    }
}

int64_t story_frame_time(const struct story *story, uint32_t frame)
{
    for (guint i = 0; i < STORY_MAX_FRAMES; i++) {
        if (story->wants->frames[i] == frame && story->frames[i].nearest != 0) {
            return story->frames[i].ns;
        }
    }
    return story_start(story);
}

const struct story_connection *story_of_stream(const struct story *story, uint32_t stream)
{
    return story_find(story, stream);
}

/* ---- intervals ---- */

void story_intervals(const struct story *story, const struct story_connection *connection,
                     enum tsm_side side, GArray *list)
{
    uint32_t place = connection->newest[side];
    guint n = 0;

    for (uint32_t p = place; p != 0; p = interval_at(story, p)->earlier) {
        n++;
    }
    g_array_set_size(list, n);
    for (; place != 0; place = interval_at(story, place)->earlier) {
        g_array_index(list, struct story_interval, --n) = *interval_at(story, place);
    }
}

const struct story_interval *
story_last(const struct story *story, const struct story_connection *connection, enum tsm_side side)
{
    const uint32_t place = connection->newest[side];

    return place != 0 ? interval_at(story, place) : NULL;
}

const struct story_interval *story_earlier(const struct story *story,
                                           const struct story_interval *interval)
{
    return interval->earlier != 0 ? interval_at(story, interval->earlier) : NULL;
}

const struct story_interval *story_interval_at(const struct story *story,
                                               const struct story_connection *connection,
                                               enum tsm_side side, int64_t ns, uint32_t frame)
{
    for (uint32_t p = connection->newest[side]; p != 0; p = interval_at(story, p)->earlier) {
        const struct story_interval *interval = interval_at(story, p);
        if (interval->from_ns < ns || (interval->from_ns == ns && interval->frame <= frame)) {
            return interval;
        }
    }
    return NULL;
}

int64_t story_unheard_ns(const struct story_connection *connection, enum tsm_side side, int64_t ns)
{
    const struct story_silence *heard = &connection->heard[side];

    return heard->last_frame != 0 && heard->last_ns <= ns ? duration(heard->last_ns, ns) : -1;
}

int64_t story_state_since(const struct story *story, const struct story_interval *interval)
{
    while (interval->earlier != 0 &&
           interval_at(story, interval->earlier)->state == interval->state) {
        interval = interval_at(story, interval->earlier);
    }
    return interval->from_ns;
}

int64_t story_last_since(const struct story *story, const struct story_connection *connection,
                         enum tsm_side side)
{
    return story_state_since(story, interval_at(story, connection->newest[side]));
}
