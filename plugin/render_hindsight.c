/* render_hindsight.c - shows what the whole capture says of a frame; see render_hindsight.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "render_hindsight.h"

#include <epan/expert.h>

#include "anomaly_text.h"
#include "capture.h"
#include "generated.h"
#include "hook.h"
#include "rules.h"

/* --- expert items ----------------------------------------------------------------------------- */

/* One for each rule, then for each cause, and severity: in Expert Information things of one kind
 * stand together. Those of one severity have the same filter name. */
static expert_field *items;

static expert_field *item_of(bool incident, guint number, enum anomaly_severity severity)
{
    return &items[((incident ? rules_count() : 0) + number) * N_ANOMALY_SEVERITIES + severity];
}

static void describe(ei_register_info *row, const char *what, const char *id, const char *title,
                     enum anomaly_severity severity)
{
    static const int levels[N_ANOMALY_SEVERITIES] = {PI_NOTE, PI_WARN, PI_ERROR};
    const char *word = anomaly_severity_word(severity);

    row->eiinfo.name = g_strdup_printf("tcpstate.%s.is_%s", what, word);
    row->eiinfo.group = PI_SEQUENCE;
    row->eiinfo.severity = levels[severity];
    row->eiinfo.summary = g_strdup_printf("%s %s", id, title);
    row->eiinfo.hf_info = (hf_register_info){
        NULL,
        {NULL, NULL, FT_NONE, BASE_NONE, NULL, 0,
         g_strdup_printf("The first evidence of an %s of severity %s", what, word), HFILL}};
}

void render_hindsight_register(void)
{
    const guint kinds = rules_count() + causes_count(), n = kinds * N_ANOMALY_SEVERITIES;
    ei_register_info *rows = g_new0(ei_register_info, n);

    items = g_new(expert_field, n);
    for (guint i = 0; i < n; i++) {
        const guint kind = i / N_ANOMALY_SEVERITIES;
        const enum anomaly_severity severity = i % N_ANOMALY_SEVERITIES;

        items[i] = (expert_field)EI_INIT;
        rows[i].ids = &items[i];
        if (kind < rules_count()) {
            const struct anomaly_rule *rule = rules_at(kind);
            describe(&rows[i], "anomaly", rule->id, rule->title, severity);
        } else {
            const struct cause *cause = causes_at(kind - rules_count());
            describe(&rows[i], "incident", cause->id, cause->title, severity);
        }
    }
    expert_register_field_array(expert_register_protocol(proto_tcpstate), rows, (int)n);
}

/* --- states ----------------------------------------------------------------------------------- */

bool hindsight_states(const struct hindsight *hindsight, const packet_info *pinfo,
                      const struct annotation *a, enum tsm_state states[2])
{
    const struct story_connection *connection = story_of_stream(hindsight->story, a->stream);
    const struct story_interval *at[2];

    if (!connection) {
        return false;
    }
    for (enum tsm_side side = TSM_CLIENT; side <= TSM_SERVER; side++) {
        at[side] =
            story_interval_at(hindsight->story, connection, side, hook_time_ns(pinfo), pinfo->num);
    }
    if (!at[TSM_CLIENT] || !at[TSM_SERVER]) {
        return false;
    }
    states[TSM_CLIENT] = (enum tsm_state)at[TSM_CLIENT]->state;
    states[TSM_SERVER] = (enum tsm_state)at[TSM_SERVER]->state;
    return true;
}

static void add_final(const struct hindsight *hindsight, proto_tree *tree, tvbuff_t *tvb,
                      const struct story_connection *connection, enum tsm_side side,
                      enum field field)
{
    const struct story_interval *last = story_last(hindsight->story, connection, side);

    if (last) {
        add_number(tree, tvb, field, last->state);
    }
}

