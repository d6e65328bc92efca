/* broken_reader.c - a reader of captures that an attacker has taken over, in its sandbox: tells
 * what it could do. Each thing is tried in a process of its own, as the sandbox may end it.
 *
 *   broken_reader FILE
 *
 * prints a line "THING: done" or "THING: refused" for each.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox.h"

static const char *file;

static int read_input(void)
{
    char byte;

    return (int)read(STDIN_FILENO, &byte, 1);
}

static int allocate(void)
{
    return mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
                   MAP_FAILED
               ? -1
               : 0;
}

static int open_file(void)
{
    return open(file, O_RDONLY);
}

static int make_file(void)
{
    return open("/tmp/tcpstory-broken-reader", O_WRONLY | O_CREAT, 0600);
}

static int make_socket(void)
{
    return socket(AF_INET, SOCK_STREAM, 0);
}

static int make_local_socket(void)
{
    return socket(AF_UNIX, SOCK_STREAM, 0);
}

static int run_program(void)
{
    return execl("/bin/true", "true", (char *)NULL);
}

static int fork_again(void)
{
    return fork();
}

static int trace(void)
{
    return (int)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static int signal_parent(void)
{
    return kill(getppid(), 0);
}

static int make_folder(void)
{
    return mkdir("/tmp/tcpstory-broken-reader.d", 0700);
}

static const struct {
    const char *name;
    int (*attempt)(void);
} things[] = {
    {"read the capture", read_input},
    {"allocate", allocate},
    {"open a file", open_file},
    {"make a file", make_file},
    {"make a folder", make_folder},
    {"make a socket", make_socket},
    {"make a local socket", make_local_socket},
    {"run a program", run_program},
    {"fork", fork_again},
    {"trace", trace},
    {"signal another process", signal_parent},
};

int main(int argc, char **argv)
{
    if (argc != 2) {
        return 2;
    }
    file = argv[1];
    for (size_t i = 0; i < sizeof things / sizeof things[0]; i++) {
        int status = 0;
        const pid_t pid = fork();
        if (pid == 0) {
            if (!sandbox_enter()) {
                _exit(77);
            }
            _exit(things[i].attempt() < 0);
        }
        waitpid(pid, &status, 0);
        if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
            return 77;
        }
        printf("%s: %s\n", things[i].name,
               WIFEXITED(status) && WEXITSTATUS(status) == 0 ? "done" : "refused");
    }
    return 0;
}
