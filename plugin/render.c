/* render.c - shows what is known of a frame; decides nothing, reads the capture's annotations.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "render.h"

#include <epan/column-utils.h>
#include <epan/packet.h>

#include "capture.h"
#include "expert_items.h"
#include "generated.h"
#include "hook.h"
#include "preferences.h"
#include "render_hindsight.h"

/* The fields of one endpoint. */
static const struct endpoint_fields {
    enum field state, before, basis, possible, maybe, since, time_in_state, last_heard,
        last_heard_frame;
    enum subtree subtree;
} endpoint_fields[2] = {
// clang-format off
#define ENDPOINT(side, subtree)                                              \
    {HF_##side, HF_##side##_before, HF_##side##_basis, HF_##side##_possible, HF_##side##_maybe, \
     HF_##side##_since, HF_##side##_time_in_state, HF_##side##_last_heard,   \
     HF_##side##_last_heard_frame, subtree}
    [TSM_CLIENT] = ENDPOINT(client, ETT_CLIENT),
    [TSM_SERVER] = ENDPOINT(server, ETT_SERVER),
#undef ENDPOINT
    // clang-format on
};

/* --- the subtree ------------------------------------------------------------------------------ */

static const char *step_text(const struct annotation *a, char buf[TSM_STEP_TEXT])
{
    return tsm_step_text(a->open_step, a->close_steps, buf, TSM_STEP_TEXT);
}

/* A frame on its way into a tree. */
struct showing {
    proto_tree *tree; /* where subtrees go */
    tvbuff_t *tvb;
    packet_info *pinfo;
    const struct hindsight *hindsight; /* NULL = it is not known */
    bool wanted; /* false: nothing of tcpstate is asked for but, maybe, expert items */
};

/* Both states after the segment in the view that the user wants; whether it is that in hindsight.
 */
static bool states_of(const struct showing *s, const struct annotation *a, enum tsm_state states[2])
{
    states[TSM_CLIENT] = a->after[TSM_CLIENT].state;
    states[TSM_SERVER] = a->after[TSM_SERVER].state;
    return s->hindsight && preferences_show_hindsight() &&
           hindsight_states(s->hindsight, s->pinfo, a, states);
}

/* "client ESTABLISHED -> FIN_WAIT_1 (proven)" */
static void append_endpoint(wmem_strbuf_t *text, const struct annotation *a, enum tsm_side side)
{
    enum tsm_state before = a->before[side].state, after = a->after[side].state;

    wmem_strbuf_append_printf(text, "%s ", tsm_side_name(side));
    if (before != after) {
        wmem_strbuf_append_printf(text, "%s -> ", tsm_state_name(before));
    }
    wmem_strbuf_append_printf(text, "%s (%s)", tsm_state_name(after),
                              tsm_basis_name(a->after[side].basis));
}

/* The top line, like a sentence: both endpoints, the step or else the event, the socket call. */
static const char *summary(const struct showing *s, const struct annotation *a)
{
    wmem_strbuf_t *text = wmem_strbuf_new(s->pinfo->pool, "");
    enum tsm_state states[2];
    char step[TSM_STEP_TEXT];

    if (states_of(s, a, states)) {
        wmem_strbuf_append_printf(text, "in hindsight client %s, server %s",
                                  tsm_state_name(states[TSM_CLIENT]),
                                  tsm_state_name(states[TSM_SERVER]));
    } else {
        append_endpoint(text, a, TSM_CLIENT);
        wmem_strbuf_append(text, ", ");
        append_endpoint(text, a, TSM_SERVER);
    }
    wmem_strbuf_append_printf(text, ", %s",
                              *step_text(a, step) ? step : tsm_action_name(a->action));
    if (a->call != TSM_CALL_NONE) {
        wmem_strbuf_append_printf(text, ", %s", tsm_call_name(a->call));
    }
    return wmem_strbuf_get_str(text);
}

/* How old the evidence is on which the state of the end stands. */
static void add_last_heard(proto_tree *tree, tvbuff_t *tvb, const packet_info *pinfo,
                           const struct annotation *a, enum tsm_side side)
{
    const struct endpoint_fields *fields = &endpoint_fields[side];

    if (side == a->sender) {
        if (a->action != TSM_ACT_ICMP_ERROR) { /* which is not its own */
            add_duration(tree, tvb, fields->last_heard, 0);
        }
    } else if (a->peer_frame != 0) {
        if (hook_has_time(pinfo)) {
            add_duration(tree, tvb, fields->last_heard, a->peer_ago_ns);
        }
        add_link(tree, tvb, fields->last_heard_frame, a->peer_frame);
    }
}

/* Each state of the set as a value of its own, hidden as `possible` shows them. */
static void add_maybe(proto_tree *tree, tvbuff_t *tvb, enum field field, tsm_state_set possible)
{
    for (enum tsm_state state = 0; state < TSM_N_STATES; state++) {
        if (tsm_contains(possible, state)) {
            proto_item_set_hidden(add_number(tree, tvb, field, state));
        }
    }
}

static void add_endpoint(proto_tree *tree, tvbuff_t *tvb, const packet_info *pinfo,
                         const struct annotation *a, enum tsm_side side)
{
    const struct endpoint_fields *fields = &endpoint_fields[side];
    const struct tsm_belief *before = &a->before[side], *after = &a->after[side];
    proto_item *item = add_number(tree, tvb, fields->state, after->state);
    proto_tree *subtree = proto_item_add_subtree(item, ett_tcpstate[fields->subtree]);
    char set[TSM_SET_TEXT];

    add_number(subtree, tvb, fields->before, before->state);
    add_number(subtree, tvb, fields->basis, after->basis);
    add_text(subtree, tvb, fields->possible, tsm_set_text(after->possible, set, sizeof(set)));
    add_maybe(subtree, tvb, fields->maybe, after->possible);
    add_link(subtree, tvb, fields->since, after->since_frame);
    if (hook_has_time(pinfo)) {
        add_duration(subtree, tvb, fields->time_in_state, hook_time_ns(pinfo) - before->since_ns);
    }
    add_last_heard(subtree, tvb, pinfo, a, side);
}

/* Whether one end has no connection, or another one, while its peer has one (RFC 9293 3.5.1). */
static bool is_half_open(enum tsm_state gone, enum tsm_state peer)
{
    return (gone == TSM_CLOSED || gone == TSM_SYN_SENT) && peer >= TSM_ESTABLISHED &&
           peer <= TSM_LAST_ACK;
}

/* What the segment did. */
static void add_segment(proto_tree *tree, tvbuff_t *tvb, const struct annotation *a)
{
    char step[TSM_STEP_TEXT];

    add_if(tree, tvb, HF_changed, a->changed);
    add_if(tree, tvb, HF_refused, annotation_is_refusal(a));
    add_if(tree, tvb, HF_reset, a->action == TSM_ACT_RST && a->changed);
    add_number(tree, tvb, HF_sender, a->sender);
    add_number(tree, tvb, HF_event, a->action);
    if (*step_text(a, step)) {
        add_text(tree, tvb, HF_step, step);
    }
    if (a->open_step != 0) {
        add_number(tree, tvb, HF_open_step, a->open_step);
    }
    for (unsigned n = 1; n <= 4; n++) {
        if (a->close_steps & 1u << (n - 1)) {
            add_number(tree, tvb, HF_close_step, n);
        }
    }
    if (a->call != TSM_CALL_NONE) {
        add_text(tree, tvb, HF_call, tsm_call_name(a->call));
    }
}

static void add_links(proto_tree *tree, tvbuff_t *tvb, uint32_t frame, const struct annotation *a)
{
    const struct links links = capture_links(frame, a);

    add_link(tree, tvb, HF_matching_fin, links.matching_fin);
    add_link(tree, tvb, HF_previous_change, links.previous_change);
    add_link(tree, tvb, HF_next_change, links.next_change);
}

/* The connection as it stands after the segment. */
static void add_connection(proto_tree *tree, tvbuff_t *tvb, const struct annotation *a)
{
    const struct tsm_stream *stream = capture_stream(a->stream);
    const enum tsm_state client = a->after[TSM_CLIENT].state, server = a->after[TSM_SERVER].state;

    add_number(tree, tvb, HF_phase, tsm_phase_of(client, server));
    add_if(tree, tvb, HF_half_open,
           is_half_open(client, server) || is_half_open(server, client) ||
               (client == TSM_CLOSED && server == TSM_SYN_RCVD));
    add_number(tree, tvb, HF_role_basis, a->role_basis);
    if (a->closed_by != 0) {
        add_number(tree, tvb, HF_closed_by, a->closed_by);
    }
    if (!stream) {
        return;
    }
    if (a->completes_handshake && stream->conn->setup_ns >= 0) {
        add_duration(tree, tvb, HF_setup_time, stream->conn->setup_ns);
    }
    add_link(tree, tvb, HF_opened_in, stream->conn->start_frame);
    if (stream->conn->previous_stream != TSM_NO_STREAM) {
        add_number(tree, tvb, HF_previous_stream, stream->conn->previous_stream);
    }
}

/* For filters and programs, and hidden, as it repeats what the tree shows: tcpstate.state, twice,
 * finds either endpoint; tcpstate.states is one column. */
static void add_states(proto_tree *tree, const struct showing *s, const struct annotation *a)
{
    enum tsm_state states[2];
    const char *both;

    for (enum tsm_side side = TSM_CLIENT; side <= TSM_SERVER; side++) {
        proto_item_set_hidden(add_number(tree, s->tvb, HF_state, a->after[side].state));
    }
    states_of(s, a, states);
    both = wmem_strdup_printf(s->pinfo->pool, "%s / %s", tsm_state_name(states[TSM_CLIENT]),
                              tsm_state_name(states[TSM_SERVER]));
    proto_item_set_hidden(add_text(tree, s->tvb, HF_states, both));
}

/* The item to which the verdicts belong; NULL when there are none. */
static proto_item *add_analysis(proto_tree *tree, tvbuff_t *tvb, const struct annotation *a)
{
    proto_item *item;

    if (a->notes == 0) {
        return NULL;
    }
    add_if(tree, tvb, HF_trouble, expert_items_warn(a->notes));
    item = proto_tree_add_item(tree, hf_tcpstate[HF_analysis], tvb, 0, 0, ENC_NA);
    proto_item_set_generated(item);
    return item;
}

/* Returns the item to which the verdicts belong. *tree is set to the subtree. */
static proto_item *add_subtree(const struct showing *s, const struct annotation *a,
                               proto_tree **tree)
{
    proto_item *item = proto_tree_add_protocol_format(s->tree, proto_tcpstate, s->tvb, 0, 0,
                                                      "TCP state: %s", summary(s, a));

    *tree = proto_item_add_subtree(item, ett_tcpstate[ETT_SEGMENT]);
    proto_item_set_generated(item);
    add_number(*tree, s->tvb, HF_stream, a->stream);
    add_states(*tree, s, a);
    add_endpoint(*tree, s->tvb, s->pinfo, a, TSM_CLIENT);
    add_endpoint(*tree, s->tvb, s->pinfo, a, TSM_SERVER);
    add_segment(*tree, s->tvb, a);
    add_links(*tree, s->tvb, s->pinfo->num, a);
    add_connection(*tree, s->tvb, a);
    if (s->hindsight) {
        render_hindsight(s->hindsight, *tree, s->tvb, s->pinfo, a);
    }
    render_counts(s->hindsight, *tree, s->tvb, s->pinfo);
    return add_analysis(*tree, s->tvb, a);
}

/* Where to hang what is added. In a tree that is shown, at the root: beside TCP, where everybody
 * has it in view, and where JSON, -O and -J find it. A tree that is not shown may be counted:
 * Protocol Hierarchy and -z io,phs take each item of the root for a protocol inside the one before
 * it, so there it goes below the last of them, where filters and columns find it as well. */
static proto_tree *place_for(proto_tree *root)
{
    if (!root || PTREE_DATA(root)->visible || !root->last_child) {
        return root;
    }
    return proto_item_add_subtree(root->last_child, ett_tcpstate[ETT_SEGMENT]);
}

/* The n-th TCP layer. Of several, the first one has what is found of the frame. */
static void render_layer(const struct showing *s, unsigned layer, const struct annotation *a)
{
    proto_tree *tree = s->tree;
    proto_item *item = s->wanted ? add_subtree(s, a, &tree) : tree;
    enum tsm_state states[2];

    if (a->notes != 0) {
        expert_items_add(s->pinfo, item, s->tvb, a);
    }
    if (s->hindsight && layer == 0) {
        render_findings(s->hindsight, tree, item ? item : tree, s->tvb, s->pinfo, s->wanted);
    }
    if (preferences_show_states()) {
        states_of(s, a, states);
        col_append_fstr(s->pinfo->cinfo, COL_INFO, " {%s/%s}", tsm_state_name(states[TSM_CLIENT]),
                        tsm_state_name(states[TSM_SERVER]));
    }
}

void render_frame(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
    const bool wanted = tree && proto_field_is_referenced(tree, proto_tcpstate);
    const struct hindsight *hindsight = hindsight_of(pinfo);
    struct annotation a;

    if (!wanted && !preferences_show_states() && !capture_has_notes(pinfo->num) && !hindsight) {
        return; /* the common case: nobody looks */
    }
    const struct showing showing = {place_for(tree), tvb, pinfo, hindsight, wanted};
    for (unsigned layer = 0; capture_annotation(pinfo->num, layer, &a); layer++) {
        render_layer(&showing, layer, &a);
    }
}
