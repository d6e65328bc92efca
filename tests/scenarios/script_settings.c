/* script_settings.c - the lines of a scenario without a time: what holds for the whole of it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "reader.h"

#include <string.h>

#include "words.h"

#define MAX_WORDS 16 /* behind a setting's name */

static bool setting_host(struct reader *r, char **words, GError **error)
{
    if (words[1] == NULL || !host_put(r->script, words[0], words[1])) {
        return not_understood(error, words[0], "host NAME ADDRESS");
    }
    return true;
}

static bool setting_ipv6(struct reader *r, char **words, GError **error)
{
    (void)words;
    (void)error;
    return host_put(r->script, "C", "2001:db8::1") && host_put(r->script, "S", "2001:db8::2");
}

static bool setting_isn(struct reader *r, char **words, GError **error)
{
    struct end end;
    int64_t isn;

    if (words[0] == NULL || words[1] == NULL || !number_parse(words[1], 0, UINT32_MAX, &isn)) {
        return not_understood(error, words[0], "isn END NUMBER");
    }
    if (!end_parse(r->script, words[0], &end, error)) {
        return false;
    }
    end_set_isn(r, &end, (uint32_t)isn);
    return true;
}

static bool setting_timestamps(struct reader *r, char **words, GError **error)
{
    (void)words;
    (void)error;
    r->timestamps = true;
    return true;
}

static bool setting_vantage(struct reader *r, char **words, GError **error)
{
    static const char *const names[] = {"unknown", "client", "server", "middle", NULL};

    if (words[0] == NULL || !g_strv_contains(names, words[0])) {
        return not_understood(error, words[0], "vantage unknown, client, server or middle");
    }
    for (uint8_t i = 0; names[i] != NULL; i++) {
        if (strcmp(names[i], words[0]) == 0) {
            r->script->model.vantage = i;
        }
    }
    return true;
}

/* model time_wait 60: the members of struct tsm_model. */
static bool setting_model(struct reader *r, char **words, GError **error)
{
    struct tsm_model *model = &r->script->model;
    const char *name = words[0];
    int64_t value;

    if (name == NULL || words[1] == NULL || !time_parse(words[1], &value)) {
        return not_understood(error, name, "model NAME NUMBER");
    }
    if (strcmp(name, "time_wait") == 0) {
        model->time_wait_ns = value;
    } else if (strcmp(name, "fin_wait_2") == 0) {
        model->fin_wait_2_ns = value;
    } else if (strcmp(name, "first_rto") == 0) {
        model->first_rto_ns = value;
    } else if (strcmp(name, "linear_syns") == 0) {
        model->linear_syns = (uint8_t)(value / NS_PER_S);
    } else {
        return not_understood(error, name, "time_wait, fin_wait_2, first_rto or linear_syns");
    }
    return true;
}

/* anomaly A01 A12: what tcpstory's rules find in the whole of it. */
static bool setting_anomaly(struct reader *r, char **words, GError **error)
{
    g_free(r->script->anomalies);
    r->script->anomalies = g_strjoinv(" ", words);
    return words[0] != NULL || not_understood(error, "", "anomaly none, or ids such as A01");
}

/* says A47 greater than the old ones: words of a hit. */
static bool setting_says(struct reader *r, char **words, GError **error)
{
    struct saying *saying;

    if (words[0] == NULL || words[1] == NULL) {
        return not_understood(error, words[0], "says ID WORDS");
    }
    saying = g_new(struct saying, 1);
    saying->rule = g_strdup(words[0]);
    saying->words = g_strjoinv(" ", words + 1);
    g_ptr_array_add(r->script->sayings, saying);
    return true;
}

/* set A09.sources=5: a threshold of a rule. */
static bool setting_set(struct reader *r, char **words, GError **error)
{
    return thresholds_set(r->script->settings, words[0] != NULL ? words[0] : "", error);
}

// clang-format off
static const struct {
    const char *name;
    bool (*read)(struct reader *r, char **words, GError **error); /* the words behind the name */
} settings[] = {
    {"host",       setting_host},       /* host A 192.0.2.7 */
    {"ipv6",       setting_ipv6},       /* C and S have IPv6 addresses */
    {"isn",        setting_isn},        /* isn C 4294967290 */
    {"timestamps", setting_timestamps}, /* all segments from here on carry the option */
    {"vantage",    setting_vantage},    /* vantage client */
    {"model",      setting_model},      /* model time_wait 60 */
    {"anomaly",    setting_anomaly},    /* anomaly A01 A12, anomaly none */
    {"says",       setting_says},       /* says A47 by the time stamp */
    {"set",        setting_set},        /* set A09.sources=5 */
};
// clang-format on

bool setting_read(struct reader *r, const char *word, char *rest, bool *found, GError **error)
{
    char *words[MAX_WORDS + 1] = {NULL};
    bool good = true;

    for (size_t i = 0; i < MAX_WORDS; i++) {
        words[i] = next_word(&rest);
    }
    *found = false;
    for (size_t i = 0; i < G_N_ELEMENTS(settings) && !*found; i++) {
        if (strcmp(settings[i].name, word) == 0) {
            *found = true;
            good = settings[i].read(r, words, error);
        }
    }
    for (size_t i = 0; i < MAX_WORDS; i++) {
        g_free(words[i]);
    }
    return good;
}
