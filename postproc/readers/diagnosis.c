/* diagnosis.c - the meaning of tshark's end; see diagnosis.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _POSIX_C_SOURCE 200809L
#include "diagnosis.h"

#include <string.h>

#include "child.h"
#include "errors.h"
#include "memory_limit.h"
#include "plugin_path.h"
#include "text.h"
#include "tshark.h"

#define MAX_MESSAGES 8

/* Lines of tshark that say nothing about what could be read: a bug in a payload's dissector does
 * not touch TCP. */
static bool is_noise(const char *line)
{
    static const char *const marks[] = {"Running as user", "Dissector bug", "     "};

    for (gsize i = 0; i < G_N_ELEMENTS(marks); i++) {
        if (strstr(line, marks[i]) != NULL) {
            return true;
        }
    }
    return line[0] == '\0';
}

/* tshark's messages in a line, those only that contain `about` (NULL = all). It calls the capture
 * "The standard input"; `name` goes in its place. The caller frees the line. */
static char *clean_messages(const struct diagnosis *found, const char *about, const char *name)
{
    GString *clean = g_string_new(NULL);
    g_auto(GStrv) lines = g_strsplit(found->messages, "\n", -1);
    guint n = 0;

    for (char **line = lines; *line != NULL && n < MAX_MESSAGES; line++) {
        g_autoptr(GString) text = g_string_new(NULL);
        if (is_noise(*line) || (about != NULL && strstr(*line, about) == NULL)) {
            continue;
        }
        text_safe(text, g_str_has_prefix(*line, "tshark: ") ? *line + 8 : *line);
        g_string_replace(text, "The standard input", name, 0);
        g_string_append_printf(clean, "%s%s", n++ > 0 ? " " : "", text->str);
    }
    if (clean->len > 0 && clean->str[clean->len - 1] == '.') {
        g_string_truncate(clean, clean->len - 1);
    }
    return g_string_free(clean, FALSE);
}

/* ---- tshark or the plugin ---- */

static bool fail_without_plugin(const struct diagnosis *found, GError **error)
{
    g_autofree char *version = tshark_version();
    g_autofree char *folder = plugin_folder();
    g_autofree char *versions = folder != NULL ? plugin_versions(folder) : NULL;
    g_autofree char *said = clean_messages(found, "tcpstate.so", found->name);
    g_autoptr(GString) text = g_string_new(NULL);

    g_string_append_printf(text, "this tshark%s%s does not have the plugin tcpstate\n",
                           version != NULL ? " " : "", version != NULL ? version : "");
    if (said[0] != '\0') {
        g_string_append_printf(text, "tshark says: %s\n", said);
    }
    if (folder == NULL) {
        g_string_append(text, "Looked in: Wireshark's own plugin folder\n");
    } else if (versions[0] == '\0') {
        g_string_append_printf(text, "Looked in: %s (no plugin is there)\n", folder);
    } else {
        g_string_append_printf(text, "Looked in: %s (plugin for Wireshark %s)\n", folder, versions);
    }
    g_string_append(text,
                    "This tcpstory was built with Wireshark " TCPSTORY_PLUGIN_ABI ".\n"
                    "Remedy: build and install for the Wireshark that you have, by ./bootstrap "
                    "in the source folder");
    g_set_error_literal(error, TCPSTORY_ERROR, EXIT_TSHARK, text->str);
    return false;
}

static bool fail_to_run(const struct diagnosis *found, GError **error)
{
    g_autofree char *said = clean_messages(found, NULL, found->name);

    if (found->status < 0) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_TSHARK,
                    "tshark crashed before it read anything%s%s", said[0] != '\0' ? ": " : "",
                    said);
    } else if (found->status == CHILD_CANNOT_CHANGE_USER && said[0] != '\0') {
        g_set_error_literal(error, TCPSTORY_ERROR, EXIT_TSHARK, said);
    } else {
        g_set_error(error, TCPSTORY_ERROR, EXIT_TSHARK, "tshark failed, exit status %d%s%s",
                    found->status, said[0] != '\0' ? ": " : "", said);
    }
    return false;
}

/* ---- the capture ---- */

static bool fail_unread(const struct diagnosis *found, GError **error)
{
    g_autofree char *said = clean_messages(found, NULL, found->name);

    if (said[0] != '\0') {
        g_set_error_literal(error, TCPSTORY_ERROR, EXIT_INPUT, said);
    } else {
        g_set_error(error, TCPSTORY_ERROR, EXIT_INPUT, "tshark could read nothing of %s",
                    found->name);
    }
    return false;
}

/* Wireshark reads any file that it knows (pictures, programs, films) as one frame without a time;
 * even one that begins as a capture does, but is none behind that, and what is in a gzip. */
static bool is_no_capture(const struct story *story, const struct diagnosis *found)
{
    const struct tsm_record_capture *totals = &story->capture;
    const bool begins_as_one =
        found->content.kind == CONTENT_CAPTURE || found->content.kind == CONTENT_PACKED;

    return totals->frames <= 1 && totals->segments == 0 && story->connections->len == 0 &&
           !(begins_as_one && (totals->frames == 0 || totals->start_ns != 0));
}

/* What the plugin itself says of an option that it does not know: see TSM_ITEM_OPTION. */
#define OTHER_PLUGIN                                                                      \
    "frames that need dissection are missing, as tshark's plugin tcpstate is of another " \
    "version than this tcpstory: build and install both from the same source, by ./bootstrap"

static void mark(struct story *story, const struct diagnosis *found)
{
    g_autofree char *said = clean_messages(found, NULL, "it");

    if (strstr(found->messages, "unknown \"-z tcpstate") != NULL) {
        story_mark_partial(story, OTHER_PLUGIN);
    } else if (found->status < 0) {
        story_mark_partial(story, "tshark crashed while it read the capture");
    } else if (found->status != 0) {
        story_mark_partial(story, said[0] != '\0' ? said : "tshark failed");
    } else if (said[0] != '\0') {
        g_ptr_array_add(story->warnings, g_strdup(said));
    }
}

bool diagnose(struct story *story, const struct diagnosis *found, GError **error)
{
    if (strstr(found->messages, "Invalid -z argument") != NULL) {
        return fail_without_plugin(found, error);
    }
    if (strstr(found->messages, "isn't a capture file") != NULL) {
        return fail_unread(found, error);
    }
    if (!story->has_header && found->status != 2) {
        return found->status == 0 ? fail_without_plugin(found, error) : fail_to_run(found, error);
    }
    if (found->status != 0 && story->capture.frames == 0 && story->connections->len == 0) {
        return fail_unread(found, error);
    }
    if (is_no_capture(story, found)) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_INPUT, "%s is not a capture", found->name);
        return false;
    }
    mark(story, found);
    return true;
}

bool diagnose_interrupt(struct story *story, const struct interrupts *interrupts, GError **error)
{
    if (interrupts->ended) {
        g_set_error_literal(error, TCPSTORY_ERROR, EXIT_INPUT, "interrupted");
        return false;
    }
    const char *why = memory_limit_was_reached() ? memory_limit_text() : "interrupted";
    if (!story->has_header || story->connections->len + story->capture.frames == 0) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_INPUT, "%s before anything was read", why);
        return false;
    }
    g_autofree char *text =
        memory_limit_was_reached()
            ? g_strdup_printf("%s: what is behind frame %" G_GUINT64_FORMAT " was given up", why,
                              (guint64)story->capture.frames)
            : g_strdup_printf("%s: this is what was read until then", why);
    story_mark_partial(story, text);
    return true;
}
