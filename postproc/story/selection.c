/* selection.c - applies what the user wants to connections; see selection.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "selection.h"

#include <string.h>

/* What the connections of one story are compared with. */
struct applying {
    const struct selection *selection;
    int64_t since_ns, until_ns;
    GArray *scratch; /* of struct story_interval */
};

/* ---- values ---- */

static void add(GArray **list, gconstpointer value, guint size)
{
    if (*list == NULL) {
        *list = g_array_new(FALSE, FALSE, size);
    }
    g_array_append_vals(*list, value, 1);
}

void selection_add_ports(struct selection_values *values, uint32_t first, uint32_t last)
{
    const struct selection_span span = {first, last};

    add(&values->ports, &span, sizeof span);
}

void selection_add_streams(struct selection_values *values, uint32_t first, uint32_t last)
{
    const struct selection_span span = {first, last};

    add(&values->streams, &span, sizeof span);
}

void selection_add_net(struct selection_values *values, const struct selection_net *net)
{
    add(&values->nets, net, sizeof *net);
}

void selection_add_name(struct selection_values *values, const char *name)
{
    if (values->names == NULL) {
        values->names = g_ptr_array_new_with_free_func(g_free);
    }
    g_ptr_array_add(values->names, g_strdup(name));
}

static void anonymize_values(struct selection_values *values, const struct anonymizer *anonymizer)
{
    for (guint i = 0; values->nets != NULL && i < values->nets->len; i++) {
        struct selection_net *net = &g_array_index(values->nets, struct selection_net, i);
        anonymizer_map(anonymizer, net->address, net->len);
    }
}

void selection_anonymize(struct selection *selection, const struct anonymizer *anonymizer)
{
    anonymize_values(&selection->wanted, anonymizer);
    anonymize_values(&selection->unwanted, anonymizer);
}

static void clear_values(struct selection_values *values)
{
    g_clear_pointer(&values->ports, g_array_unref);
    g_clear_pointer(&values->streams, g_array_unref);
    g_clear_pointer(&values->nets, g_array_unref);
    g_clear_pointer(&values->names, g_ptr_array_unref);
}

void selection_clear(struct selection *selection)
{
    clear_values(&selection->wanted);
    clear_values(&selection->unwanted);
}

/* ---- what a value says of a connection ---- */

static bool has_number(const GArray *spans, uint32_t number)
{
    for (guint i = 0; i < spans->len; i++) {
        const struct selection_span *span = &g_array_index(spans, struct selection_span, i);
        if (number >= span->first && number <= span->last) {
            return true;
        }
    }
    return false;
}

static bool has_port(const GArray *ports, const struct tsm_tuple *tuple)
{
    return has_number(ports, tuple->sport) || has_number(ports, tuple->dport);
}

static bool is_in_net(const struct selection_net *net, const uint8_t *address, unsigned len)
{
    const unsigned whole = net->bits / 8;
    const unsigned rest = net->bits % 8;

    return len == net->len && memcmp(address, net->address, whole) == 0 &&
           (rest == 0 || (address[whole] ^ net->address[whole]) >> (8 - rest) == 0);
}

static bool has_name(const GPtrArray *names, const struct story *story, const uint8_t *address,
                     unsigned len)
{
    for (guint i = 0; i < story->named->len; i++) {
        const struct story_name *named = &g_array_index(story->named, struct story_name, i);
        if (len == named->len && memcmp(address, named->address, len) == 0 &&
            g_ptr_array_find((GPtrArray *)names, named->name, NULL)) {
            return true;
        }
    }
    return false;
}

/* Whether the address is one of those that were named. */
static bool has_host(const struct selection_values *values, const struct story *story,
                     const struct tsm_tuple *tuple, enum tsm_side side)
{
    const uint8_t *address = side == TSM_CLIENT ? tuple->src : tuple->dst;

    for (guint i = 0; values->nets != NULL && i < values->nets->len; i++) {
        if (is_in_net(&g_array_index(values->nets, struct selection_net, i), address,
                      tuple->addr_len)) {
            return true;
        }
    }
    return values->names != NULL && has_name(values->names, story, address, tuple->addr_len);
}

static bool names_hosts(const struct selection_values *values)
{
    return values->nets != NULL || values->names != NULL;
}

bool selection_has_local(const struct selection *selection, const struct story *story,
                         const struct tsm_tuple *tuple, enum tsm_side side)
{
    return (!names_hosts(&selection->wanted) || has_host(&selection->wanted, story, tuple, side)) &&
           !has_host(&selection->unwanted, story, tuple, side);
}

static bool has_either_host(const struct selection_values *values, const struct story *story,
                            const struct tsm_tuple *tuple)
{
    return has_host(values, story, tuple, TSM_CLIENT) || has_host(values, story, tuple, TSM_SERVER);
}

static bool has_wanted_hosts(const struct selection *selection, const struct story *story,
                             const struct tsm_tuple *tuple)
{
    return (!names_hosts(&selection->wanted) ||
            has_either_host(&selection->wanted, story, tuple)) &&
           !has_either_host(&selection->unwanted, story, tuple);
}

