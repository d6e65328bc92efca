/* plan.h - a RUN folder: which captures are one, and in how many shards its connections are dealt.
 *
 *   RUN/plan.json        what `tcpstory plan` writes, and nobody changes
 *   RUN/map/000042.tsi   the headers of capture 42 (tsi.h)
 *   RUN/totals.json      what all captures are together (totals.h)
 *   RUN/reduce/007.tsr   what became of shard 7 (tsr.h)
 *
 * Everything but plan.json names the plan that it was made for: its identity is the SHA-256 of
 * plan.json.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef PLAN_H
#define PLAN_H

#include <glib.h>
#include <stdbool.h>

#include "run_identity.h"
#include "tsm_hash.h"

#define PLAN_MAX_SHARDS 4096
#define PLAN_MAX_FILES 1000000

/* A capture. */
struct plan_file {
    char *name;      /* as the user named it */
    char *path;      /* where it is, from the root */
    guint64 size;    /* bytes */
    gint64 first_ns; /* the time of its first frame; 0 when it has none */
    bool has_frames;
};

struct plan {
    char *folder;
    GArray *files;       /* of struct plan_file, by the times of their first frames */
    GPtrArray *left_out; /* of char *: sentences, why files are not in it */
    guint32 shards;
    guint32 max_connections;             /* of a shard at once; 0 = any number */
    struct tsm_hash_key key;             /* deals connections to shards */
    guint8 identity[RUN_IDENTITY_BYTES]; /* once it is written or read */
};

/* An empty plan for a folder. Free it with plan_free(). */
struct plan *plan_new(const char *folder);
void plan_free(struct plan *plan);
typedef struct plan Plan;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Plan, plan_free)

/* Sorts the files, and makes the key of them: the same files give the same key, in whatever order
 * they were named. */
void plan_arrange(struct plan *plan);

/* Writes RUN/plan.json; sets the identity. Fails with EXIT_OUTPUT. */
bool plan_write(struct plan *plan, GError **error);

/* Whether a folder is a RUN folder. */
bool plan_is_in(const char *folder);

/* Reads RUN/plan.json; NULL and error (EXIT_INPUT). */
struct plan *plan_read(const char *folder, GError **error);

const struct plan_file *plan_file_at(const struct plan *plan, guint number);

/* Names of files in the folder; the caller frees them. */
char *plan_map_name(const struct plan *plan, guint number);
char *plan_totals_name(const struct plan *plan);
char *plan_reduce_name(const struct plan *plan, guint shard);

/* The names of its files as NULL-terminated list, which is the plan's. */
char **plan_names(const struct plan *plan);

#endif
