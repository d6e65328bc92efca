/* story_anomaly_test.c - the table of rules, thresholds (thresholds.c), and hits as words
 * (anomaly_text.c). What each rule finds: tests/scenarios/anomaly.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "anomaly_text.h"
#include "errors.h"
#include "rules.h"
#include "thresholds.h"

#include <string.h>

/* ---- the table ---- */

static void test_rules_are_whole(void)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < rules_count(); i++) {
        const struct anomaly_rule *rule = rules_at(i);
        g_test_message("%s", rule->id);
        g_assert_true(g_hash_table_add(seen, (gpointer)rule->id));
        g_assert_true(g_hash_table_add(seen, (gpointer)rule->name));
        g_assert_true((rule->judge == NULL) != (rule->survey == NULL));
        g_assert_nonnull(rule->title);
        g_assert_nonnull(rule->meaning);
        g_assert_nonnull(rule->text);
        g_assert_nonnull(rule->causes[0]);
        g_assert_nonnull(rule->checks[0]);
        g_assert_true(rule->gate == 0 || (rule->gate & (rule->gate - 1)) == 0);
    }
}

/* Every place in the words of the table is known: filled in without a hit, no brace is left. */
static void check_words(const struct anomaly_rule *rule, const char *words)
{
    g_autoptr(GString) text = g_string_new(NULL);

    anomaly_text_fill(text, words, NULL, NULL);
    g_test_message("%s: %s", rule->id, text->str);
    g_assert_null(strpbrk(text->str, "{}"));
}

static void test_rules_have_known_places(void)
{
    for (guint i = 0; i < rules_count(); i++) {
        const struct anomaly_rule *rule = rules_at(i);
        check_words(rule, rule->text);
        for (gsize k = 0; rule->causes[k] != NULL; k++) {
            check_words(rule, rule->causes[k]);
        }
        for (gsize k = 0; rule->checks[k] != NULL; k++) {
            check_words(rule, rule->checks[k]);
        }
    }
}

static void test_rules_find(void)
{
    g_autoptr(GError) error = NULL;
    guint by_id, by_name;

    g_assert_true(rules_find("a01", &by_id, &error));
    g_assert_true(rules_find("syn_unanswered", &by_name, &error));
    g_assert_cmpuint(by_id, ==, by_name);
    g_assert_false(rules_find("syn_unanswerd", &by_id, &error));
    g_assert_error(error, TCPSTORY_ERROR, EXIT_USAGE);
    g_assert_nonnull(strstr(error->message, "did you mean 'syn_unanswered'?"));
}

/* ---- thresholds ---- */

static int64_t a01_silence(const Thresholds *settings)
{
    guint number;

    g_assert_true(rules_find("A01", &number, NULL));
    return thresholds_of(settings, number)[0];
}

static void test_settings_set(void)
{
    static const struct {
        const char *text;
        int64_t ns;
        const char *message; /* part of it; NULL = is accepted */
    } rows[] = {
        {"A01.silence=5", ANOMALY_NS(5), NULL},
        {"syn_unanswered.silence=0.25", ANOMALY_NS(0.25), NULL},
        {" a01 . silence = 7 ", ANOMALY_NS(7), NULL},
        {"A01.silence=-1", 0,
         "threshold A01.silence: '-1' is not a number of seconds from 0 to 1000000000"},
        {"A01.silence=nan", 0, "is not a number of seconds"},
        {"A01.silence=1e30", 0, "is not a number of seconds"},
        {"A01.silence=", 0, "'' is not a number of seconds"},
        {"A01.silense=1", 0, "no threshold 'silense'; it has: silence"},
        {"A01", 0, "--set wants RULE.THRESHOLD=VALUE"},
        {"A99.silence=1", 0, "there is no anomaly 'A99'"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Thresholds) settings = thresholds_new();
        g_autoptr(GError) error = NULL;
        const bool ok = thresholds_set(settings, rows[i].text, &error);
        g_test_message("%s: %s", rows[i].text, ok ? "ok" : error->message);
        g_assert_true(ok == (rows[i].message == NULL));
        g_assert_cmpint(a01_silence(settings), ==, ok ? rows[i].ns : ANOMALY_NS(3));
        if (!ok) {
            g_assert_error(error, TCPSTORY_ERROR, EXIT_USAGE);
            g_assert_nonnull(strstr(error->message, rows[i].message));
        }
    }
}

