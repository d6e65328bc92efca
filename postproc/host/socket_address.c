/* socket_address.c - reads the ends of sockets; see socket_address.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "socket_address.h"

#include <arpa/inet.h>
#include <string.h>

/* ::ffff:10.9.0.2 is an IPv4 address at a socket for both (RFC 4291 2.5.5.2). */
static void unmap(struct socket_address *to)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

    if (to->len == 16 && memcmp(to->address, mapped, sizeof mapped) == 0) {
        memmove(to->address, to->address + sizeof mapped, 4);
        memset(to->address + 4, 0, 12);
        to->len = 4;
    }
}

/* A word with a letter that no number has. */
static bool is_name(const char *text)
{
    return g_ascii_isalpha(text[0]) ||
           (strpbrk(text, "ghijklmnopqrstuvwxyzGHIJKLMNOPQRSTUVWXYZ_") != NULL);
}

static enum socket_address_result parse_port(struct socket_address *to, const char *text)
{
    guint64 port = 0;

    if (strcmp(text, "*") != 0 &&
        !g_ascii_string_to_unsigned(text, 10, 0, UINT16_MAX, &port, NULL)) {
        return is_name(text) ? SOCKET_ADDRESS_NAME : SOCKET_ADDRESS_BAD;
    }
    to->port = (uint16_t)port;
    return SOCKET_ADDRESS_OK;
}

/* "10.9.0.2", "[fe80::1]%eth0", "[fe80::1%eth0]", "fe80::1%eth0", "*" */
static enum socket_address_result parse_host(struct socket_address *to, const char *text)
{
    const bool bracketed = text[0] == '[';
    g_autofree char *bare = g_strdup(text + (bracketed ? 1 : 0));

    bare[strcspn(bare, bracketed ? "%]" : "%")] = '\0';
    if (strcmp(bare, "*") == 0) {
        to->len = 16;
        to->star = true;
    } else if (inet_pton(AF_INET, bare, to->address) == 1) {
        to->len = 4;
    } else if (inet_pton(AF_INET6, bare, to->address) == 1) {
        to->len = 16;
    } else {
        return strchr(bare, ':') == NULL && is_name(bare) ? SOCKET_ADDRESS_NAME
                                                          : SOCKET_ADDRESS_BAD;
    }
    unmap(to);
    return SOCKET_ADDRESS_OK;
}

enum socket_address_result socket_address_parse(struct socket_address *to, const char *text)
{
    const char *colon = strrchr(text, ':');

    *to = (struct socket_address){.len = 0};
    if (colon == NULL) {
        return SOCKET_ADDRESS_BAD;
    }
    g_autofree char *host = g_strndup(text, (gsize)(colon - text));
    const enum socket_address_result result = parse_host(to, host);
    return result == SOCKET_ADDRESS_OK ? parse_port(to, colon + 1) : result;
}

bool socket_address_parse_hex(struct socket_address *to, const char *text)
{
    const gsize digits = strcspn(text, ":");
    guint64 number;

    *to = (struct socket_address){.len = (unsigned)digits / 2};
    if ((digits != 8 && digits != 32) || text[digits] != ':') {
        return false;
    }
    for (gsize i = 0; i < digits / 8; i++) {
        g_autofree char *word = g_strndup(text + 8 * i, 8);
        if (!g_ascii_string_to_unsigned(word, 16, 0, UINT32_MAX, &number, NULL)) {
            return false;
        }
        const uint32_t value = (uint32_t)number;
        memcpy(to->address + 4 * i, &value, sizeof value);
    }
    if (!g_ascii_string_to_unsigned(text + digits + 1, 16, 0, UINT16_MAX, &number, NULL)) {
        return false;
    }
    to->port = (uint16_t)number;
    unmap(to);
    return true;
}
