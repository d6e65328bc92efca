/* story.h - the model: what the record stream says of a capture, connection by connection.
 *
 * Readers fill it through story_add(), everybody else only reads it. Memory grows with connections
 * and with state intervals, not with segments.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef STORY_H
#define STORY_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "anonymizer.h"
#include "marks.h"

/* Which of the two views of docs/user/inference.md the intervals show. */
enum story_view {
    STORY_HINDSIGHT, /* later segments correct what was believed before */
    STORY_LIVE,      /* what an observer knew at each moment */
};

/* An endpoint is in a state from from_ns until the next interval of the endpoint begins; the last
 * one lasts beyond the capture. So intervals neither overlap nor leave a hole. */
struct story_interval {
    int64_t from_ns;
    uint32_t frame;         /* the frame that began it; 0 = a timer */
    uint32_t earlier;       /* private: index + 1 of the one before; 0 = it is the first */
    tsm_state_set possible; /* contains state */
    uint8_t state;          /* enum tsm_state */
    uint8_t basis;          /* enum tsm_basis */
    uint8_t cause;          /* enum tsm_event or tsm_cause; see tsm_cause_name() */
};

/* See tsm_is_certain(). */
static inline bool story_is_certain(const struct story_interval *interval)
{
    return tsm_is_certain((enum tsm_state)interval->state, (enum tsm_basis)interval->basis,
                          interval->possible);
}

/* When an endpoint was last heard. All zero until the totals are read. */
struct story_silence {
    int64_t last_ns;     /* its last segment, with last_frame */
    uint32_t last_frame; /* 0 = it sent nothing */
    uint32_t unacked;    /* octets that it sent, SYN and FIN included, and nobody acknowledged */
};

/* What endpoints asked for in vain when they were last heard, by enum tsm_side: what they sent
 * again since their peer's last word, and nothing else after. Next to none does. */
struct story_repeats {
    int64_t ns[2]; /* from the first to the last */
    uint32_t count[2];
};

/* Bytes of payload as tsm_bytes.h tells them apart, by enum tsm_side. Those out of order are among
 * story_connection.bytes, the others are not. */
struct story_bytes {
    uint64_t out_of_order[2], retransmitted[2], lost[2];
};

/* One connection. Arrays are indexed by enum tsm_side. */
struct story_connection {
    struct tsm_tuple tuple;   /* the client is the source */
    uint32_t stream;          /* as tcp.stream */
    uint32_t frame;           /* of the first segment */
    uint32_t previous_stream; /* on the same addresses and ports; TSM_NO_STREAM = none */
    uint32_t notes;           /* TSM_NOTE_... of all its segments */
    uint32_t segments[2];
    uint32_t retransmissions[2];
    uint32_t newest[2];    /* private: index + 1 of the last interval */
    uint32_t facts[2];     /* private: index + 1 of the packed facts; 0 = all zero */
    uint32_t kinds;        /* private: index + 1 of its bytes by kind, packed; 0 = all zero */
    uint32_t spent;        /* private: index + 1 of where its time went, packed; 0 = all zero */
    uint32_t metrics;      /* private: index + 1 of its metrics, packed; 0 = all zero */
    uint32_t marks;        /* private: index + 1 of the last mark */
    uint32_t flow;         /* private: index + 1 of the first flow */
    uint32_t repeats;      /* private: index + 1 of what was repeated in vain; 0 = all zero */
    int64_t start_ns;      /* first segment */
    int64_t end_ns;        /* last segment; when cut short: the last one known of */
    int64_t setup_ns;      /* SYN to third ACK; -1 = not seen */
    int64_t closed_out_ns; /* when it was evicted to make room; 0 = it was not */
    uint64_t mark_kinds;   /* private: the kinds of its marks, of either side; bits */
    uint64_t bytes[2];     /* payload, each byte once */
    struct story_silence heard[2];
    uint8_t role_basis;  /* enum tsm_role_basis */
    uint8_t closed_by;   /* 0 none, 1 client, 2 server */
    uint8_t syn_tries;   /* SYNs of the client, the first included; up to 255 */
    uint8_t vantage;     /* enum tsm_vantage */
    uint8_t open_steps;  /* bit n-1 = step n was seen */
    uint8_t close_steps; /* TSM_CLOSE_1 ... */
    bool counted;        /* its totals were read: false when the stream was cut short */
    bool emitted;        /* private: ended() was called for it */
    bool keeps_steps;    /* private: its steps are kept, up to a limit */
    uint16_t steps;      /* private: how many of them were kept */
};

