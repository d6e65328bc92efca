/* cause_figures.h - figures of incidents: how long, how much; see struct cause.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CAUSE_FIGURES_H
#define CAUSE_FIGURES_H

#include "cause.h"

/* Each fills in figures from 1 on. */

/* {p1} of the clients' data segments were lost, {p2} of the servers'. */
void figures_loss(const struct clue_group *group, const struct cause *cause, struct anomaly *about);

/* {d1} is the median time after which clients gave up; idle servers closed. */
void figures_patience(const struct clue_group *group, const struct cause *cause,
                      struct anomaly *about);
void figures_idle_close(const struct clue_group *group, const struct cause *cause,
                        struct anomaly *about);

/* {d1} is the shortest silence that was not survived, {d2} the longest that was. */
void figures_idle_limit(const struct clue_group *group, const struct cause *cause,
                        struct anomaly *about);

/* {d1} is the median of the longest wait for the server's application. */
void figures_think(const struct clue_group *group, const struct cause *cause,
                   struct anomaly *about);

/* {d1} is the median time of a handshake. */
void figures_setup(const struct clue_group *group, const struct cause *cause,
                   struct anomaly *about);

/* What the ICMP error says, if there is one, as the text; {n1} is its type, {n2} its code. */
void figures_rejects(const struct clue_group *group, const struct cause *cause,
                     struct anomaly *about);

/* {n1} is the number of connections that are there twice. */
void figures_pairs(const struct clue_group *group, const struct cause *cause,
                   struct anomaly *about);

/* {d1} is the longest stall. */
void figures_stall(const struct clue_group *group, const struct cause *cause,
                   struct anomaly *about);

#endif
