/* store.c - what the engine said of each segment, packed; see store.h.
 *
 * An entry (12 bytes, by frame number) says what the segment did and names a view: the beliefs
 * about both endpoints after it. Segments that change nothing share the view of the stream's last
 * one; views share the moments since when something is believed, as one segment often moves both
 * ends. A view leads to the one that it replaced, and the stream stands at the end of that chain,
 * which is kept short.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "store.h"

#include "compat.h"
#include <epan/wmem_scopes.h>

#include "chunked.h"

/* One TCP layer. view 0 = none. */
struct entry {
    uint32_t view;       /* index of the view after it */
    uint32_t ago_ns;     /* peer_ago_ns of struct annotation; when `far`, index of a struct far */
    unsigned action : 5; /* as in struct annotation, and those that follow */
    unsigned call : 4;
    unsigned open_step : 2;
    unsigned close_steps : 4;
    unsigned sender : 1;
    unsigned changed : 1;
    unsigned completes_handshake : 1;
    unsigned moved : 1;    /* the beliefs before it are those of view.before */
    unsigned noted : 1;    /* it has notes, and so a struct far */
    unsigned news : 1;     /* as in struct annotation */
    unsigned more : 1;     /* the frame has further TCP layers: store.extra */
    unsigned far : 1;      /* it has a struct far */
    unsigned distance : 9; /* frames since peer_frame; 0 = there is none */
};
_Static_assert(sizeof(struct entry) == 12, "an entry is 12 bytes");
_Static_assert(TSM_N_ACTIONS <= 1 << 5 && TSM_N_CALLS <= 1 << 4, "the bits of an entry suffice");

#define MAX_DISTANCE ((1u << 9) - 1)

/* What few segments have, or what is too large for an entry. */
struct far {
    uint32_t notes;
    uint32_t peer_frame;
    uint32_t peer_ago_ns[2]; /* halves, as eight bytes would want a multiple of eight */
};

/* Since when something is believed. */
struct moment {
    uint32_t frame;
    uint32_t ns[2]; /* halves */
};

#define MAX_DEPTH 7
#define MAX_GAP ((1 << 21) - 1)

/* The beliefs about both ends. Arrays would not do, as members of some bits cannot be in them. */
struct view {
    uint32_t since;  /* of the client: index of a moment */
    uint32_t before; /* index of the view that it replaced, for `moved`; of depth 0: the stream */
    unsigned client_state : 4;
    unsigned server_state : 4;
    unsigned client_possible : 12;
    unsigned server_possible : 12;
    unsigned client_basis : 2;
    unsigned server_basis : 2;
    unsigned closed_by : 2; /* of the connection, and the next */
    unsigned role_basis : 1;
    unsigned depth : 3; /* views that lead to the one that says of which stream they are */
    signed gap : 22;    /* the index of the server's moment is `since` plus that */
};
_Static_assert(sizeof(struct view) == 16, "a view is 16 bytes");
_Static_assert(TSM_N_STATES <= 12 && TSM_N_BASES <= 1 << 2, "the bits of a view suffice");

/* What is to be known of a stream when its next segment comes. */
struct latest {
    uint32_t view;  /* its last one; 0 = none */
    uint32_t notes; /* all so far */
};

/* The frame that was added last, where only that is kept. */
struct passing {
    uint32_t frame;
    uint32_t n, room; /* TCP layers of it, and for how many there is room */
    struct annotation *layers;
};

struct store {
    bool lets_pass; /* only `passing` and, of `latest`, the notes are filled */
    struct passing passing;
    struct chunked entries; /* of struct entry, by frame number */
    struct chunked fars;    /* of struct far, from 0 */
    struct chunked views;   /* of struct view, from 1 */
    struct chunked moments; /* of struct moment, from 1 */
    struct chunked latest;  /* of struct latest, by stream number */
    uint32_t n_fars, n_views, n_moments;
    uint32_t last_frame; /* the highest that has an entry */
    wmem_map_t *extra;   /* frame number -> wmem_array_t of struct entry */
};

struct store *store_new(void)
{
    struct store *store = wmem_new0(wmem_file_scope(), struct store);

