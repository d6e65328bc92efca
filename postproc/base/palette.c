/* palette.c - the colour of each state; see palette.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "palette.h"

#define BLACK "#000000"
#define WHITE "#ffffff"

static const struct {
    const char *color, *ink;
} palette[TSM_N_STATES] = {
    [TSM_UNKNOWN] = {"#5d5d5d", WHITE},    [TSM_CLOSED] = {"#dcdcdc", BLACK},
    [TSM_LISTEN] = {"#aed1fa", BLACK},     [TSM_SYN_SENT] = {"#5caafa", BLACK},
    [TSM_SYN_RCVD] = {"#0150b6", WHITE},   [TSM_ESTABLISHED] = {"#238d51", WHITE},
    [TSM_FIN_WAIT_1] = {"#b98ea1", BLACK}, [TSM_FIN_WAIT_2] = {"#b34fa1", WHITE},
    [TSM_CLOSE_WAIT] = {"#df8f03", BLACK}, [TSM_CLOSING] = {"#53295c", WHITE},
    [TSM_LAST_ACK] = {"#ac3b02", WHITE},   [TSM_TIME_WAIT] = {"#f4d46d", BLACK},
};

static enum tsm_state known(enum tsm_state state)
{
    return state < TSM_N_STATES ? state : TSM_UNKNOWN;
}

const char *palette_color(enum tsm_state state)
{
    return palette[known(state)].color;
}

const char *palette_ink(enum tsm_state state)
{
    return palette[known(state)].ink;
}
