/* read_sockets_fuzz.c - any bytes as a list of sockets: postproc/host/socket_list.c.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "socket_list.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_malloc(size + 1);
    g_autoptr(SocketList) list = NULL;

    memcpy(text, data, size);
    text[size] = '\0';
    list = socket_list_parse(text, size, "list", NULL);
    return 0;
}