/* Whether a socket has connected to itself (RFC 9293 3.5, simultaneous open): both ends are one,
 * and all segments are the client's. */
static inline bool story_is_own_peer(const struct story_connection *connection)
{
    const struct tsm_tuple *tuple = &connection->tuple;

    return tuple->sport == tuple->dport && memcmp(tuple->src, tuple->dst, tuple->addr_len) == 0;
}

/* How often an endpoint sent segments of a kind, and when. */
struct story_mark {
    struct tsm_mark is;
    uint32_t earlier; /* private: index + 1 of the one before */
    uint8_t kind;     /* enum mark_kind, or enum tsm_note_bit */
    uint8_t side;     /* enum tsm_side */
};

/* A segment that did something to a connection: a step of the handshake or of the close, a RST, an
 * ICMP error. */
struct story_step {
    int64_t time_ns;
    uint32_t frame;
    uint32_t connection; /* its number; see story_connection() */
    uint8_t sender;      /* enum tsm_side */
    uint8_t action;      /* enum tsm_action */
    uint8_t call;        /* enum tsm_call */
    uint8_t open_step;   /* 1..3; 0 = none */
    uint8_t close_steps; /* TSM_CLOSE_1 ... */
};

/* A flow of a connection, as Zeek would log it: docs/user/zeek.md. */
struct story_flow {
    struct tsm_record_flow row;
    uint32_t connection; /* its number; see story_connection() */
};

/* A frame in which a segment of a connection is, or an ICMP error that quotes one. */
struct story_packet {
    uint32_t frame;
    uint32_t connection; /* its number; see story_connection() */
};

/* The facts of one side that were asked for last. */
struct story_unpacked {
    uint32_t place[2]; /* index + 1 of the packed ones; 0 = none yet */
    struct tsm_record_facts facts[2];
    unsigned next; /* which of the two is to be replaced */
};

/* What is known of a frame that is one of story_wants.frames. */
struct story_frame {
    uint32_t nearest; /* the last segment known of up to it; 0 = none yet */
    int64_t ns;       /* when that was captured */
};

/* What the version of the plugin ends with in records whose addresses are mapped. */
#define STORY_ANONYMIZED "+anon"

#define STORY_MAX_FRAMES 3
#define STORY_MAX_INTERVALS 1000

/* An address that has a name which somebody asked for. */
struct story_name {
    const char *name; /* one of story_wants.names */
    uint8_t address[16];
    unsigned len; /* 4 or 16 */
};

/* A file of a capture that is several. */
struct story_file {
    char *name;      /* owned */
    uint32_t before; /* how many frames are in the files before it */
};

struct story;
struct tsm_header;

/* Who knows, when a connection begins, whether it may be wanted. */
struct story_chooser {
    bool (*may_be_wanted)(const void *context, const struct story *story,
                          const struct tsm_tuple *tuple, uint32_t stream);
    const void *context;
};

/* Who reads on, and can tell how what is still open stands. */
struct story_source {
    /* Adds to a story (a clone of the one that is read) what is known by now of each connection
     * that has not ended: facts, totals and those of the capture. NULL = it cannot be told. */
    void (*tell)(void *context, struct story *to);
    void *context;
    const struct tsm_record_capture *totals; /* of the capture by now; NULL as tell is */
};

/* Who wants to know of each connection as soon as its totals are read; the story forgets it then,
 * unless wants.lasting. */
struct story_follower {
    void (*ended)(void *context, const struct story *story,
                  const struct story_connection *connection);
    /* Called while the input goes on: ten times in a second of the capture, and of ours too where
     * the input is waited for. `now_ns` is the capture's time. May call story_filter() and
     * story_compact(). Returns false when nothing more is to be read. NULL = nobody asks. */
    bool (*tick)(void *context, struct story *story, const struct story_source *source,
                 int64_t now_ns);
    void *context;
};

/* A frame of a capture, for who takes headers. */
struct story_taken {
    int64_t time_ns;
    uint32_t interface; /* of its capture; 0 where it has only one */
    bool has_time;
    bool plain; /* read without dissection */
};

/* Who takes the TCP headers of a capture, in place of an engine; the story stays without
 * connections. Of *header all is set but the ports; header->bytes is gone afterwards. Frames come
 * after their headers. */
