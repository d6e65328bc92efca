/* packet-tcpstate.c - the plugin's entry points and its post-dissector.
 *
 * The way of a segment: IP calls hook.c, which reads the header and hands it to capture.c, which
 * feeds the engine (core/) and keeps its verdict in store.c; then TCP goes on as ever. At the end
 * of the frame the post-dissector here lets render.c show what is kept.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "compat.h"

#include <epan/packet.h>
#include <epan/tap.h>

#include "asked.h"
#include "capture.h"
#include "conversation.h"
#include "expert_items.h"
#include "fields.h"
#include "flow_graph.h"
#include "hook.h"
#include "items.h"
#include "preferences.h"
#include "render.h"
#include "render_hindsight.h"
#include "replay.h"
#include "response_times.h"
#include "stats.h"
#include "stats_menu.h"
#include "story_window.h"
#include "taps.h"

WS_DLL_PUBLIC_DEF const char plugin_version[] = TCPSTATE_VERSION;
WS_DLL_PUBLIC_DEF const int plugin_want_major = WIRESHARK_VERSION_MAJOR;
WS_DLL_PUBLIC_DEF const int plugin_want_minor = WIRESHARK_VERSION_MINOR;
WS_DLL_PUBLIC void plugin_register(void);
#if WIRESHARK_AT_LEAST(4, 2)
WS_DLL_PUBLIC uint32_t plugin_describe(void);
#endif

static dissector_handle_t postdissector;

/* Called at the end of every frame of any kind, also when a dissector threw. Returns 0, as if it
 * had rejected the frame. */
static int dissect_tcpstate(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data _U_)
{
    if (items_wanted()) {
        items_end_frame(pinfo->num);
        return 0;
    }
    if (capture_is_idle()) {
        return 0;
    }
    pinfo->current_proto = TCPSTATE_SHORT_NAME; /* not set for a helper protocol; put back for us */
    if (!pinfo->fd->visited) {
        capture_frame(pinfo->num, hook_time_ns(pinfo), hook_has_time(pinfo));
    }
    if (replay_takes(pinfo->num, pinfo->fd->visited)) {
        replay_frame(pinfo->num, hook_time_ns(pinfo), hook_has_time(pinfo));
    }
    if (capture_has_frames()) {
        render_frame(tvb, pinfo, tree);
    }
    taps_queue_frame(pinfo);
    if (capture_wants_to_ask()) {
        capture_ask(asked_at_all(tree));
    }
    return 0;
}

/* The post-dissector belongs to a helper protocol (PINO): so it is switched on and off with
 * tcpstate, and no layer is added for it, which would be in the way of post-dissectors that come
 * after. */
static void register_own_postdissector(void)
{
    const int helper =
        proto_register_protocol_in_name_only("TCP states: post-dissector", "tcpstate_post",
                                             "tcpstate_post", proto_tcpstate, FT_PROTOCOL);

    postdissector = create_dissector_handle(dissect_tcpstate, helper);
    register_postdissector(postdissector);
}

static void register_protocol(void)
{
    fields_register();
    expert_items_register();
    render_hindsight_register();
    preferences_register();
    hook_register();
    taps_register();
    stats_register();
    response_times_register();
    stats_menu_register();
    flow_graph_register();
    story_window_register();
    conversation_register();
    register_init_routine(capture_open);
    register_init_routine(hindsight_forget);
    register_cleanup_routine(hindsight_forget);
    register_cleanup_routine(capture_close);
    register_cleanup_routine(replay_capture_closed);
    register_own_postdissector();
}

void plugin_register(void)
{
    static const proto_plugin protocol = {register_protocol, hook_install};
    static const tap_plugin taps = {taps_register_listeners};

    proto_register_plugin(&protocol);
    tap_register_plugin(&taps);
}

#if WIRESHARK_AT_LEAST(4, 2)
uint32_t plugin_describe(void)
{
    return WS_PLUGIN_DESC_DISSECTOR | WS_PLUGIN_DESC_TAP_LISTENER;
}
#endif
