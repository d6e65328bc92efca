/* suppression.c - takes findings out that are known to be harmless; see suppression.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "suppression.h"

#include "text.h"

struct suppression *suppression_new(const char *name)
{
    struct suppression *suppression = g_new0(struct suppression, 1);

    suppression->name = g_strdup(name);
    suppression->ids = g_ptr_array_new_with_free_func(g_free);
    return suppression;
}

void suppression_free(struct suppression *suppression)
{
    g_free(suppression->name);
    g_free(suppression->reason);
    g_ptr_array_unref(suppression->ids);
    selection_clear(&suppression->selection);
    g_free(suppression);
}

static bool is_of_kind(const struct suppression *suppression, const char *id)
{
    return suppression->ids->len == 0 ||
           g_ptr_array_find_with_equal_func(suppression->ids, id, g_str_equal, NULL);
}

static bool selects_any(const struct suppression *suppression)
{
    return suppression->selection.wanted.nets == NULL &&
           suppression->selection.wanted.ports == NULL;
}

static bool has_all(const struct suppression *suppression, const struct story *story,
                    const guint *members, guint n)
{
    if (selects_any(suppression)) {
        return true;
    }
    for (guint i = 0; i < n; i++) {
        if (!selection_matches(&suppression->selection, story,
                               story_connection(story, members[i]))) {
            return false;
        }
    }
    return n > 0;
}

bool suppression_find(const GPtrArray *all, const struct story *story, const char *id,
                      const guint *members, guint n, guint *number)
{
    for (guint i = 0; i < all->len; i++) {
        const struct suppression *suppression = g_ptr_array_index(all, i);
        if (is_of_kind(suppression, id) && has_all(suppression, story, members, n)) {
            *number = i;
            return true;
        }
    }
    return false;
}

/* ---- hits ---- */

static void free_suppressed(gpointer data)
{
    struct suppressed *suppressed = data;

    g_free(suppressed->name);
    g_free(suppressed->reason);
}

static GArray *new_counts(const GPtrArray *all)
{
    GArray *counts = g_array_new(FALSE, FALSE, sizeof(struct suppressed));

    g_array_set_clear_func(counts, free_suppressed);
    for (guint i = 0; i < all->len; i++) {
        const struct suppression *suppression = g_ptr_array_index(all, i);
        const struct suppressed none = {g_strdup(suppression->name), g_strdup(suppression->reason),
                                        0, 0};
        g_array_append_val(counts, none);
    }
    return counts;
}

void anomalies_suppress(Anomalies *found, const GPtrArray *all)
{
    g_autoptr(GArray) hits = found->hits;
    g_autoptr(GArray) members = found->members;

    found->suppressed = new_counts(all);
    found->hits = g_array_new(FALSE, FALSE, sizeof(struct anomaly));
    found->members = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint i = 0; i < hits->len; i++) {
        struct anomaly hit = g_array_index(hits, struct anomaly, i);
        const guint *of_hit = (const guint *)members->data + hit.first_member;
        guint number;
        if (suppression_find(all, found->story, hit.rule->id, of_hit, hit.members, &number)) {
            g_array_index(found->suppressed, struct suppressed, number).anomalies++;
        } else {
            hit.first_member = found->members->len;
            g_array_append_vals(found->members, of_hit, hit.members);
            g_array_append_val(found->hits, hit);
        }
    }
    g_free(found->hits_of);
    g_free(found->first_of);
    hits_order(found, found->story->connections->len);
}

bool suppressed_text(GString *out, const Anomalies *anomalies)
{
    g_autoptr(GString) names = g_string_new(NULL);
    guint sum = 0;

    for (guint i = 0; anomalies->suppressed != NULL && i < anomalies->suppressed->len; i++) {
        const struct suppressed *of = &g_array_index(anomalies->suppressed, struct suppressed, i);
        const guint n = of->anomalies + of->incidents;
        if (n > 0) {
            g_string_append(names, sum > 0 ? ", " : "");
            text_safe(names, of->name);
            g_string_append_c(names, ' ');
            text_count(names, n);
        }
        sum += n;
    }
    if (sum > 0) {
        text_counted(out, sum, "finding", "findings");
        g_string_append_printf(out, " (%s)", names->str);
    }
    return sum > 0;
}
