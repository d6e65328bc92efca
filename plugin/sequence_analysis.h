/* sequence_analysis.h - the part of Wireshark's epan/sequence_analysis.h that a flow type needs.
 *
 * libwireshark exports the functions, but wireshark-dev has not the header. Items are allocated by
 * libwireshark, so only the members up to the last one that is set here must lie where it has them;
 * they do in 4.0 to 4.6 (x86-64: checked in the code of libwireshark 4.0.17, 4.4.19 and 4.6.9). In
 * other versions there is no flow type.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SEQUENCE_ANALYSIS_H
#define SEQUENCE_ANALYSIS_H

#include "compat.h"
#include <epan/address.h>
#include <epan/packet_info.h>
#include <epan/tap.h>

#define HAS_SEQUENCE_ANALYSIS (!WIRESHARK_AT_LEAST(4, 7))

/* An arrow. */
typedef struct _seq_analysis_item {
    uint32_t frame_number;
    address src_addr;
    uint16_t port_src;
    address dst_addr;
    uint16_t port_dst;
    char *frame_label; /* above the arrow; owned, g_free() */
    char *time_str;
    char *comment; /* at the right; owned, g_free() */
    uint16_t conv_num;
    unsigned fg_color;
    unsigned bg_color;
    compat_bool has_color_filter;
    compat_bool display;
    unsigned src_node;
    unsigned dst_node;
    uint16_t line_style;
    /* more follows */
} seq_analysis_item_t;

/* A graph. */
typedef struct _seq_analysis_info {
    const char *name;
    compat_bool any_addr;
    int nconv;
    GQueue *items; /* of seq_analysis_item_t */
    /* more follows */
} seq_analysis_info_t;

WS_DLL_PUBLIC void register_seq_analysis(const char *name, const char *ui_name, const int proto_id,
                                         const char *tap_listener, unsigned tap_flags,
                                         tap_packet_cb tap_func);
WS_DLL_PUBLIC seq_analysis_item_t *
sequence_analysis_create_sai_with_addresses(packet_info *pinfo, seq_analysis_info_t *sainfo);
WS_DLL_PUBLIC void sequence_analysis_use_color_filter(packet_info *pinfo, seq_analysis_item_t *sai);

#endif
