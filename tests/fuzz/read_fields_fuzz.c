/* read_fields_fuzz.c - any bytes as input of postproc/readers/read_fields.c.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "read_fields.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_reader(read_fields, data, size);
    return 0;
}
