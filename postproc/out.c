/* out.c - output to a file or to standard output; see out.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _POSIX_C_SOURCE 200809L
#include "out.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "fault.h"

#define TEXT_WIDTH 100
#define BLOCK_BYTES (1u << 16)

bool out_open(struct out *out, const char *path, const char *colour, GError **error)
{
    FILE *file = path != NULL ? fopen(path, "we") : stdout;

    if (file == NULL) {
        g_set_error(error, FAULT, EXIT_USAGE, "cannot write '%s': %s", path, g_strerror(errno));
        return false;
    }
    *out = (struct out){
        .file = file,
        .name = path != NULL ? path : "standard output",
        .colour =
            strcmp(colour, "always") == 0 || (strcmp(colour, "auto") == 0 && isatty(fileno(file))),
        .width = TEXT_WIDTH,
    };
    return true;
}

void out_write(struct out *out, GString *text)
{
    fwrite(text->str, 1, text->len, out->file);
    g_string_truncate(text, 0);
}

void out_write_full(struct out *out, GString *text)
{
    if (text->len >= BLOCK_BYTES) {
        out_write(out, text);
    }
}

bool out_close(struct out *out, GError **error)
{
    FILE *file = out->file;
    bool ok = fflush(file) == 0 && !ferror(file);

    if (file != stdout) {
        ok = fclose(file) == 0 && ok;
    }
    if (!ok) {
        g_set_error(error, FAULT, EXIT_USAGE, "cannot write all of %s: %s", out->name,
                    g_strerror(errno));
    }
    return ok;
}

void out_append(const struct out *out, GString *to, enum out_style style, const char *text)
{
    style_append(to, out->colour, style, text);
}