static void add_outcome(const struct hindsight *hindsight, proto_tree *tree, tvbuff_t *tvb,
                        const struct story_connection *connection)
{
    GArray *scratch = g_array_new(FALSE, FALSE, sizeof(struct story_interval));
    struct outcome_facts facts;
    enum outcome_opening opening;
    enum outcome_ending ending;

    outcome_facts(hindsight->story, connection, scratch, &facts);
    g_array_unref(scratch);
    opening = outcome_opening(&facts);
    ending = outcome_ending(&facts, opening);
    add_text(tree, tvb, HF_outcome, outcome_opening_word(opening));
    if (ending != ENDING_NONE) {
        add_text(tree, tvb, HF_outcome, outcome_ending_word(ending));
    }
}

void render_hindsight(const struct hindsight *hindsight, proto_tree *tree, tvbuff_t *tvb,
                      const packet_info *pinfo, const struct annotation *a)
{
    const struct story_connection *connection = story_of_stream(hindsight->story, a->stream);
    enum tsm_state states[2];

    if (!connection) {
        return;
    }
    if (hindsight_states(hindsight, pinfo, a, states)) {
        add_number(tree, tvb, HF_client_hindsight, states[TSM_CLIENT]);
        add_number(tree, tvb, HF_server_hindsight, states[TSM_SERVER]);
    }
    add_final(hindsight, tree, tvb, connection, TSM_CLIENT, HF_client_final);
    add_final(hindsight, tree, tvb, connection, TSM_SERVER, HF_server_final);
    add_outcome(hindsight, tree, tvb, connection);
}

/* --- how many are in a state -------------------------------------------------------------------
 */

static const struct {
    enum field field;
    enum tsm_state state;
} counted[] = {
    {HF_count_syn_sent, TSM_SYN_SENT},       {HF_count_syn_rcvd, TSM_SYN_RCVD},
    {HF_count_established, TSM_ESTABLISHED}, {HF_count_fin_wait_1, TSM_FIN_WAIT_1},
    {HF_count_fin_wait_2, TSM_FIN_WAIT_2},   {HF_count_close_wait, TSM_CLOSE_WAIT},
    {HF_count_closing, TSM_CLOSING},         {HF_count_last_ack, TSM_LAST_ACK},
    {HF_count_time_wait, TSM_TIME_WAIT},     {HF_count_closed, TSM_CLOSED},
};

static bool counts_are_asked_for(proto_tree *tree)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(counted); i++) {
        if (proto_field_is_referenced(tree, hf_tcpstate[counted[i].field])) {
            return true;
        }
    }
    return false;
}

/* Hidden: ten lines in each frame would be in the way. */
void render_counts(const struct hindsight *hindsight, proto_tree *tree, tvbuff_t *tvb,
                   const packet_info *pinfo)
{
    uint32_t n[TSM_N_STATES];

    if (!counts_are_asked_for(tree) || (!hindsight && pinfo->fd->visited)) {
        return;
    }
    if (hindsight) {
        population_at(hindsight_population(), hook_time_ns(pinfo), pinfo->num, n);
    } else {
        const struct state_counts *live = capture_state_counts_at(hook_time_ns(pinfo));

        for (unsigned state = 0; state < TSM_N_STATES; state++) {
            n[state] = (uint32_t)(live->now[TSM_CLIENT][state] + live->now[TSM_SERVER][state]);
        }
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(counted); i++) {
        proto_item_set_hidden(add_number(tree, tvb, counted[i].field, n[counted[i].state]));
    }
}

/* --- findings --------------------------------------------------------------------------------- */

/* A finding on its way into a tree. */
struct showing {
    const struct hindsight *hindsight;
    const struct anomaly *about;
    proto_tree *tree;
    proto_item *expert; /* gets the expert items */
    tvbuff_t *tvb;
    packet_info *pinfo;
};

/* A sentence with the figures of the case; packet scope. */
static const char *fill(const struct showing *s, const char *sentence)
{
    GString *text = g_string_new(NULL);
    const char *copy;

    anomaly_text_fill(text, sentence, s->about, s->hindsight->story);
    copy = wmem_strdup(s->pinfo->pool, text->str);
    g_string_free(text, TRUE);
    return copy;
}

static void add_sentence(const struct showing *s, proto_tree *tree, enum field field,
                         const char *sentence)
{
    if (sentence) {
        add_text(tree, s->tvb, field, fill(s, sentence));
    }
}

