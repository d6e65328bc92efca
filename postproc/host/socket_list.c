/* socket_list.c - lists of sockets, line by line; see socket_list.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _POSIX_C_SOURCE 200809L
#include "socket_list.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "errors.h"
#include "host_processes.h"
#include "socket_line.h"
#include "text.h"

#define MAX_BYTES (256u << 20) /* more than a million sockets */
#define MAX_WARNINGS 5

static void clear_socket(void *socket)
{
    g_free(((struct host_socket *)socket)->process);
}

static SocketList *new_list(void)
{
    SocketList *list = g_new0(SocketList, 1);

    list->sockets = g_array_new(FALSE, FALSE, sizeof(struct host_socket));
    g_array_set_clear_func(list->sockets, clear_socket);
    list->warnings = g_ptr_array_new_with_free_func(g_free);
    return list;
}

void socket_list_free(SocketList *list)
{
    if (list != NULL) {
        g_array_unref(list->sockets);
        g_ptr_array_unref(list->warnings);
        g_free(list);
    }
}

const struct host_socket *socket_list_at(const SocketList *list, guint i)
{
    return &g_array_index(list->sockets, struct host_socket, i);
}

/* ---- lines ---- */

/* A reading in progress. */
struct reading {
    SocketList *list;
    const char *name;
    guint line;
    guint bad;
    char *names; /* owned: the first name where a number is wanted */
    guint names_line;
};

static void note_bad(struct reading *reading, const char *line, const char *why)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *start = g_strndup(line, 60);

    reading->list->partial = true;
    if (++reading->bad > MAX_WARNINGS) {
        return;
    }
    g_string_append_printf(text, "line %u cannot be read: %s: \"", reading->line, why);
    text_safe(text, start);
    g_string_append_c(text, '"');
    g_ptr_array_add(reading->list->warnings, g_string_free(g_steal_pointer(&text), FALSE));
}

static void read_line(struct reading *reading, const char *line)
{
    g_autofree char *why = NULL;
    struct host_socket socket;

    reading->line++;
    switch (socket_line_parse(&socket, line, &why)) {
    case SOCKET_LINE_SOCKET:
        g_array_append_val(reading->list->sockets, socket);
        break;
    case SOCKET_LINE_NAMES:
        if (reading->names == NULL) {
            reading->names = text_safe_copy(why);
            reading->names_line = reading->line;
        }
        break;
    case SOCKET_LINE_BAD:
        note_bad(reading, line, why);
        break;
    case SOCKET_LINE_NOTHING:
        break;
    }
}

/* A list whose last line has no newline was cut short: what is there of it may not be whole. */
static void read_lines(struct reading *reading, char *text, gsize n)
{
    char *const end = text + n;

    while (text < end) {
        char *newline = memchr(text, '\n', (gsize)(end - text));
        if (newline == NULL) {
            reading->line++;
            note_bad(reading, text, "the list ends in it, without a newline");
            return;
        }
        *newline = '\0';
        read_line(reading, text);
        text = newline + 1;
    }
}

#define HOW_TO_PRINT "ss -tanoep, netstat -natpW, or cat /proc/net/tcp /proc/net/tcp6"

static bool check_reading(struct reading *reading, GError **error)
{
    const guint more = reading->bad - MIN(reading->bad, MAX_WARNINGS);

    if (reading->names != NULL) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_INPUT,
                    "%s: line %u has the name '%s' where a number is wanted: print the list with "
                    "-n, as %s do",
                    reading->name, reading->names_line, reading->names, HOW_TO_PRINT);
        return false;
    }
    if (reading->list->sockets->len == 0 && reading->bad > 0) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_INPUT,
                    "%s is not a list of sockets: %s\nMake one so: %s", reading->name,
                    (char *)g_ptr_array_index(reading->list->warnings, 0), HOW_TO_PRINT);
        return false;
    }
    if (more > 0) {
        g_ptr_array_add(reading->list->warnings,
                        g_strdup_printf("%u more lines cannot be read", more));
    }
    return true;
}

/* ss -o prints no timer where none runs: that one of the sockets has a timer tells that -o was
 * given. */
static void settle_timers(SocketList *list)
{
    bool told = false;

    for (guint i = 0; i < list->sockets->len && !told; i++) {
        told = socket_list_at(list, i)->timer != HOST_TIMER_UNKNOWN;
    }
    for (guint i = 0; i < list->sockets->len && told; i++) {
        struct host_socket *socket = &g_array_index(list->sockets, struct host_socket, i);
        if (socket->timer == HOST_TIMER_UNKNOWN) {
            socket->timer = HOST_TIMER_OFF;
        }
    }
}

SocketList *socket_list_parse(char *text, gsize n, const char *name, GError **error)
{
    g_autoptr(SocketList) list = new_list();
    struct reading reading = {.list = list, .name = name};

    read_lines(&reading, text, n);
    const bool ok = check_reading(&reading, error);
    g_free(reading.names);
    settle_timers(list);
    return ok ? g_steal_pointer(&list) : NULL;
}

/* ---- where from ---- */

static bool fail_to_read(const char *name, const char *why, GError **error)
{
    g_set_error(error, TCPSTORY_ERROR, EXIT_INPUT, "cannot read '%s': %s", name, why);
    return false;
}

/* Appends all that is in an open file. */
static bool read_all(FILE *file, const char *name, GString *text, GError **error)
{
    char block[16384];
    gsize n;

    while ((n = fread(block, 1, sizeof block, file)) > 0) {
        g_string_append_len(text, block, (gssize)n);
        if (text->len > MAX_BYTES) {
            return fail_to_read(name, "it is too long for a list of sockets", error);
        }
    }
    return !ferror(file) || fail_to_read(name, g_strerror(errno), error);
}

static bool read_file(const char *path, const char *name, GString *text, GError **error)
{
    FILE *file = fopen(path, "re");

    if (file == NULL) {
        return fail_to_read(name, g_strerror(errno), error);
    }
    const bool ok = read_all(file, name, text, error);
    fclose(file);
    return ok;
}

static SocketList *read_live(GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);

    if (!read_file("/proc/net/tcp", "/proc/net/tcp", text, error)) {
        return NULL;
    }
    read_file("/proc/net/tcp6", "/proc/net/tcp6", text, NULL); /* a kernel may be without IPv6 */
    SocketList *list = socket_list_parse(text->str, text->len, "/proc/net/tcp", error);
    if (list != NULL) {
        list->live = true;
        host_processes_name(list->sockets);
    }
    return list;
}

SocketList *socket_list_read(const char *path, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    const bool is_stdin = g_strcmp0(path, "-") == 0;

    if (path == NULL) {
        return read_live(error);
    }
    g_autofree char *name = text_safe_copy(is_stdin ? "standard input" : path);
    if (is_stdin ? !read_all(stdin, name, text, error) : !read_file(path, name, text, error)) {
        return NULL;
    }
    if (text->len == 0) {
        fail_to_read(name, "it is empty; make it so: " HOW_TO_PRINT, error);
        return NULL;
    }
    return socket_list_parse(text->str, text->len, name, error);
}
