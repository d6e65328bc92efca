/* frame_header.h - the TCP header in a record of a capture.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef FRAME_HEADER_H
#define FRAME_HEADER_H

#include "wiretap.h"

#include "tsm_frame.h"

/* As tsm_frame_read(), of a record that is a packet. */
enum tsm_frame_kind frame_header_read(struct tsm_header *header, struct wiretap_record *record);

/* The time of a record, within TSM_MAX_TIME_S. */
int64_t frame_header_time(const wtap_rec *rec);

/* What kind of frame begins with that encapsulation (WTAP_ENCAP_...). */
enum tsm_link frame_header_link(int encap);

#endif
