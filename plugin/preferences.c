/* preferences.c - the preferences tcpstate.*, and the model of the hosts that they make.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "preferences.h"

#include "compat.h"
#include <epan/prefs.h>

#include "fields.h"

#define SECOND_NS INT64_C(1000000000)

/* How a host repeats a SYN that nobody answers. */
enum retry_model { RETRY_LINUX, RETRY_OLD_LINUX, RETRY_RFC, N_RETRY_MODELS };

static const struct {
    int64_t first_rto_ns;
    uint8_t linear_syns;
} retry_models[N_RETRY_MODELS] = {
    [RETRY_LINUX] = {1 * SECOND_NS, 4},     /* tcp_syn_linear_timeouts, since 6.5 */
    [RETRY_OLD_LINUX] = {1 * SECOND_NS, 0}, /* doubles from the start */
    [RETRY_RFC] = {1 * SECOND_NS, 0},       /* RFC 6298 2.1 and 5.5 */
};

static const enum_val_t retry_choices[] = {
    {"linux", "Linux", RETRY_LINUX},
    {"old-linux", "Old-Linux", RETRY_OLD_LINUX},
    {"rfc", "RFC", RETRY_RFC},
    {NULL, NULL, 0},
};

static const enum_val_t vantage_choices[] = {
    {"unknown", "Unknown", TSM_AT_UNKNOWN},
    {"client", "Client", TSM_AT_CLIENT},
    {"server", "Server", TSM_AT_SERVER},
    {"middle", "Middle", TSM_AT_MIDDLE},
    {NULL, NULL, 0},
};

static const enum_val_t gathering_choices[] = {
    {"asked", "When asked", GATHER_WHEN_ASKED},
    {"always", "Always", GATHER_ALWAYS},
    {"never", "Never", GATHER_NEVER},
    {NULL, NULL, 0},
};

enum view { VIEW_LIVE, VIEW_HINDSIGHT };

static const enum_val_t view_choices[] = {
    {"live", "Live", VIEW_LIVE},
    {"hindsight", "Hindsight", VIEW_HINDSIGHT},
    {NULL, NULL, 0},
};

static struct {
    unsigned time_wait_s;
    unsigned fin_wait_2_s;
    int retry_model; /* enum retry_model */
    int vantage;     /* enum tsm_vantage */
    int gathering;   /* enum gathering */
    int view;        /* enum view */
    compat_bool show_states;
    compat_bool tcp_verdicts;
} preferences = {
    .time_wait_s = 60,
    .fin_wait_2_s = 60,
    .retry_model = RETRY_LINUX,
    .vantage = TSM_AT_UNKNOWN,
};

void preferences_register(void)
{
    module_t *module = prefs_register_protocol(proto_tcpstate, NULL);

    prefs_register_uint_preference(
        module, "time_wait", "TIME_WAIT in seconds (2MSL)",
        "How long the hosts stay in TIME_WAIT. Linux: 60; RFC 9293: twice the maximum segment "
        "lifetime, 240.",
        10, &preferences.time_wait_s);
    prefs_register_uint_preference(
        module, "fin_wait_2", "FIN_WAIT_2 timeout in seconds",
        "How long a closed socket stays in FIN_WAIT_2 when the peer does not close. Linux: "
        "net.ipv4.tcp_fin_timeout, 60.",
        10, &preferences.fin_wait_2_s);
    prefs_register_enum_preference(
        module, "retries", "Retries of unanswered SYNs",
        "How the hosts repeat a SYN, which tells when a retry is overdue. Linux (6.5 and later): "
        "four times a second apart, then at doubled intervals. Old-Linux, RFC (6298): the first "
        "after a second, then at doubled intervals.",
        &preferences.retry_model, retry_choices, false);
    prefs_register_enum_preference(
        module, "vantage", "Place of the capture",
        "Where the capture was made, which tells what is certain to have been received. Client, "
        "Server: on that host; Middle: between them; Unknown: each connection is judged by itself.",
        &preferences.vantage, vantage_choices, false);
    prefs_register_bool_preference(
        module, "show_states", "Show states in the Info column",
        "Append the states of client and server after each segment to the Info column.",
        &preferences.show_states);
    prefs_register_bool_preference(
        module, "tcp_verdicts", "Repeat verdicts of TCP in Expert Information",
        "List retransmissions in Expert Information although TCP does. The field "
        "tcpstate.analysis.retransmission is there in any case.",
        &preferences.tcp_verdicts);
    prefs_register_enum_preference(
        module, "hindsight", "Gather anomalies and hindsight",
        "Whether to gather, while a capture is read, what hindsight and anomalies are made of. "
        "When asked: in Wireshark's windows and sharkd, and with tshark -2 where its "
        "filter, fields or columns speak of them.",
        &preferences.gathering, gathering_choices, false);
    prefs_register_enum_preference(
        module, "view", "States in columns and sentence",
        "Which states the subtree's first line and the column tcpstate.states show. Live: what was "
        "known at that segment. Hindsight: what all of the capture shows, once it is read.",
        &preferences.view, view_choices, false);
}

struct tsm_model preferences_model(void)
{
    struct tsm_model model = tsm_model_default;

    model.time_wait_ns = preferences.time_wait_s * SECOND_NS;
    model.fin_wait_2_ns = preferences.fin_wait_2_s * SECOND_NS;
    model.first_rto_ns = retry_models[preferences.retry_model].first_rto_ns;
    model.linear_syns = retry_models[preferences.retry_model].linear_syns;
    model.vantage = (uint8_t)preferences.vantage;
    return model;
}

bool preferences_show_states(void)
{
    return preferences.show_states;
}

bool preferences_tcp_verdicts(void)
{
    return preferences.tcp_verdicts;
}

enum gathering preferences_gathering(void)
{
    return (enum gathering)preferences.gathering;
}

bool preferences_show_hindsight(void)
{
    return preferences.view == VIEW_HINDSIGHT;
}
