/* read_frames_fuzz.c - any bytes as frames (tsm_frame.c), as headers for the recorder
 * (tsm_header.c), and as items (tsm_item.c).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "tsm_frame.h"
#include "tsm_item.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void forget(void *context, const struct tsm_record *record)
{
    (void)context;
    (void)record;
}

/* An item must come back as it was. */
static void pass_on(struct tsm_recorder *recorder, const struct tsm_header *header)
{
    const struct tsm_item item = {.kind = TSM_ITEM_PLAIN, .header = *header};
    uint8_t bytes[TSM_ITEM_BYTES];
    struct tsm_item back;
    const size_t n = tsm_item_pack(&item, bytes);

    if (tsm_item_unpack(&back, bytes, n) != n || back.kind != TSM_ITEM_PLAIN ||
        back.header.captured != header->captured) {
        abort();
    }
    tsm_recorder_header(recorder, &back.header);
}

/* Frames of up to 255 bytes, each with a byte for its length and one for its link layer; then the
 * whole as items. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tsm_recorder recorder;
    struct tsm_item item;
    size_t at = 0;

    tsm_recorder_init(&recorder, &tsm_model_default, &(const struct tsm_hash_key){1, 2});
    recorder.detail = TSM_RECORD_ALL;
    recorder.put = forget;
    for (uint32_t frame = 1; size - at >= 2; frame++) {
        const uint8_t link = data[at + 1];
        const size_t captured = data[at] < size - at - 2 ? data[at] : size - at - 2;
        struct tsm_header header = {.frame = frame, .time_ns = frame};
        at += 2;
        if (tsm_frame_read(&header, (enum tsm_link)(link % (TSM_LINK_IPV6 + 1)), data + at,
                           (uint32_t)captured, (uint32_t)captured + link / 16) == TSM_FRAME_PLAIN) {
            pass_on(&recorder, &header);
        }
        tsm_recorder_frame(&recorder, frame, true);
        at += captured;
    }
    for (size_t n, k = 0; (n = tsm_item_unpack(&item, data + k, size - k)) > 0; k += n) {
        if (item.kind == TSM_ITEM_PLAIN || item.kind == TSM_ITEM_HEADER) {
            tsm_recorder_header(&recorder, &item.header);
        }
    }
    tsm_recorder_finish(&recorder);
    tsm_recorder_project(&recorder);
    tsm_recorder_clear(&recorder);
    return 0;
}
