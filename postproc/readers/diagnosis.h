/* diagnosis.h - what tshark's end and its messages mean, said so that the user knows what to do.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef DIAGNOSIS_H
#define DIAGNOSIS_H

#include "content.h"
#include "story.h"

struct interrupts;

/* How a run of tshark ended. */
struct diagnosis {
    const char *name;       /* of the capture, for messages */
    struct content content; /* of the capture */
    const char *messages;   /* tshark's standard error */
    int status;             /* its exit status; -1 = a signal ended it */
};

/* Judges a run whose output has been read into the story. Returns false and sets error when there
 * is nothing to tell: EXIT_TSHARK when tshark does not know the plugin or could not run, EXIT_INPUT
 * when the file is no capture. Otherwise marks the story partial when it is, and keeps tshark's
 * warnings. */
bool diagnose(struct story *story, const struct diagnosis *found, GError **error);

/* Judges a reading that the user has interrupted: the story is marked partial, or there is nothing
 * to tell and error (EXIT_INPUT) is set. */
bool diagnose_interrupt(struct story *story, const struct interrupts *interrupts, GError **error);

#endif