struct story_taker {
    void (*header)(void *context, const struct tsm_header *header, const struct story_taken *frame);
    void (*frame)(void *context, const struct story_taken *frame);
    void (*name)(void *context, const uint8_t *address, unsigned len, const char *name);
    void (*interface)(void *context, uint32_t number, const char *name);
    void *context;
};

/* Who wants each record that the story has taken in, with addresses as the story has them. */
struct story_tee {
    void (*put)(void *context, const struct tsm_record *record);
    void *context;
};

/* What of a capture is to be kept, and how: given to story_new(), and constant from then on. What
 * it points to must outlive the reading; the story has a reference to `filtered` and `servers`. */
struct story_wants {
    enum story_view view;
    bool projects;            /* take in what will be after the capture's end if nothing more is
                                 sent */
    bool keeps_facts;         /* keep facts and marks */
    bool keeps_flows;         /* keep flows */
    bool keeps_metrics;       /* keep metrics */
    bool keeps_interfaces;    /* keep on which interfaces connections were captured */
    bool keeps_servers;       /* ask which servers connections are for, by name */
    bool lasting;             /* connections that have ended stay: who follows takes them out */
    bool clock;               /* time passes for timers while nothing is captured: it is now */
    bool keeps_packets;       /* keep which frames are whose */
    guint steps_of;           /* how many of the first connections that may be wanted have steps */
    uint32_t segments_of;     /* the stream of which all segments are kept; TSM_NO_STREAM = none */
    enum tsm_vantage vantage; /* where the capture was made, if that is known */
    uint32_t frames_before;   /* added to the numbers of frames, but for those of the capture */
    uint32_t max_connections; /* for readers that feed the engine: as in struct tsm_recorder */
    uint32_t frames[STORY_MAX_FRAMES]; /* whose time is to be known; 0 = none */
    struct story_chooser chooser;      /* may_be_wanted = NULL: all are */
    struct story_follower follower;    /* ended = NULL: none */
    struct story_taker taker;          /* header = NULL: an engine infers */
    struct anonymizer anonymizer;      /* off: addresses are as they are */
    struct story_tee tee;              /* put = NULL: none */
    const GPtrArray *names[2]; /* of const char *: whose addresses are to be known; NULL = none */
    GHashTable *servers;       /* names of servers: stream -> char *; NULL = not asked */
    GHashTable *filtered;      /* the streams that a display filter has found; NULL = any */
};

/* A capture. */
typedef struct story {
    char *name;                      /* as the user named the capture; owned */
    const struct story_wants *wants; /* a copy of what was given to story_new() */
    struct tsm_record_header header;
    struct tsm_record_capture capture; /* what could be counted, when has_capture is false */
    GArray *files;  /* of struct story_file, when the capture is several files; else empty */
    GArray *blanks; /* of struct tsm_blank, by time: when nothing at all was captured; blanks.h */
    uint32_t packets_came, packets_lost; /* as the capture's interfaces counted them; 0 = unknown */
    bool has_header;
    bool has_capture;     /* the capture's totals were read */
    bool complete;        /* the last record was read */
    char *clocks;         /* a sentence: how clocks of its taps differed, of which the times are
                             corrected; NULL = they did not. Owned */
    bool clocks_disagree; /* they differ in a way that cannot be corrected */
    bool partial;         /* some of the input could not be read; warnings say why */
    GPtrArray *warnings;  /* of char *: sentences for people, without a final newline */
    GArray *connections;  /* of struct story_connection, in the order they began */
    GArray *flows;        /* of struct story_flow, in the order they ended; see wants.keeps_flows */
    GArray *steps;        /* of struct story_step; see wants.steps_of */
    GArray *segments;     /* of struct tsm_record_segment; see wants.segments_of */
    GArray *packets;      /* of struct story_packet, by their frames; see wants.keeps_packets */
    struct story_interfaces *interfaces; /* private; NULL = nothing is known of them */
    GArray *named;                       /* of struct story_name: see story_add_name() */
    const struct story *before, *after;  /* its neighbours: series.h; NULL = none, as at first */
    guint lost_segments;                 /* those that were too many to keep */
    bool lost_steps;                     /* there were too many: some connections have not all */
    guint left_out;                      /* connections that story_filter() took out */
    /* private */
    GArray *intervals; /* of struct story_interval */
    GArray *facts;     /* of uint32_t: facts of endpoints, and where time went, packed */
    struct story_unpacked *unpacked; /* one for each side */
    GArray *marks;                   /* of struct story_mark */
    GHashTable *by_stream;           /* stream -> index, where the two differ */
    struct story_frame frames[STORY_MAX_FRAMES];
    int64_t first_ns;   /* when the first connection began; INT64_MAX = none yet */
    guint64 begun;      /* public: how many connections have begun so far */
    guint emitted;      /* connections to be forgotten; of a lasting story: that have ended */
    int64_t forget_ns;  /* when those that were kept last are too old: story_forget_older() */
    guint step_keepers; /* connections whose steps are kept */
    int64_t latest_ns;  /* of all segments known of; INT64_MIN = none */
    uint32_t unused;    /* index + 1 of the first interval that is free again */
} Story;