    store->entries.element_bytes = sizeof(struct entry);
    store->fars.element_bytes = sizeof(struct far);
    store->moments.element_bytes = sizeof(struct moment);
    store->views.element_bytes = sizeof(struct view);
    store->latest.element_bytes = sizeof(struct latest);
    store->extra = wmem_map_new(wmem_file_scope(), g_direct_hash, g_direct_equal);
    return store;
}

void store_let_pass(struct store *store)
{
    store->lets_pass = true;
}

static void clear_kept(struct store *store, uint32_t frame)
{
    struct entry *entry = frame <= store->last_frame ? chunked_find(&store->entries, frame) : NULL;

    if (!entry) {
        return;
    }
    if (entry->more) {
        wmem_map_remove(store->extra, GUINT_TO_POINTER(frame));
    }
    memset(entry, 0, sizeof(*entry));
}

void store_clear(struct store *store, uint32_t frame)
{
    if (store->lets_pass) {
        store->passing.frame = frame;
        store->passing.n = 0;
    } else {
        clear_kept(store, frame);
    }
}

/* --- moments ---------------------------------------------------------------------------------- */

static bool is_moment(const struct store *store, uint32_t index, const struct tsm_belief *belief)
{
    const struct moment *moment = index != 0 ? chunked_find(&store->moments, index) : NULL;

    return moment && moment->frame == belief->since_frame &&
           memcmp(moment->ns, &belief->since_ns, sizeof(moment->ns)) == 0;
}

/* A new moment. Returns its index. */
static uint32_t add_moment(struct store *store, const struct tsm_belief *belief)
{
    struct moment *moment = chunked_make(&store->moments, ++store->n_moments);

    moment->frame = belief->since_frame;
    memcpy(moment->ns, &belief->since_ns, sizeof(moment->ns));
    return store->n_moments;
}

static uint32_t since_of(const struct view *view, enum tsm_side side)
{
    return side == TSM_CLIENT ? view->since : view->since + (uint32_t)view->gap;
}

/* The moment since when it is believed: one of those of the stream's last view (NULL = it has
 * none), or the last that was added for any, or a new one. */
static uint32_t moment_of(struct store *store, const struct tsm_belief *belief,
                          const struct view *latest)
{
    const uint32_t known[] = {latest ? since_of(latest, TSM_CLIENT) : 0,
                              latest ? since_of(latest, TSM_SERVER) : 0, store->n_moments};

    for (unsigned i = 0; i < G_N_ELEMENTS(known); i++) {
        if (is_moment(store, known[i], belief)) {
            return known[i];
        }
    }
    return add_moment(store, belief);
}

/* --- views ------------------------------------------------------------------------------------ */

_Static_assert(sizeof(struct tsm_belief) == 16,
               "beliefs have no padding, so memcmp() compares them");

static bool same_beliefs(const struct tsm_belief a[2], const struct tsm_belief b[2])
{
    return memcmp(a, b, 2 * sizeof(*a)) == 0;
}

/* What a view says of an end, but for the moment. */
static struct tsm_belief timeless_belief(const struct view *view, enum tsm_side side)
{
    return side == TSM_CLIENT
               ? (struct tsm_belief){.state = (uint8_t)view->client_state,
                                     .basis = (uint8_t)view->client_basis,
                                     .possible = (tsm_state_set)view->client_possible}
               : (struct tsm_belief){.state = (uint8_t)view->server_state,
                                     .basis = (uint8_t)view->server_basis,
                                     .possible = (tsm_state_set)view->server_possible};
}

static bool has_belief(const struct store *store, const struct view *view, enum tsm_side side,
                       const struct tsm_belief *belief)
{
    const struct tsm_belief has = timeless_belief(view, side);

    return has.state == belief->state && has.basis == belief->basis &&
           has.possible == belief->possible && is_moment(store, since_of(view, side), belief);
}

static bool has_beliefs(const struct store *store, const struct view *view,
                        const struct tsm_belief belief[2])
{
    return has_belief(store, view, TSM_CLIENT, &belief[TSM_CLIENT]) &&
           has_belief(store, view, TSM_SERVER, &belief[TSM_SERVER]);
}

static struct tsm_belief belief_of(const struct store *store, const struct view *view,
                                   enum tsm_side side)
{
    const struct moment *moment = chunked_find(&store->moments, since_of(view, side));
    struct tsm_belief belief = timeless_belief(view, side);

