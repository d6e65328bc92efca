/* finding.c - see finding.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "finding.h"

#include "anomaly_print.h"
#include "anomaly_text.h"
#include "json_words.h"
#include "write_json.h"

/* ---- members ---- */

json_t *finding_sentence(const struct finding *finding, const char *sentence)
{
    g_autoptr(GString) text = g_string_new(NULL);

    finding_fill(finding, sentence, text);
    return write_json_text(text->str);
}

json_t *finding_severity(const void *thing)
{
    const struct finding *finding = thing;
    return json_string(json_word_severity(finding->about->severity));
}

json_t *finding_confidence(const void *thing)
{
    const struct finding *finding = thing;
    return json_string(json_word_confidence(finding->about->confidence));
}

json_t *finding_side(const void *thing)
{
    const struct finding *finding = thing;
    return json_string(json_word_fault(finding->about->fault));
}

json_t *finding_connections(const void *thing)
{
    const struct finding *finding = thing;
    return json_integer(finding->about->members);
}

json_t *finding_client(const void *thing)
{
    return finding_sentence(thing, "{client}");
}

json_t *finding_server(const void *thing)
{
    return finding_sentence(thing, "{server}");
}

json_t *finding_first(const void *thing)
{
    const struct finding *finding = thing;
    return write_json_seconds(finding->about->first_ns);
}

json_t *finding_last(const void *thing)
{
    const struct finding *finding = thing;
    return write_json_seconds(finding->about->last_ns);
}

json_t *finding_frames(const void *thing)
{
    const struct finding *finding = thing;
    json_t *frames = json_array();

    for (unsigned i = 0; i < finding->about->n_frames; i++) {
        json_array_append_new(frames, json_integer(finding->about->frames[i]));
    }
    return frames;
}

json_t *finding_explanation(const void *thing)
{
    const struct finding *finding = thing;
    return finding_sentence(finding, finding->about->text);
}

json_t *finding_filter(const void *thing)
{
    g_autoptr(GString) text = g_string_new(NULL);

    finding_put_filter(thing, text);
    return write_json_text(text->str);
}

/* ---- cells ---- */

void finding_fill(const struct finding *finding, const char *sentence, GString *cell)
{
    anomaly_text_fill(cell, sentence, finding->about, finding->story);
}

void finding_put_file(const void *data, GString *cell)
{
    const struct finding *finding = data;
    text_safe(cell, finding->story->name);
}

int64_t finding_key_severity(const void *data)
{
    const struct finding *finding = data;
    return finding->about->severity;
}

void finding_put_severity(const void *data, GString *cell)
{
    g_string_append(cell, anomaly_severity_word((enum anomaly_severity)finding_key_severity(data)));
}

enum out_style finding_style_severity(const void *data)
{
    return anomaly_style((enum anomaly_severity)finding_key_severity(data));
}

void finding_put_confidence(const void *data, GString *cell)
{
    const struct finding *finding = data;
    const enum anomaly_confidence confidence = (enum anomaly_confidence)finding->about->confidence;
    g_string_append(cell, anomaly_confidence_word(confidence));
}

void finding_put_fault(const void *data, GString *cell)
{
    const struct finding *finding = data;
    g_string_append(cell, anomaly_fault_word((enum anomaly_fault)finding->about->fault));
}

int64_t finding_key_connections(const void *data)
{
    const struct finding *finding = data;
    return finding->about->members;
}

void finding_put_connections(const void *data, GString *cell)
{
    text_number(cell, (uint64_t)finding_key_connections(data));
}

void finding_put_client(const void *data, GString *cell)
{
    finding_fill(data, "{client}", cell);
}

void finding_put_server(const void *data, GString *cell)
{
    finding_fill(data, "{server}", cell);
}

static void put_moment(const struct finding *finding, int64_t ns, GString *cell)
{
    text_time(cell, ns, table_clock(finding->run), story_start(finding->story));
}

int64_t finding_key_first(const void *data)
{
    const struct finding *finding = data;
    return finding->about->first_ns;
}

void finding_put_first(const void *data, GString *cell)
{
    put_moment(data, finding_key_first(data), cell);
}

int64_t finding_key_last(const void *data)
{
    const struct finding *finding = data;
    return finding->about->last_ns;
}

void finding_put_last(const void *data, GString *cell)
{
    put_moment(data, finding_key_last(data), cell);
}

void finding_put_explanation(const void *data, GString *cell)
{
    const struct finding *finding = data;
    finding_fill(finding, finding->about->text, cell);
}

void finding_put_filter(const void *data, GString *cell)
{
    const struct finding *finding = data;
    anomaly_text_filter(cell, finding->about, finding->story);
}
