/* anonymizer.c - see anonymizer.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "anonymizer.h"

#include <string.h>

#include "errors.h"
#include "hash.h"

#define LEAST_KEY 16 /* bytes */

enum purpose { FOR_ADDRESSES, FOR_NAMES };

/* A file of any length: the key is made of its SHA-256. */
static bool read_key(struct tsm_hash_key *key, const char *path, GError **error)
{
    g_autofree char *text = NULL;
    g_autoptr(GError) cause = NULL;
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    guint8 digest[32];
    gsize size = sizeof digest;
    gsize length = 0;

    if (!g_file_test(path, G_FILE_TEST_IS_REGULAR)) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE, "the key '%s' is no plain file", path);
        return false;
    }
    if (!g_file_get_contents(path, &text, &length, &cause)) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE, "cannot read the key: %s", cause->message);
        return false;
    }
    if (length < LEAST_KEY) {
        g_set_error(
            error, TCPSTORY_ERROR, EXIT_USAGE,
            "the key '%s' has fewer than %d bytes: head -c 32 /dev/urandom > FILE makes one", path,
            LEAST_KEY);
        return false;
    }
    g_checksum_update(sum, (const guchar *)text, (gssize)length);
    g_checksum_get_digest(sum, digest, &size);
    memcpy(&key->k0, digest, sizeof key->k0);
    memcpy(&key->k1, digest + sizeof key->k0, sizeof key->k1);
    key->k0 = GUINT64_FROM_LE(key->k0);
    key->k1 = GUINT64_FROM_LE(key->k1);
    return true;
}

bool anonymizer_begin(struct anonymizer *anonymizer, const char *path, GError **error)
{
    *anonymizer = (struct anonymizer){.on = true};
    if (path != NULL) {
        return read_key(&anonymizer->key, path, error);
    }
    if (!hash_make_key(&anonymizer->key)) {
        g_set_error_literal(error, TCPSTORY_ERROR, EXIT_INPUT,
                            "this system gives no random numbers: name a key by --anonymize-key");
        return false;
    }
    return true;
}

/* The first `bits` bits of the address decide; `words` are those 16 bytes, with zeros behind. */
static bool is_turned(const struct tsm_hash_key *key, uint64_t high, uint64_t low, unsigned bits,
                      unsigned len)
{
    const uint64_t words[] = {high, low, bits | len << 8 | FOR_ADDRESSES << 16};

    return (tsm_siphash(key, 2, 4, words, G_N_ELEMENTS(words)) & 1) != 0;
}

/* The word without all but its first `bits` bits, 0 to 64. */
static uint64_t beginning(uint64_t word, unsigned bits)
{
    return bits == 0 ? 0 : word >> (64 - bits) << (64 - bits);
}

void anonymizer_map(const struct anonymizer *anonymizer, uint8_t *address, unsigned len)
{
    uint8_t bytes[16] = {0};
    uint64_t words[2];

    if (!anonymizer->on) {
        return;
    }
    memcpy(bytes, address, len);
    memcpy(words, bytes, sizeof words);
    const uint64_t high = GUINT64_FROM_BE(words[0]);
    const uint64_t low = GUINT64_FROM_BE(words[1]);
    for (unsigned i = 0; i < 8 * len; i++) {
        const bool turned = is_turned(&anonymizer->key, beginning(high, MIN(i, 64)),
                                      beginning(low, i > 64 ? i - 64 : 0), i, len);
        address[i / 8] = (uint8_t)(address[i / 8] ^ turned << (7 - i % 8));
    }
}

char *anonymizer_name(const struct anonymizer *anonymizer, const char *name)
{
    g_autofree char *sum = NULL;
    uint64_t words[9] = {0};

    if (!anonymizer->on) {
        return g_strdup(name);
    }
    sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, name, -1);
    memcpy(words, sum, 8 * sizeof words[0]);
    words[8] = FOR_NAMES << 16;
    return g_strdup_printf(
        "capture-%08x", (unsigned)tsm_siphash(&anonymizer->key, 2, 4, words, G_N_ELEMENTS(words)));
}
