/* made.c - see made.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _POSIX_C_SOURCE 200809L
#include "made.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "errors.h"
#include "memory.h"
#include "text.h"

static bool fail(const char *name, int why, GError **error)
{
    g_autofree char *shown = text_safe_copy(name);

    g_set_error(error, TCPSTORY_ERROR, EXIT_OUTPUT, "cannot write '%s': %s", shown,
                g_strerror(why));
    return false;
}

bool made_begin(struct made *made, const char *name, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(name);
    int fd = -1;

    *made = (struct made){.name = g_strdup(name), .path = g_strdup_printf("%s.XXXXXX.tmp", name)};
    if (g_mkdir_with_parents(folder, 0777) == 0) {
        fd = g_mkstemp_full(made->path, O_WRONLY, 0666);
    }
    if (fd >= 0) {
        memory_unfinished(made->path);
    }
    made->file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (made->file == NULL) {
        fail(name, errno, error);
        if (fd >= 0) {
            close(fd);
        } else {
            g_clear_pointer(&made->path, g_free);
        }
        made_cancel(made);
        return false;
    }
    return true;
}

void made_write(struct made *made, const void *bytes, gsize size)
{
    if (!made->failed && size > 0 && fwrite(bytes, 1, size, made->file) != size) {
        made->failed = true;
        made->why = errno;
    }
    made->size += size;
}

bool made_end(struct made *made, GError **error)
{
    bool ok = !made->failed && fflush(made->file) == 0 && fsync(fileno(made->file)) == 0;
    int why = made->failed ? made->why : errno;

    if (fclose(made->file) != 0 && ok) {
        ok = false;
        why = errno;
    }
    made->file = NULL;
    if (ok && g_rename(made->path, made->name) != 0) {
        ok = false;
        why = errno;
    }
    if (ok) {
        g_clear_pointer(&made->path, g_free);
    } else {
        fail(made->name, why, error);
    }
    made_cancel(made);
    return ok;
}

void made_cancel(struct made *made)
{
    if (made->file != NULL) {
        fclose(made->file);
        made->file = NULL;
    }
    if (made->path != NULL) {
        g_unlink(made->path);
    }
    memory_unfinished(NULL);
    g_clear_pointer(&made->path, g_free);
    g_clear_pointer(&made->name, g_free);
}

bool made_whole(const char *name, const void *bytes, gsize size, GError **error)
{
    struct made made;

    if (!made_begin(&made, name, error)) {
        return false;
    }
    made_write(&made, bytes, size);
    return made_end(&made, error);
}
