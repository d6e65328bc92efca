/* host_processes.c - looks for sockets in /proc/PID/fd; see host_processes.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _POSIX_C_SOURCE 200809L
#include "host_processes.h"

#include <string.h>
#include <unistd.h>

/* The inode of a link "socket:[1234]"; 0 when it is something else. */
static uint64_t socket_inode(const char *path)
{
    char target[64];
    const ssize_t n = readlink(path, target, sizeof target - 1);

    if (n <= 0) {
        return 0;
    }
    target[n] = '\0';
    return g_str_has_prefix(target, "socket:[")
               ? g_ascii_strtoull(target + strlen("socket:["), NULL, 10)
               : 0;
}

static char *process_name(const char *pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%s/comm", pid);
    g_autofree char *name = NULL;

    if (!g_file_get_contents(path, &name, NULL, NULL)) {
        return g_strdup(pid);
    }
    return g_strdup_printf("%s/%s", pid, g_strchomp(name));
}

/* Names what the process holds: `wanted` has the sockets by inode. */
static void look_into(const char *pid, GHashTable *wanted)
{
    g_autofree char *folder = g_strdup_printf("/proc/%s/fd", pid);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *entry;

    while (dir != NULL && (entry = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(folder, entry, NULL);
        const uint64_t inode = socket_inode(path);
        struct host_socket *socket = inode != 0 ? g_hash_table_lookup(wanted, &inode) : NULL;
        if (socket != NULL && socket->process == NULL) {
            socket->process = process_name(pid);
        }
    }
}

static gint by_number(gconstpointer a, gconstpointer b)
{
    const guint64 x = g_ascii_strtoull(*(const char *const *)a, NULL, 10);
    const guint64 y = g_ascii_strtoull(*(const char *const *)b, NULL, 10);

    return (x > y) - (x < y);
}

void host_processes_name(GArray *sockets)
{
    g_autoptr(GHashTable) wanted = g_hash_table_new(g_int64_hash, g_int64_equal);
    g_autoptr(GPtrArray) pids = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) proc = g_dir_open("/proc", 0, NULL);
    const char *entry;

    for (guint i = 0; i < sockets->len; i++) {
        struct host_socket *socket = &g_array_index(sockets, struct host_socket, i);
        if (socket->inode != 0) {
            g_hash_table_insert(wanted, &socket->inode, socket);
        }
    }
    while (proc != NULL && (entry = g_dir_read_name(proc)) != NULL) {
        if (g_ascii_isdigit(entry[0])) {
            g_ptr_array_add(pids, g_strdup(entry));
        }
    }
    g_ptr_array_sort(pids, by_number);
    for (guint i = 0; i < pids->len; i++) {
        look_into(g_ptr_array_index(pids, i), wanted);
    }
}
