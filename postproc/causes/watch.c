/* watch.c - looks at a growing story now and then; see watch.h.
 *
 * Rules judge stories that do not change. So each look is at a clone, to which the engine has added
 * how open connections stand, as if the capture ended now. Rules then say the same as they would at
 * the end of such a capture, and none of them knows that it goes on.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "watch.h"

#include <string.h>

#include "hash.h"
#include "judge.h"
#include "suppression.h"

#define SECOND_NS 1000000000LL
#define CONNECTIONS_A_SECOND 2000 /* looking at so many each second is no burden */
#define IDLE_FACTOR 10            /* less often when nothing begins or ends */
#define MAX_KEYS 200000
#define REMEMBERED 100 /* looks, after which what is not found any more is forgotten */

/* What makes two hits the same one. No padding: it is hashed as bytes. */
struct key {
    const void *kind; /* the rule, or the cause */
    const char *text;
    uint8_t src[16], dst[16];
    uint32_t stream;
    uint16_t sport, dport;
    uint8_t scope, fault, len;
    uint8_t zero[5];
};

G_STATIC_ASSERT(sizeof(struct key) <= HASH_MAX_BYTES);

/* What is remembered of it. */
struct memory {
    uint32_t look; /* when it was found last */
    uint8_t severity;
    bool told;
};

struct watch {
    const Thresholds *settings;
    const GPtrArray *suppressions; /* NULL = none */
    struct watch_told told;
    GHashTable *known; /* struct key, owned -> struct memory, owned */
    uint32_t look;
    int64_t next_ns;
    int64_t quiet_ns; /* the next look even when nothing has begun or ended */
    guint64 moves;    /* at the last look */
    guint64 n_anomalies, n_incidents;
    /* the last look */
    Story *story;
    Anomalies *anomalies;
    Incidents *incidents;
};

static guint key_hash(gconstpointer key)
{
    return hash_bytes(key, sizeof(struct key));
}

static gboolean key_equal(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, sizeof(struct key)) == 0;
}

Watch *watch_new(const Thresholds *settings, const GPtrArray *suppressions,
                 const struct watch_told *told)
{
    Watch *watch = g_new0(Watch, 1);

    watch->settings = settings;
    watch->suppressions = suppressions;
    watch->told = *told;
    watch->known = g_hash_table_new_full(key_hash, key_equal, g_free, g_free);
    return watch;
}

static void clear_look(Watch *watch)
{
    g_clear_pointer(&watch->incidents, incidents_free);
    g_clear_pointer(&watch->anomalies, anomalies_free);
    g_clear_pointer(&watch->story, story_free);
}

void watch_free(Watch *watch)
{
    if (watch != NULL) {
        clear_look(watch);
        g_hash_table_unref(watch->known);
        g_free(watch);
    }
}

/* ---- what is new ---- */

/* Of its tuple only what its scope says. */
static struct key key_of(const struct story *story, const void *kind, const struct anomaly *hit)
{
    const struct tsm_tuple *tuple = &hit->tuple;
    const unsigned len = hit->scope != TUPLE_ANY ? tuple->addr_len : 0;
    struct key key;

    memset(&key, 0, sizeof key);
    key.kind = kind;
    key.text = hit->text;
    key.scope = hit->scope;
    key.fault = hit->fault;
    key.len = (uint8_t)len;
    if ((hit->scope & TUPLE_CLIENT_HOST) != 0) {
        memcpy(key.src, tuple->src, len);
    }
    if ((hit->scope & TUPLE_SERVER_HOST) != 0) {
        memcpy(key.dst, tuple->dst, len);
    }
    key.sport = (hit->scope & TUPLE_CLIENT_PORT) != 0 ? tuple->sport : 0;
    key.dport = (hit->scope & TUPLE_SERVER_PORT) != 0 ? tuple->dport : 0;
    key.stream = hit->scope == TUPLE_CONNECTION && hit->connection != G_MAXUINT
                     ? story_connection(story, hit->connection)->stream
                     : TSM_NO_STREAM;
    return key;
}

/* What is remembered of the hit, noting that it was found again. */
static struct memory *remember(Watch *watch, const struct key *key)
{
    struct memory *memory = g_hash_table_lookup(watch->known, key);

    if (memory == NULL) {
        memory = g_new0(struct memory, 1);
        g_hash_table_insert(watch->known, g_memdup2(key, sizeof *key), memory);
    }
    memory->look = watch->look;
    return memory;
}

