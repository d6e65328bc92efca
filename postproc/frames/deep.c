/* deep.c - writes frames as pcapng; see deep.h.
 *
 * The interfaces of the capture do not matter to dissectors, their encapsulations do: so each
 * encapsulation gets an interface of its own.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "deep.h"

#define NO_INTERFACE G_MAXUINT

static wtap_block_t make_interface(int encap)
{
    wtap_block_t block = wtap_block_create(WTAP_BLOCK_IF_ID_AND_INFO);
    wtapng_if_descr_mandatory_t *interface = wtap_block_get_mandatory_data(block);

    interface->wtap_encap = encap;
    interface->time_units_per_second = 1000000000;
    interface->tsprecision = WTAP_TSPREC_NSEC;
    wtap_block_add_uint8_option(block, OPT_IDB_TSRESOL, 9);
    return block;
}

/* Opens the pcapng with its first interface, which there must be. */
static bool open_dump(struct deep *deep, int fd, int encap)
{
    wtap_block_t interface = make_interface(encap);
    wtapng_iface_descriptions_t interfaces = {.interface_data =
                                                  g_array_new(FALSE, FALSE, sizeof interface)};
    const wtap_dump_params params = {
        .encap = WTAP_ENCAP_PER_PACKET,
        .tsprec = WTAP_TSPREC_NSEC,
        .idb_inf = &interfaces,
    };

    g_array_append_val(interfaces.interface_data, interface);
    deep->to = wiretap_dump_pcapng(fd, &params);
    deep->interfaces = g_array_new(FALSE, FALSE, sizeof encap);
    g_array_append_val(deep->interfaces, encap);
    g_array_unref(interfaces.interface_data);
    wtap_block_unref(interface);
    return deep->to != NULL;
}

static bool add_interface(struct deep *deep, int encap)
{
    wtap_block_t interface = make_interface(encap);
    gchar *info = NULL;
    int err;
    const bool added = wtap_dump_add_idb(deep->to, interface, &err, &info);

    wtap_block_unref(interface);
    g_free(info);
    if (added) {
        g_array_append_val(deep->interfaces, encap);
    }
    return added;
}

/* The number of the interface for an encapsulation; NO_INTERFACE when it can have none. */
static guint interface_for(struct deep *deep, int fd, int encap)
{
    if (!wtap_dump_can_write_encap(wtap_pcapng_file_type_subtype(), encap) ||
        (deep->to == NULL && !open_dump(deep, fd, encap))) {
        return NO_INTERFACE;
    }
    for (guint i = 0; i < deep->interfaces->len; i++) {
        if (g_array_index(deep->interfaces, int, i) == encap) {
            return i;
        }
    }
    return add_interface(deep, encap) ? deep->interfaces->len - 1 : NO_INTERFACE;
}

/* Whether the capture told of an Ethernet frame that its last bytes are a checksum: of other frames
 * dissectors find out by themselves. */
static bool has_known_checksum(const wtap_packet_header *packet)
{
    return packet->pkt_encap == WTAP_ENCAP_ETHERNET && packet->pseudo_header.eth.fcs_len > 0;
}

void deep_strip_checksum(wtap_rec *rec)
{
    wtap_packet_header *packet = &rec->rec_header.packet_header;

    if (has_known_checksum(packet)) {
        const guint32 size = (guint32)packet->pseudo_header.eth.fcs_len;
        packet->len -= MIN(size, packet->len);
        packet->caplen = MIN(packet->caplen, packet->len);
        packet->pseudo_header.eth.fcs_len = 0;
    }
}

bool deep_add(struct deep *deep, int fd, const wtap_rec *rec, const guint8 *bytes)
{
    wtap_rec copy = *rec;
    wtap_packet_header *packet = &copy.rec_header.packet_header;

    if (has_known_checksum(packet)) {
        return false;
    }
    packet->interface_id = interface_for(deep, fd, packet->pkt_encap);
    copy.presence_flags |= WTAP_HAS_INTERFACE_ID | WTAP_HAS_TS;
    copy.tsprec = WTAP_TSPREC_NSEC;
    copy.block = NULL;
    return packet->interface_id != NO_INTERFACE && wiretap_dump(deep->to, &copy, bytes);
}

bool deep_flush(struct deep *deep)
{
    int err;

    return deep->to == NULL || wtap_dump_flush(deep->to, &err);
}

void deep_close(struct deep *deep)
{
    gchar *info = NULL;
    int err;

    if (deep->to != NULL) {
        wtap_dump_close(deep->to, NULL, &err, &info);
        g_free(info);
        g_array_unref(deep->interfaces);
        deep->to = NULL;
    }
}
