/* judge.h - asks every rule about a story, once.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef JUDGE_H
#define JUDGE_H

#include "hits.h"
#include "thresholds.h"

/* Finds them. The story is complete and has kept its facts. Time and memory are linear in its
 * connections. Free with anomalies_free(). */
Anomalies *anomalies_find(const struct story *story, const Thresholds *settings);

#endif