/* The same story for another thread, that reads at the same time: all is shared, but for what was
 * asked for last. The story does not change meanwhile, and lives longer. */
struct story_reader {
    struct story is; /* to be read */
    struct story_unpacked unpacked[2];
};

void story_reader_begin(struct story_reader *reader, const struct story *story);

/* An empty story; `name` is copied. Without `wants` (NULL) it shows hindsight, and keeps
 * connections and intervals only. Free with story_free(). */
struct story *story_new(const char *name, const struct story_wants *wants);
void story_free(struct story *story);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Story, story_free)

/* Adds a record. Returns false and sets error when it contradicts those before: a stream that was
 * not begun, or begun twice; story then stays as it was. */
bool story_add(struct story *story, const struct tsm_record *record, GError **error);

/* Another story that says the same, and has no follower. Free with story_free(). */
struct story *story_clone(const struct story *story);

/* Of a lasting story: of the connections that have ended, only the newest `most` stay, and of these
 * those that ended at `since_ns` or later; the memory of the others is given back. Does nothing as
 * long as there are not many more. */
void story_forget_older(struct story *story, guint most, int64_t since_ns);

/* Whether the follower was told that the connection has ended. */
static inline bool story_has_ended(const struct story_connection *connection)
{
    return connection->emitted;
}

/* The follower is told of all connections of which it was not yet: they are still open, or the
 * input was cut short. */
void story_emit_rest(struct story *story);

/* The next frame is the first of a file; `before` frames came before it. `name` is copied. */
void story_begin_file(struct story *story, const char *name, uint32_t before);

/* Whether its addresses stand for others: mapped here, or before its records were written. */
bool story_is_anonymized(const struct story *story);

/* Whether the capture is several files. */
bool story_is_set(const struct story *story);

/* The name of the file in which a frame is. *in_file is set to the number that it has there. */
const char *story_file_of(const struct story *story, uint32_t frame, uint32_t *in_file);

/* The capture says that an address (`len` bytes, 4 or 16) has that name. Kept when it is one of the
 * wanted ones, or when its first part is: "web" is "web.example.net", too. */
void story_add_name(struct story *story, const uint8_t *address, unsigned len, const char *name);

/* The first flow of a connection; NULL when it has none, or flows were not kept. */
const struct story_flow *story_first_flow(const struct story *story,
                                          const struct story_connection *connection);

/* The name number i of those whose addresses are to be known; NULL = there are no more. */
const char *story_wanted_name(const struct story *story, guint i);

/* Some of the input could not be read; `why` is a sentence for people and is copied. */
void story_mark_partial(struct story *story, const char *why);

/* The time of the capture's first frame; of the first connection when that is not known. */
int64_t story_start(const struct story *story);

/* When the capture ended; when that is not known, the last segment known of. */
int64_t story_end(const struct story *story);

/* Until when the connection was followed: until the capture ended, it was evicted to make room, or
 * nothing at all was captured any more for a while, and of it never again. */
int64_t story_followed_to(const struct story *story, const struct story_connection *connection);

/* Whether the input is to tell every segment, and not only those that did something. */
bool story_wants_segments(const struct story *story);

/* Asks for the time of a frame; 0 is ignored. At most STORY_MAX_FRAMES. */
void story_want_frame(struct story_wants *wants, uint32_t frame);

/* The time of the last TCP segment up to a frame that was asked for; the capture's start when there
 * is none. Exact for what the input tells of every segment. */
int64_t story_frame_time(const struct story *story, uint32_t frame);

/* What belongs to a connection is put together in memory, which makes looking at all of them
 * several times faster, and what belongs to none is freed. Of an end that changed its state more
 * than STORY_MAX_INTERVALS times, a lasting story forgets the oldest. */
void story_compact(struct story *story);

/* Keeps those connections for which keep() says so, in their order, and forgets the others; numbers
 * of connections change. */
