/* conversation.c - the conversation filter; see conversation.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "conversation.h"

#include "compat.h"
#include <epan/conversation_filter.h>
#include <epan/packet_info.h>

#include "capture.h"

/* From 4.4 on these functions get what was registered with them. */
#if WIRESHARK_AT_LEAST(4, 4)
#define USER_DATA , void *data _U_
#else
#define USER_DATA
#endif

/* A post-dissector leaves no layer, so what is kept of the frame tells. */
static compat_bool is_there(struct _packet_info *pinfo USER_DATA)
{
    struct annotation a;

    return capture_annotation(pinfo->num, 0, &a);
}

static char *filter_text(struct _packet_info *pinfo USER_DATA)
{
    struct annotation a;

    return capture_annotation(pinfo->num, 0, &a)
               ? g_strdup_printf("tcpstate.stream == %u", a.stream)
               : NULL;
}

void conversation_register(void)
{
#if WIRESHARK_AT_LEAST(4, 4)
    register_conversation_filter("tcpstate", "TCP State", is_there, filter_text, NULL);
#else
    register_conversation_filter("tcpstate", "TCP State", is_there, filter_text);
#endif
}
