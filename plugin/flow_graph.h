/* flow_graph.h - Statistics > Flow Graph, flow type "TCP endpoint states"; `-z
 * flow,tcpstate,network`.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef FLOW_GRAPH_H
#define FLOW_GRAPH_H

/* Registers the flow type; the protocol and the tap must be registered. */
void flow_graph_register(void);

#endif
