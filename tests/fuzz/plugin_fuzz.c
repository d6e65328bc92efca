/* plugin_fuzz.c - frames through libwireshark with the plugin in it: dissected as they come, then
 * once more in another order, as a user who clicks does.
 *
 * What must hold: no field of the plugin is a time below zero, and what is possible of an end
 * contains the state it is in. The first byte of the input has a bit for each way to dissect.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE
#include <epan/epan.h>
#include <epan/epan_dissect.h>
#include <epan/frame_data.h>
#include <epan/prefs.h>
#include <epan/proto.h>
#include <epan/timestamp.h>
#include <stdlib.h>
#include <string.h>
#include <wiretap/wtap.h>
#include <wsutil/filesystem.h>
#include <wsutil/privileges.h>
#include <wsutil/wslog.h>

#include "raw_frames.h"

#define MOST_FRAMES 200

enum mode { NO_TREE = 1, AGAIN = 2, BACKWARDS = 4 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__asan_default_options(void);
void plugin_register(void); /* of the plugin, which is linked into this program */

/* libwireshark keeps what it has for the whole run. */
const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}

/* Takes the place of libwsutil's: for each capture Wireshark would read its tables of names anew,
 * of makers, services and enterprises, and keep them: 0.1 s and 10 MB. (Its WIRESHARK_DATA_DIR is
 * not heeded for root.) */
char *get_datafile_path(const char *filename)
{
    return g_strconcat("/nonexistent/", filename, NULL);
}

/* A capture in memory. */
struct packet_provider_data {
    struct raw_frame raw[MOST_FRAMES];
    frame_data frames[MOST_FRAMES];
    guint n;
};

static const nstime_t *get_frame_ts(struct packet_provider_data *capture, guint32 number)
{
    return number >= 1 && number <= capture->n ? &capture->frames[number - 1].abs_ts : NULL;
}

/* ---- what must hold ---- */

struct ends {
    const char *state[2], *possible[2];
};

static void check_ends(const struct ends *ends)
{
    for (int i = 0; i < 2; i++) {
        if (ends->state[i] != NULL && ends->possible[i] != NULL) {
            g_auto(GStrv) list = g_strsplit(ends->possible[i], ",", -1);
            g_assert_true(g_strv_contains((const char *const *)list, ends->state[i]));
        }
    }
}

/* The plugin's fields of one segment; below it are others. */
static void check_fields(proto_node *node, gpointer data)
{
    static const char *const possible[2] = {"tcpstate.client.possible", "tcpstate.server.possible"};
    static const char *const states[2] = {"tcpstate.client", "tcpstate.server"};
    field_info *field = PNODE_FINFO(node);
    struct ends *ends = data, below = {.state = {NULL, NULL}};

    if (field != NULL && g_str_has_prefix(field->hfinfo->abbrev, "tcpstate")) {
        const char *name = field->hfinfo->abbrev;
        if (field->hfinfo->type == FT_RELATIVE_TIME) {
            const nstime_t *time = fvalue_get_time(&field->value);
            if (time->secs < 0 || time->nsecs < 0) {
                g_error("%s is %" G_GINT64_FORMAT ".%09d", name, (gint64)time->secs, time->nsecs);
            }
        }
        for (int i = 0; i < 2; i++) {
            if (strcmp(name, possible[i]) == 0) {
                ends->possible[i] = fvalue_get_string(&field->value);
            } else if (strcmp(name, states[i]) == 0 && field->hfinfo->strings != NULL) {
                ends->state[i] =
                    try_val_to_str(fvalue_get_uinteger(&field->value), field->hfinfo->strings);
            }
        }
    }
    struct ends *const into =
        field != NULL && strcmp(field->hfinfo->abbrev, "tcpstate") == 0 ? &below : ends;
    proto_tree_children_foreach(node, check_fields, into);
    if (into == &below) {
        check_ends(&below);
    }
}

/* ---- dissecting ---- */

static int encapsulation(enum tsm_link link)
{
    static const int of[] = {
        [TSM_LINK_OTHER] = WTAP_ENCAP_NULL,   [TSM_LINK_ETHERNET] = WTAP_ENCAP_ETHERNET,
        [TSM_LINK_SLL] = WTAP_ENCAP_SLL,      [TSM_LINK_SLL2] = WTAP_ENCAP_SLL2,
        [TSM_LINK_RAW] = WTAP_ENCAP_RAW_IP,   [TSM_LINK_IPV4] = WTAP_ENCAP_RAW_IP4,
        [TSM_LINK_IPV6] = WTAP_ENCAP_RAW_IP6,
    };

    return of[link];
}

