/* replay.c - runs a target of the fuzzers without one: on each seed as it is, and with bytes that
 * are changed, or cut. Always the same changes, for a second or so: the smoke run of the suite, in
 * any build.
 *
 *   NAME_replay SEED...
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAX_BYTES 4096u
#define COPIES 60 /* of each seed, each with a few bytes changed */

static void change(GRand *chance, uint8_t *bytes, size_t size)
{
    for (gint n = g_rand_int_range(chance, 1, 6); n > 0; n--) {
        bytes[g_rand_int_range(chance, 0, (gint)size)] = (uint8_t)g_rand_int(chance);
    }
}

static void replay(GRand *chance, const uint8_t *seed, size_t size)
{
    uint8_t bytes[MAX_BYTES];

    LLVMFuzzerTestOneInput(seed, size);
    for (unsigned i = 0; i < COPIES && size > 0; i++) {
        memcpy(bytes, seed, size);
        change(chance, bytes, size);
        LLVMFuzzerTestOneInput(bytes, i % 2 == 0 ? size : 1 + (size - 1) * i / COPIES);
    }
}

int main(int argc, char **argv)
{
    GRand *chance = g_rand_new_with_seed(1);

    if (argc < 2) {
        g_printerr("%s: no seeds\n", argv[0]);
        return 2;
    }
    for (int i = 1; i < argc; i++) {
        g_autofree char *seed = NULL;
        gsize size;
        if (!g_file_get_contents(argv[i], &seed, &size, NULL)) {
            g_printerr("%s: cannot be read\n", argv[i]);
            return 2;
        }
        replay(chance, (const uint8_t *)seed, MIN(size, MAX_BYTES));
    }
    g_rand_free(chance);
    return 0;
}
