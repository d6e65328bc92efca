/* expect.c - the right side of a line: states, events and notes, read and compared.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "expect.h"

#include <string.h>

#include "facts.h"
#include "words.h"

static const char *const note_names[TSM_N_NOTES] = {
#define X(name, field, severity, text) field,
    TSM_NOTE_LIST(X)
#undef X
};

/* Names with spaces are written with hyphens: duplicate-ack. */
static char *action_text(unsigned action)
{
    return g_strdelimit(g_strdup(tsm_action_name((enum tsm_action)action)), " ", '-');
}

static int action_named(const char *name)
{
    for (int action = 0; action < TSM_N_ACTIONS; action++) {
        g_autofree char *text = action_text((unsigned)action);
        if (strcmp(text, name) == 0) {
            return action;
        }
    }
    return -1;
}

/* The note of that name as a bit, 0 when there is none. Hyphens may stand for underscores. */
static uint32_t note_named(const char *name)
{
    g_autofree char *field = g_strdelimit(g_strdup(name), "-", '_');

    for (unsigned bit = 0; bit < TSM_N_NOTES; bit++) {
        if (strcmp(note_names[bit], field) == 0) {
            return 1u << bit;
        }
    }
    return 0;
}

/* Reads the {A,B} or {A,..} of a state. */
static bool parse_set(struct expected_state *expected, const char *text, GError **error)
{
    const size_t n = strlen(text);

    if (n < 3 || text[n - 1] != '}') {
        return not_understood(error, text,
                              "a set of states, as {SYN_RCVD,ESTABLISHED}, without spaces");
    }
    g_autofree char *inside = g_strndup(text + 1, n - 2);
    g_auto(GStrv) names = g_strsplit(inside, ",", -1);
    for (unsigned i = 0; names[i] != NULL; i++) {
        enum tsm_state state;
        if (strcmp(names[i], "..") == 0) {
            expected->or_more = true;
        } else if (tsm_state_parse(names[i], &state)) {
            expected->possible |= tsm_only(state);
        } else {
            return not_understood(error, names[i], "a state");
        }
    }
    if (!expected->or_more && !expected->any_state &&
        !tsm_contains(expected->possible, expected->state)) {
        return not_understood(error, text, "a set that contains the state before it");
    }
    return true;
}

/* Reads the mark of a basis; *rest is what follows it. */
static bool parse_basis(struct expected_state *expected, const char *text, const char **rest,
                        GError **error)
{
    *rest = text + 1;
    if (*text == '?') {
        expected->basis_check = BASIS_NOT_PROVEN;
    } else if (*text == '*') {
        expected->basis_check = BASIS_ANY;
    } else if (*text == '(') {
        const size_t n = strcspn(text + 1, ")");
        g_autofree char *name = g_strndup(text + 1, n);
        if (text[n + 1] != ')' || !tsm_basis_parse(name, &expected->basis)) {
            return not_understood(error, text,
                                  "a basis: (proven), (presumed), (timed) or (assumed)");
        }
        expected->basis_check = BASIS_EXACT;
        *rest = text + n + 2;
    } else {
        expected->basis_check = expected->any_state ? BASIS_ANY : BASIS_PROVEN;
        *rest = text;
    }
    return true;
}

bool expected_state_parse(struct expected_state *expected, const char *word, GError **error)
{
    const size_t n = strcspn(word, "?*({");
    g_autofree char *name = g_strndup(word, n);
    const char *rest;

    *expected = (struct expected_state){.any_state = strcmp(name, "-") == 0};
    if (!expected->any_state && !tsm_state_parse(name, &expected->state)) {
        return not_understood(error, word, "a state, or - for any");
    }
    if (!parse_basis(expected, word + n, &rest, error)) {
        return false;
    }
    if (*rest == '{' && !parse_set(expected, rest, error)) {
        return false;
    }
    if (*rest != '\0' && *rest != '{') {
        return not_understood(error, word,
                              "nothing, or a set {...}, after the state and its basis");
    }
    expected->text = g_strdup(word);
    return true;
}

void expected_state_clear(struct expected_state *expected)
{
    g_clear_pointer(&expected->text, g_free);
}

bool expected_state_holds(const struct expected_state *expected, const struct tsm_belief *belief)
{
    const bool bases[] = {
        [BASIS_PROVEN] = belief->basis == TSM_PROVEN,
        [BASIS_NOT_PROVEN] = belief->basis != TSM_PROVEN,
        [BASIS_ANY] = true,
        [BASIS_EXACT] = belief->basis == expected->basis,
    };
    const tsm_state_set seen =
        expected->or_more ? belief->possible & expected->possible : belief->possible;

    return (expected->any_state || belief->state == expected->state) &&
           bases[expected->basis_check] && (expected->possible == 0 || seen == expected->possible);
}

static void add_fact(struct expectation *e, const struct fact *fact, const char *value)
{
    const struct expected_fact expected = {fact, g_strdup(value)};

    g_array_append_val(e->facts, expected);
}