static void describe_record(wtap_rec *record, const struct raw_frame *raw, int64_t time_ns)
{
    record->rec_type = REC_TYPE_PACKET;
    record->presence_flags = WTAP_HAS_TS | WTAP_HAS_CAP_LEN;
    record->ts.secs = (time_t)(time_ns / 1000000000);
    record->ts.nsecs = (int)(time_ns % 1000000000);
    record->tsprec = WTAP_TSPREC_NSEC;
    record->rec_header.packet_header.pkt_encap = encapsulation(raw->link);
    record->rec_header.packet_header.caplen = raw->captured;
    record->rec_header.packet_header.len = raw->length;
}

static void dissect(epan_t *session, struct packet_provider_data *capture, guint i, unsigned mode)
{
    const struct raw_frame *raw = &capture->raw[i];
    frame_data *frame = &capture->frames[i];
    const gboolean tree = (mode & NO_TREE) == 0 || frame->visited;
    epan_dissect_t *edt = epan_dissect_new(session, tree, tree);
    struct ends ends = {.state = {NULL, NULL}};
    static nstime_t elapsed;
    static const frame_data *reference;
    guint32 bytes = 0;
    wtap_rec record;

    wtap_rec_init(&record);
    describe_record(&record, raw, frame->abs_ts.secs * INT64_C(1000000000) + frame->abs_ts.nsecs);
    if (!frame->visited) {
        reference = NULL;
        frame_data_set_before_dissect(frame, &elapsed, &reference, NULL);
    }
    epan_dissect_run(edt, WTAP_FILE_TYPE_SUBTYPE_UNKNOWN, &record,
                     tvb_new_real_data(raw->bytes, raw->captured, (gint)raw->length), frame, NULL);
    if (tree) {
        proto_tree_children_foreach(edt->tree, check_fields, &ends);
    }
    epan_dissect_free(edt);
    if (!frame->visited) {
        frame_data_set_after_dissect(frame, &bytes);
    }
    wtap_rec_cleanup(&record);
}

static void read_capture(struct packet_provider_data *capture, const uint8_t *data, size_t size)
{
    struct raw_frames in = {data, data + size, RAW_START_NS};
    struct raw_frame *raw = capture->raw;
    guint32 bytes = 0;

    while (capture->n < MOST_FRAMES && raw_frames_next(&in, raw)) {
        wtap_rec record;
        wtap_rec_init(&record);
        describe_record(&record, raw++, in.time_ns);
        frame_data_init(&capture->frames[capture->n], capture->n + 1, &record, 0, bytes);
        capture->n++;
        wtap_rec_cleanup(&record);
    }
}

/* Once in a process; it reads no settings of a user. */
static void begin(void)
{
    setenv("WIRESHARK_CONFIG_DIR", "/nonexistent", 1);
    ws_log_init("plugin_fuzz", NULL);
    init_process_policies();
    g_free(configuration_init("plugin_fuzz", NULL));
    timestamp_set_type(TS_RELATIVE);
    timestamp_set_precision(TS_PREC_AUTO);
    wtap_init(FALSE);
    plugin_register();
    if (!epan_init(NULL, NULL, FALSE) || proto_registrar_get_id_byname("tcpstate") < 0) {
        g_error("libwireshark does not take the plugin");
    }
    epan_load_settings();
    prefs_apply_all();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct packet_provider_funcs funcs = {.get_frame_ts = get_frame_ts};
    static gboolean begun;
    const unsigned mode = size > 0 ? data[0] : 0;

    if (!begun) {
        begun = TRUE;
        begin();
    }
    if (size < 2) {
        return 0;
    }
    struct packet_provider_data *capture = g_new0(struct packet_provider_data, 1);
    epan_t *session = epan_new(capture, &funcs);
    read_capture(capture, data + 2, size - 2);
    for (guint i = 0; i < capture->n; i++) {
        dissect(session, capture, i, mode);
    }
    for (guint i = 0; i < capture->n && (mode & AGAIN) != 0; i++) {
        dissect(session, capture, (mode & BACKWARDS) != 0 ? capture->n - 1 - i : i, mode);
    }
    for (guint i = 0; i < capture->n; i++) {
        frame_data_destroy(&capture->frames[i]);
    }
    epan_free(session);
    g_free(capture);
    return 0;
}
