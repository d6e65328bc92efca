/* socket_address.h - "10.9.0.2:80", "[fe80::1]%eth0:80", "*:22": an end of a socket as text.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SOCKET_ADDRESS_H
#define SOCKET_ADDRESS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* An end of a socket. */
struct socket_address {
    uint8_t address[16];
    unsigned len;  /* 4 or 16; IPv4 as IPv6 writes it (::ffff:10.9.0.2) is 4 */
    uint16_t port; /* 0 = any: "*" */
    bool star;     /* "*": any address of any family */
};

enum socket_address_result { SOCKET_ADDRESS_OK, SOCKET_ADDRESS_NAME, SOCKET_ADDRESS_BAD };

/* Reads what ss or netstat writes; an interface (%eth0) is left out. */
enum socket_address_result socket_address_parse(struct socket_address *to, const char *text);

/* Reads what /proc/net/tcp writes: 32-bit words in the byte order of the host, which is taken to be
 * that of this machine. */
bool socket_address_parse_hex(struct socket_address *to, const char *text);

#endif
