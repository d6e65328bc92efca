/* read_records_fuzz.c - any bytes as input of postproc/readers/read_records.c.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "read_records.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_reader(read_records, data, size);
    return 0;
}