/* Whether it is to be told now: it is sure, and was not told, or not as so severe. */
static bool take(struct memory *memory, const struct anomaly *hit, bool sure)
{
    const bool worse = memory->told && hit->severity > memory->severity;

    if ((memory->told && !worse) || !sure) {
        return false;
    }
    memory->told = true;
    memory->severity = hit->severity;
    return true;
}

static void tell_anomalies(Watch *watch, bool last)
{
    for (guint i = 0; i < watch->anomalies->hits->len; i++) {
        const struct anomaly *hit = anomalies_at(watch->anomalies, i);
        const struct key key = key_of(watch->anomalies->story, hit->rule, hit);
        if (!take(remember(watch, &key), hit, last || !hit->censored)) {
            continue;
        }
        watch->n_anomalies++;
        if (watch->told.anomaly != NULL) {
            watch->told.anomaly(watch->told.context, watch->anomalies, i);
        }
    }
}

/* A cause must have held in two looks: what explains best changes while a trouble begins. */
static void tell_incidents(Watch *watch, bool last)
{
    for (guint i = 0; i < watch->incidents->found->len; i++) {
        const struct incident *incident = incidents_at(watch->incidents, i);
        const struct anomaly *about = &incident->about;
        const struct key key = key_of(watch->anomalies->story, incident->cause, about);
        const bool again = g_hash_table_contains(watch->known, &key);
        if (!take(remember(watch, &key), about, last || again)) {
            continue;
        }
        watch->n_incidents++;
        if (watch->told.incident != NULL) {
            watch->told.incident(watch->told.context, watch->incidents, i);
        }
    }
}

static gboolean is_old(gpointer key, gpointer value, gpointer data)
{
    const Watch *watch = data;
    const struct memory *memory = value;

    (void)key;
    return watch->look - memory->look >
           (g_hash_table_size(watch->known) > MAX_KEYS ? 1u : REMEMBERED);
}

static void judge(Watch *watch, const struct story *story, bool last)
{
    watch->look++;
    watch->anomalies = anomalies_find(story, watch->settings);
    anomalies_suppress(watch->anomalies, watch->suppressions);
    watch->incidents = incidents_find(watch->anomalies);
    incidents_suppress(watch->incidents, watch->anomalies, watch->suppressions);
    tell_anomalies(watch, last);
    tell_incidents(watch, last);
    if (watch->look % REMEMBERED == 0 || g_hash_table_size(watch->known) > MAX_KEYS) {
        g_hash_table_foreach_remove(watch->known, is_old, watch);
    }
}

/* ---- when ---- */

static void plan_next(Watch *watch, const struct story *story, int64_t now_ns)
{
    const int64_t gap_ns = SECOND_NS + story->connections->len * (SECOND_NS / CONNECTIONS_A_SECOND);

    watch->next_ns = now_ns + gap_ns;
    watch->quiet_ns =
        now_ns + (story->connections->len > CONNECTIONS_A_SECOND ? IDLE_FACTOR * gap_ns : gap_ns);
}

/* How many connections have begun, and have ended of those that are kept. */
static guint64 moves_of(const struct story *story)
{
    return story->begun + story->emitted;
}

/* Of one that has no totals yet it is not known how it stands. */
static bool is_counted(const struct story *story, const struct story_connection *connection,
                       void *data)
{
    (void)story;
    (void)data;
    return connection->counted;
}

void watch_look(Watch *watch, struct story *story, const struct story_source *source,
                int64_t now_ns)
{
    const guint64 moves = moves_of(story);

    story_forget_older(story, WATCH_KEPT, now_ns - WATCH_KEPT_NS);
    if (now_ns < watch->next_ns || (now_ns < watch->quiet_ns && moves == watch->moves)) {
        return;
    }
    watch->moves = moves;
    plan_next(watch, story, now_ns);
    clear_look(watch);
    watch->story = story_clone(story);
    if (source->tell != NULL) {
        source->tell(source->context, watch->story);
    } else {
        story_filter(watch->story, is_counted, NULL);
    }
    if (watch->told.choose != NULL) {
        watch->told.choose(watch->told.context, watch->story);
    }
    story_compact(watch->story);
    judge(watch, watch->story, false);
}

void watch_end(Watch *watch, const struct story *story)
{
    clear_look(watch);
    judge(watch, story, true);
}

const Incidents *watch_newest(const Watch *watch)
{
    return watch->incidents;
}

guint64 watch_anomalies_told(const Watch *watch)
{
    return watch->n_anomalies;
}

guint64 watch_incidents_told(const Watch *watch)
{
    return watch->n_incidents;
}
