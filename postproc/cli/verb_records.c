/* verb_records.c - the verb records: a capture's record stream, for those who are to have what
 * tcpstory tells and not the capture.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "errors.h"
#include "session.h"
#include "verb_table.h"

/* A stream in the making. It begins anew with each header: a capture may be read a second time. */
struct stream {
    GString *text;
    bool anonymized;
};

/* Records that were read say who wrote them; what is made here, or mapped, is ours. */
static void sign(struct tsm_record_header *header, bool anonymized)
{
    const bool is_ours = header->plugin[0] == '\0' ||
                         (anonymized && !g_str_has_suffix(header->plugin, STORY_ANONYMIZED));

    if (is_ours) {
        g_strlcpy(header->plugin, anonymized ? TCPSTORY_VERSION STORY_ANONYMIZED : TCPSTORY_VERSION,
                  sizeof header->plugin);
    }
    if (header->wireshark[0] == '\0') {
        g_strlcpy(header->wireshark, TCPSTORY_PLUGIN_ABI, sizeof header->wireshark);
    }
}

static void put(void *context, const struct tsm_record *record)
{
    struct stream *stream = context;
    char line[TSM_RECORD_TEXT];

    if (record->type == TSM_RECORD_HEADER) {
        struct tsm_record signed_by = *record;
        sign(&signed_by.u.header, stream->anonymized);
        g_string_truncate(stream->text, 0);
        g_string_append_len(stream->text, line, (gssize)tsm_record_format(&signed_by, line));
        return;
    }
    g_string_append_len(stream->text, line, (gssize)tsm_record_format(record, line));
}

static bool write_records(const struct options *options, const GString *text, GError **error)
{
    struct out out;

    if (!out_open(&out, options->output, options->color, error)) {
        return false;
    }
    fwrite(text->str, 1, text->len, out.file);
    return out_close(&out, error);
}

static bool run(const struct options *options, int *status, GError **error)
{
    g_autoptr(GPtrArray) captures = session_captures(options);
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(Story) story = NULL;
    struct input_wants wants;

    if (captures->len != 1) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE,
                    "a record stream is of one capture, not of %u: name one", captures->len);
        return false;
    }
    if (!session_wants(&wants, options, error)) { /* which has nothing to free here */
        return false;
    }
    struct stream stream = {text, wants.story.anonymizer.on};
    wants.story.keeps_facts = true;
    wants.story.keeps_flows = true;
    wants.story.projects = true;
    wants.story.tee = (struct story_tee){put, &stream};
    story = session_load(g_ptr_array_index(captures, 0), &wants, options, status);
    return story == NULL || write_records(options, text, error);
}

const struct verb verb_records = {
    .name = "records",
    .summary = "the record stream of a capture, which every verb reads in its place",
    .options = OPTIONS_COMMON | OPTIONS_ANONYMIZE | OPTIONS_JOIN,
    .about = "What tshark -q -z tcpstate,records prints: states, times and counts, no payload and\n"
             "no names. With --anonymize it is what can be given away. Examples:\n"
             "  tcpstory records --anonymize -o trouble.records trouble.pcap\n"
             "  tcpstory report trouble.records\n",
    .run = run,
};