/* Reads one word behind the states; a fact takes its value from the next word. */
static bool parse_word(struct expectation *e, const char *word, char **next, GError **error)
{
    const struct fact *fact = fact_named(word);

    if (fact != NULL) {
        g_autofree char *value = next_word(next);
        if (value == NULL) {
            return not_understood(error, word, "a value after it");
        }
        add_fact(e, fact, value);
        return true;
    }
    if (strcmp(word, "no-step") == 0) {
        add_fact(e, fact_named("open"), "-");
        add_fact(e, fact_named("close"), "-");
        return true;
    }
    if (strcmp(word, "no-notes") == 0) {
        e->without = (1u << TSM_N_NOTES) - 1;
        return true;
    }
    if ((word[0] == '+' || word[0] == '-') && note_named(word + 1) != 0) {
        *(word[0] == '+' ? &e->with : &e->without) |= note_named(word + 1);
        return true;
    }
    e->action = action_named(word);
    return e->action >= 0 ||
           not_understood(
               error, word,
               "an event, a fact with its value, +note or -note (docs/develop/scenarios.md)");
}

struct expectation *expectation_parse(const char *text, GError **error)
{
    struct expectation *e = g_new0(struct expectation, 1);
    g_autofree char *copy = g_strdup(text);
    char *rest = copy;
    bool good = true;
    char *word;

    e->action = -1;
    e->facts = g_array_new(FALSE, FALSE, sizeof(struct expected_fact));
    for (unsigned n = 0; good && (word = next_word(&rest)) != NULL; n++) {
        good = n < 2 ? expected_state_parse(&e->state[n], word, error)
                     : parse_word(e, word, &rest, error);
        g_free(word);
    }
    if (good) {
        return e;
    }
    expectation_free(e);
    return NULL;
}

void expectation_free(struct expectation *e)
{
    if (e == NULL) {
        return;
    }
    expected_state_clear(&e->state[0]);
    expected_state_clear(&e->state[1]);
    for (guint i = 0; i < e->facts->len; i++) {
        g_free(g_array_index(e->facts, struct expected_fact, i).value);
    }
    g_array_free(e->facts, TRUE);
    g_free(e);
}

static void fault(GPtrArray *faults, const char *what, const char *expected, const char *got)
{
    g_ptr_array_add(faults, g_strdup_printf("%s: expected %s, got %s", what, expected, got));
}

static void compare_notes(const struct expectation *e, uint32_t notes, GPtrArray *faults)
{
    for (unsigned bit = 0; bit < TSM_N_NOTES; bit++) {
        const bool there = (notes & 1u << bit) != 0;
        if ((e->with & 1u << bit) != 0 && !there) {
            fault(faults, "note", note_names[bit], "none");
        }
        if ((e->without & 1u << bit) != 0 && (e->with & 1u << bit) == 0 && there) {
            fault(faults, "note", "none", note_names[bit]);
        }
    }
}

void expectation_compare(const struct expectation *e, const struct answer *answer,
                         GPtrArray *faults)
{
    for (unsigned column = 0; column < 2; column++) {
        if (e->state[column].text != NULL &&
            !expected_state_holds(&e->state[column], &answer->belief[column])) {
            g_autofree char *got = belief_text(&answer->belief[column]);
            fault(faults, answer->name[column], e->state[column].text, got);
        }
    }
    if (e->action >= 0 && e->action != answer->verdict->action) {
        g_autofree char *expected = action_text((unsigned)e->action);
        g_autofree char *got = action_text(answer->verdict->action);
        fault(faults, "event", expected, got);
    }
    for (guint i = 0; i < e->facts->len; i++) {
        const struct expected_fact *expected = &g_array_index(e->facts, struct expected_fact, i);
        g_autofree char *got = expected->fact->text(answer);
        if (strcmp(got, expected->value) != 0) {
            fault(faults, expected->fact->name, expected->value, got);
        }
    }
    compare_notes(e, answer->verdict->notes, faults);
}

char *belief_text(const struct tsm_belief *belief)
{
    const enum tsm_state state = (enum tsm_state)belief->state;
    const bool proven = belief->basis == TSM_PROVEN;
    GString *text = g_string_new(tsm_state_name(state));
    char set[TSM_SET_TEXT];

    if (!proven) {
        g_string_append_printf(text, "(%s)", tsm_basis_name((enum tsm_basis)belief->basis));
    }
    if (!proven || belief->possible != tsm_only(state)) {
        g_string_append_printf(text, "{%s}", tsm_set_text(belief->possible, set, sizeof set));
    }
    return g_string_free(text, FALSE);
}

char *answer_text(const struct answer *answer)
{
    GString *text = g_string_new(NULL);

    for (unsigned column = 0; column < 2; column++) {
        g_autofree char *state = belief_text(&answer->belief[column]);
        g_string_append_printf(text, "%s%s", column > 0 ? "  " : "", state);
    }
    g_autofree char *action = action_text(answer->verdict->action);
    g_string_append_printf(text, "  %s", action);
    for (const struct fact *fact = facts; fact->name != NULL; fact++) {
        g_autofree char *value = fact->text(answer);
        if (strcmp(value, "-") != 0 && strcmp(value, "none") != 0) {
            g_string_append_printf(text, "  %s %s", fact->name, value);
        }
    }
    for (unsigned bit = 0; bit < TSM_N_NOTES; bit++) {
        if ((answer->verdict->notes & 1u << bit) != 0) {
            g_string_append_printf(text, "  +%s", note_names[bit]);
        }
    }
    return g_string_free(text, FALSE);
}
