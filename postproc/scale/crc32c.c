/* crc32c.c - eight bytes at a time, by tables; see crc32c.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "crc32c.h"

#include "tsm_little.h"

#define POLYNOMIAL 0x82f63b78u /* 0x1edc6f41 with its bits reversed */
#define SLICES 8

/* tables[k][b]: what byte b does to the sum when k bytes follow it. */
static guint32 tables[SLICES][256];

static void fill_tables(void)
{
    for (guint32 b = 0; b < 256; b++) {
        guint32 sum = b;
        for (unsigned bit = 0; bit < 8; bit++) {
            sum = sum >> 1 ^ ((sum & 1) != 0 ? POLYNOMIAL : 0);
        }
        tables[0][b] = sum;
    }
    for (unsigned k = 1; k < SLICES; k++) {
        for (guint32 b = 0; b < 256; b++) {
            const guint32 before = tables[k - 1][b];
            tables[k][b] = before >> 8 ^ tables[0][before & 0xff];
        }
    }
}

static guint32 add_eight(guint32 sum, const guint8 *p)
{
    const guint32 low = sum ^ tsm_get32(p), high = tsm_get32(p + 4);

    return tables[7][low & 0xff] ^ tables[6][low >> 8 & 0xff] ^ tables[5][low >> 16 & 0xff] ^
           tables[4][low >> 24] ^ tables[3][high & 0xff] ^ tables[2][high >> 8 & 0xff] ^
           tables[1][high >> 16 & 0xff] ^ tables[0][high >> 24];
}

guint32 crc32c(guint32 crc, const void *bytes, gsize size)
{
    static gsize filled;
    const guint8 *p = bytes;
    guint32 sum = ~crc;

    if (g_once_init_enter(&filled)) {
        fill_tables();
        g_once_init_leave(&filled, 1);
    }
    for (; size >= SLICES; size -= SLICES, p += SLICES) {
        sum = add_eight(sum, p);
    }
    for (; size > 0; size--, p++) {
        sum = sum >> 8 ^ tables[0][(sum ^ *p) & 0xff];
    }
    return ~sum;
}