/* The item on which all else hangs: "Anomaly: A41 close_wait_stuck: the server ..." */
static proto_item *add_head(const struct showing *s, enum field field, const char *label,
                            const char *id, const char *title)
{
    proto_item *item =
        proto_tree_add_string_format(s->tree, hf_tcpstate[field], s->tvb, 0, 0, id, "%s: %s %s: %s",
                                     label, id, title, fill(s, s->about->text));

    proto_item_set_generated(item);
    return item;
}

static void add_anomaly(const struct showing *s)
{
    const struct anomaly_rule *rule = s->about->rule;
    proto_item *item = add_head(s, HF_anomaly, "Anomaly", rule->id, rule->title);
    proto_tree *tree = proto_item_add_subtree(item, ett_tcpstate[ETT_ANOMALY]);

    add_text(tree, s->tvb, HF_anomaly_name, rule->name);
    add_number(tree, s->tvb, HF_anomaly_severity, s->about->severity);
    add_text(tree, s->tvb, HF_anomaly_fault,
             anomaly_fault_word((enum anomaly_fault)s->about->fault));
    for (unsigned i = 0; i < G_N_ELEMENTS(rule->causes) && rule->causes[i]; i++) {
        add_sentence(s, tree, HF_anomaly_cause, rule->causes[i]);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(rule->checks) && rule->checks[i]; i++) {
        add_sentence(s, tree, HF_anomaly_check, rule->checks[i]);
    }
}

static void add_incident(const struct showing *s, const struct incident *incident)
{
    const struct cause *cause = incident->cause;
    proto_item *item = add_head(s, HF_incident, "Incident", cause->id, cause->title);
    proto_tree *tree = proto_item_add_subtree(item, ett_tcpstate[ETT_ANOMALY]);

    add_text(tree, s->tvb, HF_incident_name, cause->name);
    add_sentence(s, tree, HF_incident_cure, cause->cure);
    add_sentence(s, tree, HF_incident_check, incident->check);
}

static guint number_of_rule(const struct anomaly_rule *rule)
{
    guint number = 0;

    while (rules_at(number) != rule) {
        number++;
    }
    return number;
}

static guint number_of_cause(const struct cause *cause)
{
    guint number = 0;

    while (causes_at(number) != cause) {
        number++;
    }
    return number;
}

/* All expert items of a frame are on one item: -T ek would repeat their name in its object. */
static void add_expert(const struct showing *s, bool incident, guint number, const char *id,
                       const char *name)
{
    const enum anomaly_severity severity = (enum anomaly_severity)s->about->severity;

    expert_add_info_format(s->pinfo, s->expert, item_of(incident, number, severity), "%s %s: %s",
                           id, name, fill(s, s->about->text));
}

static void show_incident(struct showing *s, const struct incident *incident, bool wanted)
{
    const struct cause *cause = incident->cause;

    s->about = &incident->about;
    if (wanted) {
        add_incident(s, incident);
    }
    add_expert(s, true, number_of_cause(cause), cause->id, cause->name);
}

static void show_anomaly(struct showing *s, const struct anomaly *hit, bool headline, bool wanted)
{
    s->about = hit;
    if (wanted) {
        add_anomaly(s);
    }
    if (headline) {
        add_expert(s, false, number_of_rule(hit->rule), hit->rule->id, hit->rule->name);
    }
}

void render_findings(const struct hindsight *hindsight, proto_tree *tree, proto_item *expert,
                     tvbuff_t *tvb, packet_info *pinfo, bool wanted)
{
    struct showing showing = {hindsight, NULL, tree, expert, tvb, pinfo};
    guint n;
    const struct finding *findings = hindsight_findings(hindsight, pinfo->num, &n);

    for (guint i = 0; i < n; i++) {
        const guint place = findings[i].place;

        if (findings[i].incident) {
            show_incident(&showing, incidents_at(hindsight->incidents, place), wanted);
        } else {
            show_anomaly(&showing, anomalies_at(hindsight->anomalies, place), findings[i].headline,
                         wanted);
        }
    }
}
