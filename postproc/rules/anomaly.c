/* anomaly.c - the words of anomalies; see anomaly.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "anomaly.h"

#include "errors.h"
#include "text.h"

static const char *const severity_words[N_ANOMALY_SEVERITIES + 1] = {
#define X(name, word, meaning) [ANOMALY_##name] = (word),
    ANOMALY_SEVERITY_LIST(X)
#undef X
};

static const char *const confidence_words[N_ANOMALY_CONFIDENCES] = {
#define X(name, word, meaning) [ANOMALY_##name] = (word),
    ANOMALY_CONFIDENCE_LIST(X)
#undef X
};

static const char *const fault_words[N_ANOMALY_FAULTS] = {
#define X(name, word, meaning) [ANOMALY_OF_##name] = (word),
    ANOMALY_FAULT_LIST(X)
#undef X
};

const char *anomaly_severity_word(enum anomaly_severity severity)
{
    return severity_words[severity];
}

const char *anomaly_confidence_word(enum anomaly_confidence confidence)
{
    return confidence_words[confidence];
}

const char *anomaly_fault_word(enum anomaly_fault fault)
{
    return fault_words[fault];
}

bool anomaly_severity_parse(const char *word, const char *option, enum anomaly_severity *severity,
                            GError **error)
{
    for (unsigned i = 0; i < N_ANOMALY_SEVERITIES; i++) {
        if (g_ascii_strcasecmp(severity_words[i], word) == 0) {
            *severity = (enum anomaly_severity)i;
            return true;
        }
    }
    const char *nearest = text_nearest(word, severity_words);
    g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE,
                "--%s can be info, warning or error, not '%s'%s%s%s", option, word,
                nearest != NULL ? "; did you mean " : "", nearest != NULL ? nearest : "",
                nearest != NULL ? "?" : "");
    return false;
}

void anomaly_of_rule(struct anomaly *hit, const struct anomaly_rule *rule)
{
    hit->rule = rule;
    hit->text = rule->text;
    hit->severity = (uint8_t)rule->severity;
    hit->confidence = (uint8_t)rule->confidence;
    hit->fault = (uint8_t)rule->fault;
}

void anomaly_evidence(struct anomaly *hit, uint32_t frame)
{
    unsigned place = hit->n_frames;

    for (unsigned i = 0; i < hit->n_frames; i++) {
        if (hit->frames[i] == frame) {
            return;
        }
    }
    if (frame == 0 || place == ANOMALY_MAX_FRAMES) {
        return;
    }
    for (; place > 0 && hit->frames[place - 1] > frame; place--) {
        hit->frames[place] = hit->frames[place - 1];
    }
    hit->frames[place] = frame;
    hit->n_frames++;
}

void anomaly_censor(struct anomaly *hit)
{
    hit->censored = true;
    hit->severity = ANOMALY_INFO;
}

void anomaly_limit_value(GString *out, const struct anomaly_limit *limit, int64_t value)
{
    const double shown = limit->unit == ANOMALY_SECONDS ? (double)value / 1e9 : (double)value;
    char number[G_ASCII_DTOSTR_BUF_SIZE];

    g_string_append(out, g_ascii_formatd(number, sizeof number, "%.10g", shown));
}

void anomaly_limit_bounds(GString *out, const struct anomaly_limit *limit)
{
    anomaly_limit_value(out, limit, limit->least);
    g_string_append(out, " to ");
    anomaly_limit_value(out, limit, limit->most);
}

void anomaly_limit_text(GString *out, const struct anomaly_limit *limit)
{
    static const char *const units[] = {"", " s", " %"};

    anomaly_limit_value(out, limit, limit->value);
    g_string_append_printf(out, "%s (", units[limit->unit]);
    anomaly_limit_bounds(out, limit);
    g_string_append_printf(out, "): %s", limit->meaning);
}
