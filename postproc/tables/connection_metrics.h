/* connection_metrics.h - columns of connections that are there when they are named: figures that
 * people know from tcptrace, argus and ss. docs/user/columns.md tells what each is, in which unit,
 * and where those tools differ.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CONNECTION_METRICS_H
#define CONNECTION_METRICS_H

#include "sheet.h"

/* Numbers of either end: X(word, form, meaning before and behind "client" or "server"). The form is
 * how a value is written: length (nanoseconds), number or yes. -1 is a missing value. */
// clang-format off
#define CONNECTION_METRIC_NUMBERS(X)                                                              \
    X(port, number, "port of the", "")                                                            \
    X(rtt_min, length, "least round trip from a segment of the", " to its acknowledgment")        \
    X(rtt_mean, length, "mean of those round trips of the", "")                                   \
    X(rtt_max, length, "greatest of those round trips of the", "")                                \
    X(rtt_samples, number, "how many round trips were measured of the", "")                       \
    X(rtt_handshake, length, "from the SYN or SYN-ACK of the", " to its acknowledgment")          \
    X(throughput, number, "payload, each byte once, in a second: sent by the", "")                \
    X(transfer, length, "from the first to the last segment with data of the", "")                \
    X(idle_max, length, "longest time between two segments of the", "")                           \
    X(mss, number, "maximum segment size, bytes, that the SYN offers of the", "")                 \
    X(window_scale, number, "shift of the window that the SYN offers of the", "")                 \
    X(window_max, number, "largest window, bytes, of the", "")                                    \
    X(zero_windows, number, "segments with a window of 0 of the", "")                             \
    X(sack, yes, "whether the SYN permits SACK, of the", "")                                      \
    X(timestamps, yes, "whether the SYN has a time stamp, of the", "")                            \
    X(ece, number, "segments that tell of congestion (ECE), of the", "")                          \
    X(ttl, number, "least time to live, or hop limit, of the", "")                                \
    X(out_of_order, number, "segments with data that came after later data, of the", "")          \
    X(dup_acks, number, "duplicate acknowledgments of the", "")                                   \
    X(retrans_fast, number, "sent again as the peer asked for it, by the", "")                    \
    X(retrans_timeout, number, "sent again when a timer ran out, by the", "")                     \
    X(retrans_spurious, number, "sent again in vain, as the peer's DSACK says, by the", "")

/* Of the whole connection: X(word, form, meaning). */
#define CONNECTION_METRIC_WHOLE(X)                                                                \
    X(first_byte, length, "from the first data of the client to that of the server")              \
    X(vlan, number, "VLAN of the first segment")

/* Texts: X(word, meaning). */
#define CONNECTION_METRIC_TEXTS(X)                                                                \
    X(client_host, "address of the client")                                                       \
    X(server_host, "address of the server")                                                       \
    X(ecn, "yes, offered (and not taken) or no; - = no SYN was captured")
// clang-format on

/* Their cells, and keys to sort by, of a struct connection_row. */
#define X(word, form, before, after)                                   \
    void connection_put_client_##word(const void *row, GString *cell); \
    void connection_put_server_##word(const void *row, GString *cell); \
    int64_t connection_key_client_##word(const void *row);             \
    int64_t connection_key_server_##word(const void *row);
CONNECTION_METRIC_NUMBERS(X)
#undef X
#define X(word, form, meaning)                                  \
    void connection_put_##word(const void *row, GString *cell); \
    int64_t connection_key_##word(const void *row);
CONNECTION_METRIC_WHOLE(X)
#undef X
#define X(word, meaning) void connection_put_##word(const void *row, GString *cell);
CONNECTION_METRIC_TEXTS(X)
#undef X

/* Of all captures but those in databases, as tshark is asked for one, and frames for the other. */
void connection_put_server_name(const void *row, GString *cell);
void connection_put_interface(const void *row, GString *cell);

/* Whether a form is a number for machines. */
enum { METRIC_IS_length = true, METRIC_IS_number = true, METRIC_IS_yes = false };

/* Rows of a table of columns, with that rank. */
#define CONNECTION_METRIC_SIDE(rank, word, form, before, after) \
    {"client_" #word,                                           \
     before " client" after,                                    \
     rank,                                                      \
     METRIC_IS_##form,                                          \
     connection_put_client_##word,                              \
     connection_key_client_##word,                              \
     NULL},                                                     \
        {"server_" #word,                                       \
         before " server" after,                                \
         rank,                                                  \
         METRIC_IS_##form,                                      \
         connection_put_server_##word,                          \
         connection_key_server_##word,                          \
         NULL},
#define CONNECTION_METRIC_ONE(rank, word, form, meaning) \
    {#word, meaning, rank, METRIC_IS_##form, connection_put_##word, connection_key_##word, NULL},
#define CONNECTION_METRIC_TEXT(rank, word, meaning) \
    {#word, meaning, rank, false, connection_put_##word, NULL, NULL},

/* Names of those for which the engine must keep metrics; ends with NULL. */
extern const char *const connection_metric_names[];

#endif
