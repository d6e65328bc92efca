/* tsm_stream.c - what is asked of a stream alone, and the blanks that all of them share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdlib.h>

#include "tsm_table.h"

bool tsm_stream_is_over(const struct tsm_stream *stream)
{
    const tsm_state_set gone =
        tsm_only(TSM_CLOSED) | tsm_only(TSM_LISTEN) | tsm_only(TSM_TIME_WAIT);

    return stream->over || !stream->fed ||
           (tsm_contains(gone, (enum tsm_state)stream->conn->belief[TSM_CLIENT].state) &&
            tsm_contains(gone, (enum tsm_state)stream->conn->belief[TSM_SERVER].state));
}

#define FIRST_BLANKS 16u

void tsm_model_blank(struct tsm_model *model, struct tsm_blank **blanks,
                     const struct tsm_blank *blank)
{
    const unsigned n = model->n_blanks;

    if (n == UINT16_MAX) {
        return;
    }
    if (n % FIRST_BLANKS == 0) { /* they are few */
        struct tsm_blank *more = realloc(*blanks, (n + FIRST_BLANKS) * sizeof *more);
        if (more == NULL) {
            return;
        }
        *blanks = more;
    }
    (*blanks)[n] = *blank;
    model->blanks = *blanks;
    model->n_blanks++;
}
