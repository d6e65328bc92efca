/* crc32c.h - the checksum of what lies in files: CRC-32C (Castagnoli), as of RFC 3720 appendix B.4.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CRC32C_H
#define CRC32C_H

#include <glib.h>

/* The checksum of some bytes and of `size` more behind them; `crc` is that of the first ones, 0 =
 * there are none. */
guint32 crc32c(guint32 crc, const void *bytes, gsize size);

#endif
