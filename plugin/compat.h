/* compat.h - what differs between Wireshark 4.0, 4.2, 4.4 and 4.6, so that no other file knows.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef COMPAT_H
#define COMPAT_H

#include <ws_version.h>

#define WIRESHARK_AT_LEAST(major, minor)  \
    (WIRESHARK_VERSION_MAJOR > (major) || \
     (WIRESHARK_VERSION_MAJOR == (major) && WIRESHARK_VERSION_MINOR >= (minor)))

/* Headers that 4.0 has under other names or does not have. <wireshark.h> is what every source file
 * of Wireshark includes first. */
#include <epan/epan.h>
#include <wireshark.h>

#include <stdbool.h>

/* plugin_describe() and its flags came with 4.2. */
#if WIRESHARK_AT_LEAST(4, 2)
#include <wsutil/plugins.h>
#endif

/* gboolean became bool with 4.4, in the variables behind preferences too. */
#if WIRESHARK_AT_LEAST(4, 4)
typedef bool compat_bool;
#else
typedef gboolean compat_bool;
#endif

/* The function behind `-z` returns whether it understood its argument, from 4.6 on. Before, it
 * prints its message and exits. */
#if WIRESHARK_AT_LEAST(4, 6)
typedef bool compat_stat_init;
#define COMPAT_STAT_INIT_DONE return true
#define COMPAT_STAT_INIT_FAILED return false
#else
typedef void compat_stat_init;
#define COMPAT_STAT_INIT_DONE return
#define COMPAT_STAT_INIT_FAILED exit(1)
#endif

#endif
