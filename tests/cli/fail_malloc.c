/* fail_malloc.c - preloaded into tcpstory: lets an allocation fail.
 *
 * FAIL_MALLOC_AT=N is the Nth one that fails, counted from 1; with FAIL_MALLOC_ON set all behind it
 * fail, too. FAIL_MALLOC_REPORT names a file that gets the number of allocations. Programs that
 * tcpstory runs are left alone.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);

static long fail_at;
static _Atomic long count;
static bool fails_on, watched;

__attribute__((constructor)) static void begin(void)
{
    const char *at = getenv("FAIL_MALLOC_AT");

    fails_on = getenv("FAIL_MALLOC_ON") != NULL;
    fail_at = at != NULL ? atol(at) : 0;
    watched = strcmp(program_invocation_short_name, "tcpstory") == 0;
}

__attribute__((destructor)) static void end(void)
{
    const char *report = getenv("FAIL_MALLOC_REPORT");
    const int fd =
        watched && report != NULL ? open(report, O_WRONLY | O_CREAT | O_TRUNC, 0600) : -1;

    watched = false;
    if (fd >= 0) {
        dprintf(fd, "%ld\n", count);
        close(fd);
    }
}

static bool fails(void)
{
    if (!watched) {
        return false;
    }
    const long number = ++count; /* several threads allocate */
    if (fail_at > 0 && (number == fail_at || (fails_on && number > fail_at))) {
        errno = ENOMEM;
        return true;
    }
    return false;
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    return fails() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
    return fails() ? NULL : __libc_realloc(old, size);
}