void story_filter(struct story *story,
                  bool (*keep)(const struct story *story, const struct story_connection *connection,
                               void *data),
                  void *data);

/* The connection number i, 0 <= i < story->connections->len. */
static inline const struct story_connection *story_connection(const struct story *story, guint i)
{
    return &g_array_index(story->connections, struct story_connection, i);
}

/* The connection of a stream; NULL when there is none, as for TSM_NO_STREAM. */
const struct story_connection *story_of_stream(const struct story *story, uint32_t stream);

/* The number of a connection of the story, as for story_connection(). */
guint story_number(const struct story *story, const struct story_connection *connection);

/* The endpoint's intervals, oldest first, into `list` (of struct story_interval), which is emptied
 * before. */
void story_intervals(const struct story *story, const struct story_connection *connection,
                     enum tsm_side side, GArray *list);

/* The endpoint's last interval; NULL when nothing is known of it. */
const struct story_interval *story_last(const struct story *story,
                                        const struct story_connection *connection,
                                        enum tsm_side side);

/* The interval of the same endpoint before that one; NULL when it is the first. */
const struct story_interval *story_earlier(const struct story *story,
                                           const struct story_interval *interval);

/* The facts of an endpoint. Never NULL: all zero when they were not kept, or the stream was cut
 * short. Valid until two other connections were asked about. */
const struct tsm_record_facts *story_facts(const struct story *story,
                                           const struct story_connection *connection,
                                           enum tsm_side side);

/* Of the bytes of a connection, those that the capture does not have once and in order. */
struct story_bytes story_bytes(const struct story *story,
                               const struct story_connection *connection);

/* Where the time of a connection went: all zero when it is not known. */
struct tsm_spent story_spent(const struct story *story, const struct story_connection *connection);

/* An interface of the file that is being read has a name, which is copied; kept when they are
 * wanted. */
void story_name_interface(struct story *story, uint32_t number, const char *name);

/* From that frame on, frames are of an interface. */
void story_on_interface(struct story *story, uint32_t number, uint32_t frame);

/* The name of the interface on which a frame was captured; NULL = not known. */
const char *story_interface(const struct story *story, uint32_t frame);

/* The name of the server that the connection is for, as TLS or HTTP tells it; NULL = not known, or
 * nobody asked. */
const char *story_server_name(const struct story *story, const struct story_connection *connection);

/* Whether its metrics are known. */
static inline bool story_has_metrics(const struct story_connection *connection)
{
    return connection->metrics != 0;
}

/* The metrics of a connection: all zero when they are not known. */
struct tsm_record_metrics story_metrics(const struct story *story,
                                        const struct story_connection *connection);

/* Private: those of a kind that an end of the connection has. */
const struct tsm_mark *story_find_mark(const struct story *story,
                                       const struct story_connection *connection,
                                       enum tsm_side side, unsigned kind);

/* What its endpoints asked for in vain; all zero until the totals are read. */
struct story_repeats story_repeats(const struct story *story,
                                   const struct story_connection *connection);

/* Segments of a kind (enum mark_kind, or enum tsm_note_bit) that the endpoint sent. Never NULL: its
 * count is 0 when there was none, or marks were not kept. */
static inline const struct tsm_mark *story_mark(const struct story *story,
                                                const struct story_connection *connection,
                                                enum tsm_side side, unsigned kind)
{
    static const struct tsm_mark none;

    return (connection->mark_kinds >> kind & 1) != 0 /* of either side */
               ? story_find_mark(story, connection, side, kind)
               : &none;
}

/* The endpoint's interval at a time, after what happened then up to that frame (UINT32_MAX: all
 * that did); NULL before the first. */
const struct story_interval *story_interval_at(const struct story *story,
                                               const struct story_connection *connection,
                                               enum tsm_side side, int64_t ns, uint32_t frame);

/* How long before that time the endpoint was last heard; -1 = never, not before it, or its totals
 * were not read. What it was heard of before its last segment is not kept. */
int64_t story_unheard_ns(const struct story_connection *connection, enum tsm_side side, int64_t ns);

/* Since when the endpoint was in the state of that interval, whatever else changed meanwhile. */
int64_t story_state_since(const struct story *story, const struct story_interval *interval);

/* Since when the endpoint is in its last state, whatever else changed meanwhile. Call it only when
 * story_last() is not NULL. */
int64_t story_last_since(const struct story *story, const struct story_connection *connection,
                         enum tsm_side side);

#endif
