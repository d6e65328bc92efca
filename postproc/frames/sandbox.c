/* sandbox.c - see sandbox.h.
 *
 * The filter lists what is allowed: what libwiretap, GLib and who unpacks call once a capture is
 * open. A call that is not allowed fails with EPERM; those that could only serve an attack end the
 * process.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE
#include "sandbox.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined __x86_64__
#define THIS_ARCH AUDIT_ARCH_X86_64
#elif defined __aarch64__
#define THIS_ARCH AUDIT_ARCH_AARCH64
#endif

/* ---- Landlock: no right to any file ---- */

#if defined SYS_landlock_create_ruleset && defined SYS_landlock_restrict_self
/* All rights of its first version (linux/landlock.h): reading, writing, making and removing files
 * and folders, and running programs. */
#define ALL_RIGHTS ((1ull << 13) - 1)

static void give_up_files(void)
{
    const struct {
        unsigned long long handled;
    } rights = {ALL_RIGHTS};
    const long rules = syscall(SYS_landlock_create_ruleset, &rights, sizeof rights, 0);

    if (rules >= 0) {
        syscall(SYS_landlock_restrict_self, rules, 0);
        close((int)rules);
    }
}
#else
static void give_up_files(void)
{
}
#endif

/* ---- the filter ---- */

#ifdef THIS_ARCH
#define LOAD(member) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member))
#define RETURN(action) BPF_STMT(BPF_RET | BPF_K, action)
#define IF(number, action) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1), RETURN(action)
#define ALLOW(name) IF(SYS_##name, SECCOMP_RET_ALLOW)
/* clone() with this flag; what comes after it in the filter still sees the call's number. */
#define IF_CLONE(flag)                                                               \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 4),                            \
        LOAD(args[0]), /* the lower half: little-endian */                           \
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, flag, 0, 1), RETURN(SECCOMP_RET_ALLOW), \
        RETURN(SECCOMP_RET_ERRNO | EPERM)
#define END(name) IF(SYS_##name, SECCOMP_RET_KILL_PROCESS)

static bool filter_calls(void)
{
    static struct sock_filter filter[] = {
        LOAD(arch),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, THIS_ARCH, 1, 0),
        RETURN(SECCOMP_RET_KILL_PROCESS),
        LOAD(nr),
        ALLOW(read),
        ALLOW(pread64),
        ALLOW(readv),
        ALLOW(write),
        ALLOW(writev),
        ALLOW(lseek),
        ALLOW(fstat),
        ALLOW(close),
        ALLOW(dup),
#ifdef SYS_dup2
        ALLOW(dup2),
        ALLOW(poll),
#endif
        ALLOW(dup3),
        ALLOW(ppoll),
        ALLOW(brk),
        ALLOW(mmap),
        ALLOW(munmap),
        ALLOW(mremap),
        ALLOW(madvise),
        ALLOW(mprotect),
        ALLOW(futex),
        ALLOW(clock_gettime),
        ALLOW(gettimeofday),
        ALLOW(getrandom),
        ALLOW(rt_sigaction),
        ALLOW(rt_sigprocmask),
        ALLOW(rt_sigreturn),
        ALLOW(restart_syscall),
        ALLOW(sched_yield),
        ALLOW(getpid),
        ALLOW(gettid),
        ALLOW(exit),
        ALLOW(exit_group),
        ALLOW(pipe2), /* unpack.h: a thread and its pipe */
        ALLOW(set_robust_list),
        ALLOW(rseq),
        IF(SYS_clone3, SECCOMP_RET_ERRNO | ENOSYS), /* its flags cannot be seen: clone() instead */
        IF_CLONE(CLONE_THREAD),
        IF(SYS_fcntl, SECCOMP_RET_ALLOW),
#ifdef SYS_newfstatat
        ALLOW(newfstatat), /* as glibc's fstat() is; Landlock hides nothing's size, only content */
#endif
        END(execve),
        END(execveat),
        END(ptrace),
        END(process_vm_readv),
        END(process_vm_writev),
        RETURN(SECCOMP_RET_ERRNO | EPERM),
    };
    const struct sock_fprog program = {sizeof filter / sizeof filter[0], filter};

    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}
#else
static bool filter_calls(void)
{
    return false;
}
#endif

bool sandbox_enter(void)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return false;
    }
    give_up_files();
    return filter_calls();
}
