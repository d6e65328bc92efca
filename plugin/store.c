/* store.c - what the engine said of each segment, packed; see store.h.
 *
 * An entry (20 bytes, by frame number) says what the segment did and names a view: the beliefs
 * about both endpoints after it. Segments that change nothing share the view of the stream's last
 * one.
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
    uint32_t peer_frame; /* as in struct annotation */
    uint32_t peer_ns[2]; /* the same; halves, as eight bytes would want a multiple of eight */
    unsigned action : 5;
    unsigned call : 5;
    unsigned open_step : 2;
    unsigned close_steps : 4;
    unsigned sender : 1;
    unsigned changed : 1;
    unsigned completes_handshake : 1;
    unsigned moved : 1; /* the beliefs before it are those of view.before */
    unsigned noted : 1; /* its notes are view.notes; otherwise it has none */
    unsigned news : 1;  /* as in struct annotation */
    unsigned more : 1;  /* the frame has further TCP layers: store.extra */
};
_Static_assert(sizeof(struct entry) == 20, "an entry is 20 bytes");
_Static_assert(TSM_N_ACTIONS <= 1 << 5 && TSM_N_CALLS <= 1 << 5, "the bits of an entry suffice");

struct view {
    struct tsm_belief belief[2];
    uint32_t stream;
    uint32_t before; /* index of the view that it replaced, for `moved` */
    uint32_t notes;
    uint8_t closed_by;
    uint8_t role_basis;
};

/* What is to be known of a stream when its next segment comes. */
struct latest {
    uint32_t view;  /* its last one; 0 = none */
    uint32_t notes; /* all so far */
};

struct store {
    struct chunked entries; /* of struct entry, by frame number */
    struct chunked views;   /* of struct view, from 1 */
    struct chunked latest;  /* of struct latest, by stream number */
    uint32_t n_views;
    uint32_t last_frame; /* the highest that has an entry */
    wmem_map_t *extra;   /* frame number -> wmem_array_t of struct entry */
};

struct store *store_new(void)
{
    struct store *store = wmem_new0(wmem_file_scope(), struct store);

    store->entries.element_bytes = sizeof(struct entry);
    store->views.element_bytes = sizeof(struct view);
    store->latest.element_bytes = sizeof(struct latest);
    store->extra = wmem_map_new(wmem_file_scope(), g_direct_hash, g_direct_equal);
    return store;
}

void store_clear(struct store *store, uint32_t frame)
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

/* --- views ------------------------------------------------------------------------------------ */

_Static_assert(sizeof(struct tsm_belief) == 16,
               "beliefs have no padding, so memcmp() compares them");

static bool same_beliefs(const struct tsm_belief a[2], const struct tsm_belief b[2])
{
    return memcmp(a, b, 2 * sizeof(*a)) == 0;
}

/* Whether the view says the same as one after the segment would, apart from where it came from. */
static bool view_serves(const struct view *old, const struct tsm_conn *conn,
                        const struct tsm_verdict *verdict)
{
    return same_beliefs(old->belief, verdict->after) && old->closed_by == conn->closed_by &&
           old->role_basis == conn->role_basis &&
           (verdict->notes == 0 || verdict->notes == old->notes);
}

static uint32_t add_view(struct store *store, const struct view *view)
{
    uint32_t index = ++store->n_views;
    struct latest *latest = chunked_make(&store->latest, view->stream);

    *(struct view *)chunked_make(&store->views, index) = *view;
    latest->view = index;
    return index;
}

/* The stream's last view; NULL when it has none. */
static const struct view *latest_view(struct store *store, uint32_t stream, uint32_t *index)
{
    *index = ((struct latest *)chunked_make(&store->latest, stream))->view;
    return *index != 0 ? chunked_find(&store->views, *index) : NULL;
}