    belief.since_frame = moment->frame;
    memcpy(&belief.since_ns, moment->ns, sizeof(moment->ns));
    return belief;
}

/* The stream that a view is of. */
static uint32_t stream_of(const struct store *store, const struct view *view)
{
    while (view->depth > 0) {
        view = chunked_find(&store->views, view->before);
    }
    return view->before;
}

/* The stream's last view; NULL when it has none. */
static const struct view *latest_view(struct store *store, uint32_t stream, uint32_t *index)
{
    *index = ((struct latest *)chunked_make(&store->latest, stream))->view;
    return *index != 0 ? chunked_find(&store->views, *index) : NULL;
}

/* The moments since when the ends are believed to be as they are: their indexes. */
static void moments_of(struct store *store, const struct tsm_belief belief[2],
                       const struct view *latest, uint32_t since[2])
{
    since[TSM_CLIENT] = moment_of(store, &belief[TSM_CLIENT], latest);
    since[TSM_SERVER] = moment_of(store, &belief[TSM_SERVER], latest);
    const int64_t gap = (int64_t)since[TSM_SERVER] - since[TSM_CLIENT];

    if (gap > MAX_GAP || gap < -MAX_GAP) { /* side by side, then */
        since[TSM_CLIENT] = add_moment(store, &belief[TSM_CLIENT]);
        since[TSM_SERVER] = add_moment(store, &belief[TSM_SERVER]);
    }
}

/* A new view of a stream; `before` as in struct view, 0 = none. Returns its index. */
static uint32_t add_view(struct store *store, const struct tsm_conn *conn,
                         const struct tsm_belief belief[2], uint32_t before)
{
    const struct tsm_belief *client = &belief[TSM_CLIENT], *server = &belief[TSM_SERVER];
    const struct view *replaced = before != 0 ? chunked_find(&store->views, before) : NULL;
    const uint32_t index = ++store->n_views;
    uint32_t last, since[2];

    moments_of(store, belief, latest_view(store, conn->stream, &last), since);
    *(struct view *)chunked_make(&store->views, index) = (struct view){
        .since = since[TSM_CLIENT],
        .gap = (int32_t)(since[TSM_SERVER] - since[TSM_CLIENT]),
        .before = replaced ? before : conn->stream,
        .depth = replaced ? (replaced->depth + 1) & MAX_DEPTH : 0,
        .client_state = client->state,
        .server_state = server->state,
        .client_possible = client->possible,
        .server_possible = server->possible,
        .client_basis = client->basis,
        .server_basis = server->basis,
        .closed_by = conn->closed_by,
        .role_basis = conn->role_basis,
    };
    ((struct latest *)chunked_make(&store->latest, conn->stream))->view = index;
    return index;
}

/* A view of the beliefs before a segment: the stream's last one unless time has changed them, or
 * too many lead from it to the stream. */
static uint32_t view_before(struct store *store, const struct tsm_conn *conn,
                            const struct tsm_verdict *verdict)
{
    uint32_t index;
    const struct view *latest = latest_view(store, conn->stream, &index);

    return latest && latest->depth < MAX_DEPTH && has_beliefs(store, latest, verdict->before)
               ? index
               : add_view(store, conn, verdict->before, 0);
}

/* A view of the beliefs after a segment that changed none: the stream's last one if it serves. Of
 * what is plain nothing has changed since the segment before it. */
static uint32_t view_unmoved(struct store *store, const struct tsm_conn *conn,
                             const struct tsm_verdict *verdict)
{
    uint32_t index;
    const struct view *latest = latest_view(store, conn->stream, &index);
    const bool serves =
        latest && latest->closed_by == conn->closed_by && latest->role_basis == conn->role_basis &&
        ((verdict->plain && verdict->n_changes == 0) || has_beliefs(store, latest, verdict->after));

    return serves ? index : add_view(store, conn, verdict->after, 0);
}

/* Whether a note is the first of its kind in the stream; from now on none of them is. */
static bool note_news(struct store *store, uint32_t stream, uint32_t notes)
{
    struct latest *latest = chunked_make(&store->latest, stream);
    const bool news = (notes & ~latest->notes) != 0;

    latest->notes |= notes;
    return news;
}

/* --- entries ---------------------------------------------------------------------------------- */