/* Whether --set takes the value of the limit; a refusal names the bounds. */
static bool is_accepted(const struct anomaly_rule *rule, const struct anomaly_limit *limit,
                        int64_t value)
{
    g_autoptr(Thresholds) settings = thresholds_new();
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GString) bounds = g_string_new(NULL);
    g_autoptr(GError) error = NULL;

    g_string_printf(text, "%s.%s=", rule->id, limit->name);
    anomaly_limit_value(text, limit, value);
    anomaly_limit_bounds(bounds, limit);
    if (thresholds_set(settings, text->str, &error)) {
        return true;
    }
    g_test_message("%s: %s", text->str, error->message);
    g_assert_error(error, TCPSTORY_ERROR, EXIT_USAGE);
    g_assert_nonnull(strstr(error->message, bounds->str));
    return false;
}

static void check_bounds(const struct anomaly_rule *rule, const struct anomaly_limit *limit)
{
    const int64_t step = limit->unit == ANOMALY_SECONDS ? ANOMALY_NS(1) : 1;

    g_test_message("%s.%s", rule->id, limit->name);
    g_assert_cmpint(limit->least, >=, 0);
    g_assert_cmpint(limit->most, <=,
                    limit->unit == ANOMALY_SECONDS ? ANOMALY_LONGEST : G_MAXUINT32);
    g_assert_cmpint(limit->value, >=, limit->least);
    g_assert_cmpint(limit->value, <=, limit->most);
    g_assert_true(is_accepted(rule, limit, limit->value));
    g_assert_true(is_accepted(rule, limit, limit->least));
    g_assert_true(is_accepted(rule, limit, limit->most));
    g_assert_true(is_accepted(rule, limit, limit->least + step));
    g_assert_true(is_accepted(rule, limit, limit->most - step));
    g_assert_false(is_accepted(rule, limit, limit->least - step));
    g_assert_false(is_accepted(rule, limit, limit->most + step));
    g_assert_false(is_accepted(rule, limit, G_MAXINT64));
    g_assert_true(is_accepted(rule, limit, 0) == (limit->least == 0));
}

static void test_settings_bounds(void)
{
    for (guint i = 0; i < rules_count(); i++) {
        const struct anomaly_rule *rule = rules_at(i);
        for (guint k = 0; k < ANOMALY_MAX_LIMITS && rule->limits[k].name != NULL; k++) {
            check_bounds(rule, &rule->limits[k]);
        }
    }
}

static void test_settings_parts(void)
{
    g_autoptr(Thresholds) settings = thresholds_new();
    g_autoptr(GError) error = NULL;

    g_assert_true(thresholds_assign(settings, "syn_unanswered", "silence", "9", &error));
    g_assert_cmpint(a01_silence(settings), ==, ANOMALY_NS(9));
    g_assert_false(thresholds_assign(settings, "A01", "silence", "long", &error));
    g_assert_error(error, TCPSTORY_ERROR, EXIT_USAGE);
    g_assert_nonnull(strstr(error->message, "'long' is not a number of seconds"));
}

/* ---- words ---- */

static struct story *one_connection(void)
{
    struct story *story = story_new("x", NULL);
    const struct tsm_record record = {
        .type = TSM_RECORD_START,
        .u.start = {.stream = 0,
                    .frame = 1,
                    .previous_stream = TSM_NO_STREAM,
                    .tuple = {.src = {10, 9, 0, 1},
                              .dst = {10, 9, 0, 2},
                              .sport = 40000,
                              .dport = 80,
                              .addr_len = 4}},
    };

    g_assert_true(story_add(story, &record, NULL));
    return story;
}

static const struct anomaly_rule some_rule = {.id = "X", .filter = "tcp.flags.syn == 1"};

static struct anomaly some_hit(const struct story *story, unsigned scope)
{
    return (struct anomaly){
        .rule = &some_rule,
        .tuple = story_connection(story, 0)->tuple,
        .scope = (uint8_t)scope,
        .members = 2,
        .figure = {1, ANOMALY_NS(1.5), 2000, TSM_CLOSE_WAIT, 30},
    };
}