/* A view of the beliefs after a segment; `before` as in struct view. */
static uint32_t add_view_after(struct store *store, const struct tsm_conn *conn,
                               const struct tsm_verdict *verdict, uint32_t before)
{
    struct view view = {
        .belief = {verdict->after[0], verdict->after[1]},
        .stream = conn->stream,
        .before = before,
        .notes = verdict->notes,
        .closed_by = conn->closed_by,
        .role_basis = conn->role_basis,
    };

    return add_view(store, &view);
}

/* A view of the beliefs before a segment: the stream's last one unless time has changed them. */
static uint32_t view_before(struct store *store, const struct tsm_conn *conn,
                            const struct tsm_verdict *verdict)
{
    uint32_t index;
    const struct view *latest = latest_view(store, conn->stream, &index);
    struct view view = {.belief = {verdict->before[0], verdict->before[1]}, .stream = conn->stream};

    return latest && same_beliefs(latest->belief, view.belief) ? index : add_view(store, &view);
}

/* A view of the beliefs after a segment that changed none: the stream's last one if it serves. */
static uint32_t view_unmoved(struct store *store, const struct tsm_conn *conn,
                             const struct tsm_verdict *verdict)
{
    uint32_t index;
    const struct view *latest = latest_view(store, conn->stream, &index);

    return latest && view_serves(latest, conn, verdict) ? index
                                                        : add_view_after(store, conn, verdict, 0);
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

static struct entry make_entry(struct store *store, const struct tsm_conn *conn,
                               const struct tsm_verdict *verdict)
{
    const struct tsm_endpoint *peer = &conn->ep[tsm_other(verdict->sender)];
    struct entry entry = {
        .peer_frame = peer->last_frame,
        .action = verdict->action,
        .call = verdict->call,
        .open_step = verdict->open_step,
        .close_steps = verdict->close_steps,
        .sender = verdict->sender,
        .changed = verdict->changed,
        .completes_handshake = verdict->completes_handshake,
        .moved = !same_beliefs(verdict->before, verdict->after),
        .noted = verdict->notes != 0,
        .news = verdict->notes != 0 && note_news(store, conn->stream, verdict->notes),
    };

    memcpy(entry.peer_ns, &peer->last_ns, sizeof(entry.peer_ns));
    entry.view = entry.moved
                     ? add_view_after(store, conn, verdict, view_before(store, conn, verdict))
                     : view_unmoved(store, conn, verdict);
    return entry;
}

void store_add(struct store *store, uint32_t frame, const struct tsm_conn *conn,
               const struct tsm_verdict *verdict)
{
    struct entry *first = chunked_make(&store->entries, frame);
    struct entry entry = make_entry(store, conn, verdict);
    wmem_array_t *extra;

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
    const struct entry *entry = chunked_find(&store->entries, frame);

    return entry && (entry->noted || entry->more);
}

bool store_get(const struct store *store, uint32_t frame, unsigned layer,
               struct annotation *annotation)
{
    const struct entry *entry = find_entry(store, frame, layer);
    const struct view *after, *before;

    if (!entry) {
        return false;
    }
    after = chunked_find(&store->views, entry->view);
    before = entry->moved ? chunked_find(&store->views, after->before) : after;
    *annotation = (struct annotation){
        .before = {before->belief[0], before->belief[1]},
        .after = {after->belief[0], after->belief[1]},
        .stream = after->stream,
        .notes = entry->noted ? after->notes : 0,
        .peer_frame = entry->peer_frame,
        .sender = (uint8_t)entry->sender,
        .action = (uint8_t)entry->action,
        .call = (uint8_t)entry->call,
        .open_step = (uint8_t)entry->open_step,
        .close_steps = (uint8_t)entry->close_steps,
        .closed_by = after->closed_by,
        .role_basis = after->role_basis,
        .changed = entry->changed,
        .completes_handshake = entry->completes_handshake,
        .news = entry->news,
    };
    memcpy(&annotation->peer_ns, entry->peer_ns, sizeof(entry->peer_ns));
    return true;
}
