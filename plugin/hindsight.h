/* hindsight.h - what the whole capture says of a frame: anomalies, incidents, states in hindsight.
 *
 * All of it is made from the story that capture.c gathers, when it is asked for first after all
 * frames were read; until then, and where no story is gathered, there is nothing.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HINDSIGHT_H
#define HINDSIGHT_H

#include "compat.h"
#include <epan/packet_info.h>

#include "incidents.h"
#include "population.h"

/* An anomaly or an incident of which a frame is evidence. */
struct finding {
    uint32_t frame;
    guint place;   /* in the anomalies' hits, or among the incidents */
    bool incident; /* which of the two */
    bool headline; /* the first frame of it: there it is an expert item */
};

/* Everything that was found in the open capture. */
struct hindsight {
    const struct story *story;
    Anomalies *anomalies;
    Incidents *incidents;
    GArray *findings; /* of struct finding, by frame */
};

/* What is known of all frames; NULL while not all are read, or when the story is not gathered.
 * Valid until the capture is closed. */
const struct hindsight *hindsight_of(const packet_info *pinfo);

/* The findings of a frame: *n of them, owned by hindsight. */
const struct finding *hindsight_findings(const struct hindsight *hindsight, uint32_t frame,
                                         guint *n);

/* The changes of all endpoints; made when it is asked for first, owned by hindsight. */
const Population *hindsight_population(void);

/* The capture is closed, or about to be dissected anew. */
void hindsight_forget(void);

#endif