static void test_text_fill(void)
{
    static const struct {
        const char *sentence, *filled, *general;
    } rows[] = {
        {"{n0:SYN:SYNs} in {d1}", "1 SYN in 1.5 s", "N SYNs in N"},
        {"{b2}, {s3}, {p4}", "2 kB, CLOSE_WAIT, 30 %", "N, N, N"},
        {"{client} to {server.host} port {server.port}", "10.9.0.1:40000 to 10.9.0.2 port 80",
         "CLIENT:PORT to SERVER port PORT"},
        {"{members:end:ends} of {stream}", "2 ends of 0", "N ends of N"},
        {"{print $1} {n9} {", "{print $1} {n9} {", "{print $1} {n9} {"},
    };
    g_autoptr(Story) story = one_connection();
    const struct anomaly hit = some_hit(story, TUPLE_CONNECTION);

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GString) filled = g_string_new(NULL);
        g_autoptr(GString) general = g_string_new(NULL);
        anomaly_text_fill(filled, rows[i].sentence, &hit, story);
        anomaly_text_fill(general, rows[i].sentence, NULL, NULL);
        g_assert_cmpstr(filled->str, ==, rows[i].filled);
        g_assert_cmpstr(general->str, ==, rows[i].general);
    }
}

static void test_text_scope(void)
{
    static const struct {
        unsigned scope;
        const char *subject, *filter;
    } rows[] = {
        {TUPLE_CONNECTION, "10.9.0.1:40000 -> 10.9.0.2:80",
         "tcp.stream == 0 && (tcp.flags.syn == 1)"},
        {TUPLE_LISTENER, "* -> 10.9.0.2:80",
         "ip.addr == 10.9.0.2 && tcp.port == 80 && (tcp.flags.syn == 1)"},
        {TUPLE_HOSTS, "10.9.0.1 -> 10.9.0.2",
         "ip.addr == 10.9.0.1 && ip.addr == 10.9.0.2 && (tcp.flags.syn == 1)"},
        {TUPLE_CLIENT_HOST | TUPLE_SERVER_PORT, "10.9.0.1 -> *:80",
         "ip.addr == 10.9.0.1 && tcp.port == 80 && (tcp.flags.syn == 1)"},
        {TUPLE_ANY, "the capture", "tcp.flags.syn == 1"},
    };
    g_autoptr(Story) story = one_connection();

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct anomaly hit = some_hit(story, rows[i].scope);
        g_autoptr(GString) subject = g_string_new(NULL);
        g_autoptr(GString) filter = g_string_new(NULL);
        anomaly_text_subject(subject, &hit);
        anomaly_text_filter(filter, &hit, story);
        g_assert_cmpstr(subject->str, ==, rows[i].subject);
        g_assert_cmpstr(filter->str, ==, rows[i].filter);
    }
}

static void test_evidence(void)
{
    struct anomaly hit = {0};

    anomaly_evidence(&hit, 7);
    anomaly_evidence(&hit, 0);
    anomaly_evidence(&hit, 3);
    anomaly_evidence(&hit, 7);
    for (uint32_t frame = 20; frame < 40; frame++) {
        anomaly_evidence(&hit, frame);
    }
    g_assert_cmpuint(hit.n_frames, ==, ANOMALY_MAX_FRAMES);
    g_assert_cmpuint(hit.frames[0], ==, 3);
    g_assert_cmpuint(hit.frames[1], ==, 7);
    g_assert_cmpuint(hit.frames[2], ==, 20);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rules/whole", test_rules_are_whole);
    g_test_add_func("/rules/places", test_rules_have_known_places);
    g_test_add_func("/rules/find", test_rules_find);
    g_test_add_func("/settings/set", test_settings_set);
    g_test_add_func("/settings/bounds", test_settings_bounds);
    g_test_add_func("/settings/parts", test_settings_parts);
    g_test_add_func("/text/fill", test_text_fill);
    g_test_add_func("/text/scope", test_text_scope);
    g_test_add_func("/text/evidence", test_evidence);
    return g_test_run();
}