/* Sets what the entry says of the other end and of notes, in as few bytes as it takes. */
static void set_peer(struct store *store, struct entry *entry, uint32_t frame,
                     const struct far *far)
{
    const uint32_t distance = far->peer_frame != 0 ? frame - far->peer_frame : 0;
    int64_t ago_ns;

    memcpy(&ago_ns, far->peer_ago_ns, sizeof(ago_ns));
    entry->noted = far->notes != 0;
    entry->far = entry->noted || distance > MAX_DISTANCE ||
                 (distance == 0 && far->peer_frame != 0) || ago_ns < 0 || ago_ns > UINT32_MAX;
    if (entry->far) {
        entry->ago_ns = store->n_fars++;
        *(struct far *)chunked_make(&store->fars, entry->ago_ns) = *far;
    } else {
        entry->ago_ns = (uint32_t)ago_ns;
        entry->distance = distance & MAX_DISTANCE;
    }
}

/* The other way round. */
static struct far get_peer(const struct store *store, const struct entry *entry, uint32_t frame)
{
    struct far far = {.peer_frame = entry->distance != 0 ? frame - entry->distance : 0};
    const int64_t ago_ns = entry->ago_ns;

    if (entry->far) {
        return *(const struct far *)chunked_find(&store->fars, entry->ago_ns);
    }
    memcpy(far.peer_ago_ns, &ago_ns, sizeof(ago_ns));
    return far;
}

static struct entry make_entry(struct store *store, const struct tsm_conn *conn,
                               const struct tsm_verdict *verdict)
{
    struct entry entry = {
        .action = verdict->action,
        .call = verdict->call,
        .open_step = verdict->open_step,
        .close_steps = verdict->close_steps,
        .sender = verdict->sender,
        .changed = verdict->changed,
        .completes_handshake = verdict->completes_handshake,
        .moved = !same_beliefs(verdict->before, verdict->after),
        .news = verdict->notes != 0 && note_news(store, conn->stream, verdict->notes),
    };

    entry.view = entry.moved
                     ? add_view(store, conn, verdict->after, view_before(store, conn, verdict))
                     : view_unmoved(store, conn, verdict);
    return entry;
}

/* How long ago the end that did not send the segment was heard; 0 when it never was. */
static int64_t peer_ago(const struct tsm_endpoint *peer, int64_t time_ns)
{
    return peer->last_frame != 0 ? time_ns - peer->last_ns : 0;
}

static void add_kept(struct store *store, uint32_t frame, int64_t time_ns,
                     const struct tsm_conn *conn, const struct tsm_verdict *verdict)
{
    const struct tsm_endpoint *peer = &conn->ep[tsm_other(verdict->sender)];
    const int64_t ago_ns = peer_ago(peer, time_ns);
    struct far far = {.notes = verdict->notes, .peer_frame = peer->last_frame};
    struct entry *first = chunked_make(&store->entries, frame);
    struct entry entry = make_entry(store, conn, verdict);
    wmem_array_t *extra;

    memcpy(far.peer_ago_ns, &ago_ns, sizeof(ago_ns));
    set_peer(store, &entry, frame, &far);
    store->last_frame = MAX(store->last_frame, frame);
    if (first->view == 0) {
        *first = entry;
        return;
    }
    extra = wmem_map_lookup(store->extra, GUINT_TO_POINTER(frame));
    if (!extra) {
        extra = wmem_array_new(wmem_file_scope(), sizeof(struct entry));
        wmem_map_insert(store->extra, GUINT_TO_POINTER(frame), extra);
        first->more = true;
    }
    wmem_array_append_one(extra, entry);
}

/* --- the frame that passes -------------------------------------------------------------------- */

/* The next TCP layer of the frame. */
static struct annotation *add_layer(struct passing *passing)
{
    if (passing->n == passing->room) {
        passing->room = passing->room * 2 + 1;
        passing->layers = wmem_realloc(wmem_file_scope(), passing->layers,
                                       passing->room * sizeof(*passing->layers));
    }
    return &passing->layers[passing->n++];
}