/* Ports, and the stream. */
static bool has_wanted_numbers(const struct selection *selection, const struct story *story,
                               const struct tsm_tuple *tuple, uint32_t stream)
{
    const struct selection_values *wanted = &selection->wanted;
    const struct selection_values *unwanted = &selection->unwanted;

    return (wanted->ports == NULL || has_port(wanted->ports, tuple)) &&
           (unwanted->ports == NULL || !has_port(unwanted->ports, tuple)) &&
           (wanted->streams == NULL || has_number(wanted->streams, stream)) &&
           (unwanted->streams == NULL || !has_number(unwanted->streams, stream)) &&
           (story->wants->filtered == NULL ||
            g_hash_table_contains(story->wants->filtered, GUINT_TO_POINTER(stream)));
}

bool selection_has_state(const struct selection *selection, enum tsm_state state)
{
    const uint32_t bit = UINT32_C(1) << state;

    return (selection->wanted.states == 0 || (selection->wanted.states & bit) != 0) &&
           (selection->unwanted.states & bit) == 0;
}

static bool has_wanted_states(const struct selection *selection, const struct story *story,
                              const struct story_connection *connection)
{
    uint32_t states = 0;

    if ((selection->wanted.states | selection->unwanted.states) == 0) {
        return true;
    }
    for (unsigned side = 0; side < 2; side++) {
        const struct story_interval *last = story_last(story, connection, (enum tsm_side)side);
        states |= last != NULL ? UINT32_C(1) << last->state : 0;
    }
    return (selection->wanted.states == 0 || (selection->wanted.states & states) != 0) &&
           (selection->unwanted.states & states) == 0;
}

static bool names_outcomes(const struct selection_values *values)
{
    return (values->openings | values->endings) != 0;
}

static bool has_wanted_outcome(const struct applying *applying, const struct story *story,
                               const struct story_connection *connection)
{
    const struct selection_values *wanted = &applying->selection->wanted;
    const struct selection_values *unwanted = &applying->selection->unwanted;
    struct outcome_facts facts;

    if (!names_outcomes(wanted) && !names_outcomes(unwanted)) {
        return true;
    }
    outcome_facts(story, connection, applying->scratch, &facts);
    const enum outcome_opening opening = outcome_opening(&facts);
    const uint32_t opened = UINT32_C(1) << opening;
    const uint32_t ended = UINT32_C(1) << outcome_ending(&facts, opening);
    return (!names_outcomes(wanted) || (wanted->openings & opened) != 0 ||
            (wanted->endings & ended) != 0) &&
           (unwanted->openings & opened) == 0 && (unwanted->endings & ended) == 0;
}

static bool is_wanted(const struct story *story, const struct story_connection *connection,
                      void *data)
{
    const struct applying *applying = data;
    const struct selection *selection = applying->selection;
    const struct tsm_tuple *tuple = &connection->tuple;

    return has_wanted_numbers(selection, story, tuple, connection->stream) &&
           has_wanted_hosts(selection, story, tuple) &&
           (selection->any_time || (connection->end_ns >= applying->since_ns &&
                                    connection->start_ns <= applying->until_ns)) &&
           has_wanted_states(selection, story, connection) &&
           has_wanted_outcome(applying, story, connection);
}

/* ---- before reading ---- */

/* What can be said when a connection begins. */
static bool may_be_wanted(const void *data, const struct story *story,
                          const struct tsm_tuple *tuple, uint32_t stream)
{
    const struct selection *selection = data;

    return has_wanted_numbers(selection, story, tuple, stream) &&
           (selection->wanted.names != NULL || selection->unwanted.names != NULL ||
            has_wanted_hosts(selection, story, tuple));
}

static bool is_late(const struct selection_values *values)
{
    return values->names != NULL || values->states != 0 || names_outcomes(values);
}

bool selection_is_early(const struct selection *selection)
{
    return !is_late(&selection->wanted) && !is_late(&selection->unwanted) &&
           (selection->any_time || (!selection->by_since && !selection->by_until));
}

void selection_prepare(const struct selection *selection, struct story_wants *wants)
{
    story_want_frame(wants, selection->since.frame);
    story_want_frame(wants, selection->until.frame);
    wants->names[0] = selection->wanted.names;
    wants->names[1] = selection->unwanted.names;
    wants->chooser = (struct story_chooser){may_be_wanted, selection};
}

/* ---- afterwards ---- */

bool selection_matches(const struct selection *selection, const struct story *story,
                       const struct story_connection *connection)
{
    g_autoptr(GArray) scratch = g_array_new(FALSE, FALSE, sizeof(struct story_interval));
    struct applying applying = {selection, INT64_MIN, INT64_MAX, scratch};

    return is_wanted(story, connection, &applying);
}

static void warn_of_unknown_names(struct story *story)
{
    const char *name;

    for (guint i = 0; (name = story_wanted_name(story, i)) != NULL; i++) {
        bool known = false;
        for (guint k = 0; k < story->named->len && !known; k++) {
            known = g_array_index(story->named, struct story_name, k).name == name;
        }
        if (!known) {
            g_ptr_array_add(story->warnings,
                            g_strdup_printf("it tells of no address with the name '%s'", name));
        }
    }
}

bool selection_apply(const struct selection *selection, struct story *story, GError **error)
{
    g_autoptr(GArray) scratch = g_array_new(FALSE, FALSE, sizeof(struct story_interval));
    struct applying applying = {selection, INT64_MIN, INT64_MAX, scratch};

    if ((selection->by_since &&
         !time_arg_in(&selection->since, story, &applying.since_ns, error)) ||
        (selection->by_until &&
         !time_arg_in(&selection->until, story, &applying.until_ns, error))) {
        return false;
    }
    warn_of_unknown_names(story);
    story_filter(story, is_wanted, &applying);
    return true;
}
