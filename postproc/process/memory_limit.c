/* memory_limit.c - see memory_limit.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE
#include "memory_limit.h"

#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "errors.h"
#include "memory.h"
#include "size.h"

/* What may be in use when reading ends. Judging and writing take as much again in the worst case,
 * pages and databases (measured: docs/develop/hardening.md). */
#define READING_SHARE 2

#define MAX_CHILDREN 8
#define GUARD_MS 5
#define PATIENCE_MS 20 /* in which a tshark takes some 10 MB at most */

static struct {
    guint64 bytes; /* 0 = no limit */
    bool reached;
    char *text, *last_words;
    GPid children[MAX_CHILDREN]; /* 0 = none */
} limit;

/* ---- measuring ---- */

/* The resident bytes of a process; 0 = it has gone. */
static guint64 resident(const char *statm)
{
    const int fd = open(statm, O_RDONLY | O_CLOEXEC);
    char text[128];
    const ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : 0;
    unsigned long pages = 0;

    if (fd >= 0) {
        close(fd);
    }
    text[MAX(n, 0)] = '\0';
    return sscanf(text, "%*u %lu", &pages) == 1 ? (guint64)pages * (guint64)sysconf(_SC_PAGESIZE)
                                                : 0;
}

static guint64 resident_all(void)
{
    guint64 all = resident("/proc/self/statm");

    for (guint i = 0; i < MAX_CHILDREN; i++) {
        char path[32];
        if (limit.children[i] != 0) {
            (void)snprintf(path, sizeof path, "/proc/%d/statm", limit.children[i]);
            all += resident(path);
        }
    }
    return all;
}

/* False when there are none. */
static bool kill_children(void)
{
    bool any = false;

    for (guint i = 0; i < MAX_CHILDREN; i++) {
        if (limit.children[i] != 0) {
            kill(limit.children[i], SIGKILL);
            any = true;
        }
    }
    return any;
}

/* A thread of its own: whoever judges and writes does not ask. Who reads is told by the end of the
 * children; when that does not help, all ends. */
static gpointer guard(gpointer nothing)
{
    for (;;) {
        g_usleep(GUARD_MS * 1000);
        if (resident_all() > limit.bytes && !kill_children()) {
            memory_give_up(limit.last_words);
        }
    }
    return nothing;
}

/* ---- the limit ---- */

bool memory_limit(const char *text, GError **error)
{
    if (text == NULL) {
        return true;
    }
    if (!size_read(&limit.bytes, "max-memory", text, error)) {
        return false;
    }
    if (resident_all() == 0) {
        g_set_error_literal(error, TCPSTORY_ERROR, EXIT_INPUT,
                            "--max-memory: memory cannot be measured here, without /proc");
        return false;
    }
    g_free(limit.text);
    limit.text = g_strdup_printf("--max-memory %s is used up", text);
    g_free(limit.last_words);
    limit.last_words = g_strdup_printf("tcpstory: %s: nothing can be told\n", limit.text);
    g_thread_unref(g_thread_new("memory", guard, NULL));
    return true;
}

static void replace_child(GPid old, GPid child)
{
    for (guint i = 0; i < MAX_CHILDREN; i++) {
        if (limit.children[i] == old) {
            limit.children[i] = child;
            return;
        }
    }
}

void memory_limit_count(GPid child)
{
    replace_child(0, child);
}

void memory_limit_forget(GPid child)
{
    replace_child(child, 0);
}

bool memory_limit_reached(void)
{
    const guint64 all = limit.bytes != 0 ? resident_all() : 0;

    if (limit.reached || all <= limit.bytes / READING_SHARE) {
        return false;
    }
    malloc_trim(0); /* what was freed before may be enough; but not in small coin */
    limit.reached = resident_all() + limit.bytes / 16 > all;
    return limit.reached;
}

bool memory_limit_was_reached(void)
{
    return limit.reached;
}

int memory_limit_patience_ms(void)
{
    return limit.bytes != 0 ? PATIENCE_MS : -1;
}

const char *memory_limit_text(void)
{
    return limit.text;
}
