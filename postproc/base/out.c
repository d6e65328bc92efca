/* out.c - output to a file or to standard output; see out.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE
#include "out.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "errors.h"
#include "memory.h"
#include "pager.h"
#include "text.h"

#define TEXT_WIDTH 100
#define BLOCK_BYTES (1u << 16)

/* ---- files ---- */

/* A new file beside the target, which has the target's owner and mode where there is one. Returns
 * NULL when the folder allows none. */
static FILE *open_beside(struct out *out, const struct stat *old)
{
    FILE *file;
    int fd;

    out->path = g_strdup_printf("%s.%ld.tmp", out->target, (long)getpid());
    fd = open(out->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0) {
        g_clear_pointer(&out->path, g_free);
        return NULL;
    }
    if (old != NULL &&
        (fchown(fd, old->st_uid, old->st_gid) != 0 || fchmod(fd, old->st_mode & 0777) != 0)) {
        g_debug("%s: %s", out->path, g_strerror(errno)); /* then it is ours, as any new file */
    }
    file = fdopen(fd, "w");
    if (file == NULL) {
        close(fd);
        unlink(out->path);
        g_clear_pointer(&out->path, g_free);
    } else {
        memory_unfinished(out->path);
    }
    return file;
}

/* Only a plain file can be replaced; a device, a pipe, a link (as /dev/stdout is one), or a file in
 * a folder that allows no new one is written to as it is. */
static FILE *open_file(struct out *out, const char *path)
{
    struct stat old;
    const bool exists = lstat(path, &old) == 0;
    FILE *file = NULL;

    if (exists && !S_ISREG(old.st_mode)) {
        return fopen(path, "we");
    }
    out->target = g_strdup(path);
    if (!exists || access(path, W_OK) == 0) {
        file = open_beside(out, exists ? &old : NULL);
    }
    if (file == NULL) {
        g_clear_pointer(&out->target, g_free);
        out->path = g_strdup(path);
        file = fopen(path, "we");
    }
    return file;
}

/* ---- the terminal ---- */

#define MIN_WIDTH 60
#define MAX_WIDTH 1000

/* How many columns there are: those of the terminal, or what COLUMNS says of it. */
static unsigned width_of(FILE *file)
{
    const char *columns = g_getenv("COLUMNS");
    struct winsize size;
    guint64 said;

    if (!isatty(fileno(file))) {
        return TEXT_WIDTH;
    }
    if (columns != NULL && g_ascii_string_to_unsigned(columns, 10, 1, MAX_WIDTH, &said, NULL)) {
        return MAX((unsigned)said, MIN_WIDTH);
    }
    if (ioctl(fileno(file), TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        return CLAMP(size.ws_col, MIN_WIDTH, MAX_WIDTH);
    }
    return TEXT_WIDTH;
}

/* https://no-color.org, and what BSD's tools ask: CLICOLOR=0. */
static bool wants_color(FILE *file)
{
    const char *none = g_getenv("NO_COLOR");

    return isatty(fileno(file)) && (none == NULL || none[0] == '\0') &&
           g_strcmp0(g_getenv("CLICOLOR"), "0") != 0 && g_strcmp0(g_getenv("TERM"), "dumb") != 0;
}

bool out_open(struct out *out, const char *path, const char *color, GError **error)
{
    *out = (struct out){
        .name = path != NULL ? path : "standard output",
        .width = TEXT_WIDTH,
    };
    out->file = path != NULL ? open_file(out, path) : stdout;
    if (out->file == NULL) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_OUTPUT, "cannot write '%s': %s", path,
                    g_strerror(errno));
        g_clear_pointer(&out->path, g_free);
        return false;
    }
    out->width = width_of(out->file);
    out->color =
        strcmp(color, "always") == 0 || (strcmp(color, "auto") == 0 && wants_color(out->file));
    if (path == NULL) {
        pager_start(); /* now that is known how wide the terminal is */
    }
    return true;
}

static bool close_file(struct out *out)
{
    const bool ok = fflush(out->file) == 0 && !ferror(out->file);

    return (out->file == stdout || fclose(out->file) == 0) && ok;
}

static void forget_paths(struct out *out)
{
    memory_unfinished(NULL);
    g_clear_pointer(&out->path, g_free);
    g_clear_pointer(&out->target, g_free);
}

bool out_close(struct out *out, GError **error)
{
    const bool ok = close_file(out) && (out->target == NULL || rename(out->path, out->target) == 0);

    if (!ok) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_OUTPUT, "cannot write all of %s: %s", out->name,
                    g_strerror(errno));
        if (out->target != NULL) {
            unlink(out->path);
        }
    }
    forget_paths(out);
    return ok;
}

void out_cancel(struct out *out)
{
    close_file(out);
    if (out->target != NULL) {
        unlink(out->path);
    }
    forget_paths(out);
}

/* ---- text ---- */

void out_write(struct out *out, GString *text)
{
    fwrite(text->str, 1, text->len, out->file);
    g_string_truncate(text, 0);
}

void out_write_wrapped(struct out *out, GString *text, unsigned indent)
{
    g_autoptr(GString) wrapped = g_string_new(NULL);

    text_wrap(wrapped, text->str, out->width, indent);
    g_string_truncate(text, 0);
    out_write(out, wrapped);
}

void out_write_full(struct out *out, GString *text)
{
    if (text->len >= BLOCK_BYTES || out->at_once) {
        out_write(out, text);
    }
    if (out->at_once) {
        fflush(out->file);
    }
}

void out_append(const struct out *out, GString *to, enum out_style style, const char *text)
{
    style_append(to, out->color, style, text);
}
