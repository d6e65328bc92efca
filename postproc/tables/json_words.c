/* json_words.c - lists of words; see json_words.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "json_words.h"

#include "anomaly.h"
#include "spending.h"

const char *json_word_opening(guint i)
{
    return i < N_OPENINGS ? outcome_opening_word((enum outcome_opening)i) : NULL;
}

const char *json_word_ending(guint i)
{
    i += ENDING_NONE + 1;
    return i < N_ENDINGS ? outcome_ending_word((enum outcome_ending)i) : NULL;
}

const char *json_word_outcome(guint i)
{
    return i < N_OPENINGS ? json_word_opening(i) : json_word_ending(i - N_OPENINGS);
}

const char *json_word_side(guint i)
{
    return i <= TSM_SERVER ? tsm_side_name((enum tsm_side)i) : NULL;
}

const char *json_word_state(guint i)
{
    return i < TSM_N_STATES ? tsm_state_name((enum tsm_state)i) : NULL;
}

const char *json_word_basis(guint i)
{
    return i <= TSM_ASSUMED ? tsm_basis_name((enum tsm_basis)i) : NULL;
}

const char *json_word_vantage(guint i)
{
    static const char *const words[] = {
        [TSM_AT_UNKNOWN] = "unknown",
        [TSM_AT_CLIENT] = "client",
        [TSM_AT_SERVER] = "server",
        [TSM_AT_MIDDLE] = "between",
    };

    return i < G_N_ELEMENTS(words) ? words[i] : NULL;
}

const char *json_word_role_basis(guint i)
{
    static const char *const words[] = {
        [TSM_ROLE_GUESSED] = "guessed",
        [TSM_ROLE_HANDSHAKE] = "handshake",
    };

    return i < G_N_ELEMENTS(words) ? words[i] : NULL;
}

const char *json_word_conn_state(guint i)
{
    return i < TSM_N_CONN_STATES ? tsm_conn_state_name((enum tsm_conn_state)i) : NULL;
}

const char *json_word_severity(guint i)
{
    return i < N_ANOMALY_SEVERITIES ? anomaly_severity_word((enum anomaly_severity)i) : NULL;
}

const char *json_word_confidence(guint i)
{
    return i < N_ANOMALY_CONFIDENCES ? anomaly_confidence_word((enum anomaly_confidence)i) : NULL;
}

const char *json_word_fault(guint i)
{
    return i < N_ANOMALY_FAULTS ? anomaly_fault_word((enum anomaly_fault)i) : NULL;
}

const char *json_word_spending(guint i)
{
    return i < N_SPENDINGS ? spending_word((enum spending)i) : NULL;
}
