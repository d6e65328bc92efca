/* run_identity.h - the identity of a file in a RUN: its SHA-256.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef RUN_IDENTITY_H
#define RUN_IDENTITY_H

#define RUN_IDENTITY_BYTES 32

#endif