static void add_passing(struct store *store, int64_t time_ns, const struct tsm_conn *conn,
                        const struct tsm_verdict *verdict)
{
    const struct tsm_endpoint *peer = &conn->ep[tsm_other(verdict->sender)];

    *add_layer(&store->passing) = (struct annotation){
        .before = {verdict->before[0], verdict->before[1]},
        .after = {verdict->after[0], verdict->after[1]},
        .stream = conn->stream,
        .notes = verdict->notes,
        .peer_ago_ns = peer_ago(peer, time_ns),
        .peer_frame = peer->last_frame,
        .sender = verdict->sender,
        .action = verdict->action,
        .call = verdict->call,
        .open_step = verdict->open_step,
        .close_steps = verdict->close_steps,
        .closed_by = conn->closed_by,
        .role_basis = conn->role_basis,
        .changed = verdict->changed,
        .completes_handshake = verdict->completes_handshake,
        .news = verdict->notes != 0 && note_news(store, conn->stream, verdict->notes),
    };
}

static bool get_passing(const struct passing *passing, uint32_t frame, unsigned layer,
                        struct annotation *annotation)
{
    const bool found = frame == passing->frame && layer < passing->n;

    if (found) {
        *annotation = passing->layers[layer];
    }
    return found;
}

static bool passing_has_notes(const struct passing *passing, uint32_t frame)
{
    bool found = false;

    for (uint32_t i = 0; frame == passing->frame && i < passing->n; i++) {
        found |= passing->layers[i].notes != 0;
    }
    return found;
}

/* --- either way ------------------------------------------------------------------------------- */

void store_add(struct store *store, uint32_t frame, int64_t time_ns, const struct tsm_conn *conn,
               const struct tsm_verdict *verdict)
{
    if (store->lets_pass) {
        add_passing(store, time_ns, conn, verdict);
    } else {
        add_kept(store, frame, time_ns, conn, verdict);
    }
}

static const struct entry *find_entry(const struct store *store, uint32_t frame, unsigned layer)
{
    const struct entry *first = chunked_find(&store->entries, frame);
    wmem_array_t *extra;

    if (!first || first->view == 0) {
        return NULL;
    }
    if (layer == 0) {
        return first;
    }
    extra = first->more ? wmem_map_lookup(store->extra, GUINT_TO_POINTER(frame)) : NULL;
    if (!extra || layer - 1 >= wmem_array_get_count(extra)) {
        return NULL;
    }
    return wmem_array_index(extra, layer - 1);
}

bool store_has_notes(const struct store *store, uint32_t frame)
{
    const struct entry *entry;

    if (store->lets_pass) {
        return passing_has_notes(&store->passing, frame);
    }
    entry = chunked_find(&store->entries, frame);
    return entry && (entry->noted || entry->more);
}

static bool get_kept(const struct store *store, uint32_t frame, unsigned layer,
                     struct annotation *annotation)
{
    const struct entry *entry = find_entry(store, frame, layer);
    const struct view *after, *before;
    struct far far;

    if (!entry) {
        return false;
    }
    after = chunked_find(&store->views, entry->view);
    before = entry->moved ? chunked_find(&store->views, after->before) : after;
    far = get_peer(store, entry, frame);
    *annotation = (struct annotation){
        .before = {belief_of(store, before, TSM_CLIENT), belief_of(store, before, TSM_SERVER)},
        .after = {belief_of(store, after, TSM_CLIENT), belief_of(store, after, TSM_SERVER)},
        .stream = stream_of(store, after),
        .notes = far.notes,
        .peer_frame = far.peer_frame,
        .sender = (uint8_t)entry->sender,
        .action = (uint8_t)entry->action,
        .call = (uint8_t)entry->call,
        .open_step = (uint8_t)entry->open_step,
        .close_steps = (uint8_t)entry->close_steps,
        .closed_by = (uint8_t)after->closed_by,
        .role_basis = (uint8_t)after->role_basis,
        .changed = entry->changed,
        .completes_handshake = entry->completes_handshake,
        .news = entry->news,
    };
    memcpy(&annotation->peer_ago_ns, far.peer_ago_ns, sizeof(far.peer_ago_ns));
    return true;
}

bool store_get(const struct store *store, uint32_t frame, unsigned layer,
               struct annotation *annotation)
{
    return store->lets_pass ? get_passing(&store->passing, frame, layer, annotation)
                            : get_kept(store, frame, layer, annotation);
}
