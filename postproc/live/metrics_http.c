/* metrics_http.c - a small HTTP server; see metrics_http.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE
#include "metrics_http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "errors.h"

#define MAX_CLIENTS 8
#define MAX_REQUEST 4096
#define PATIENCE_US 5000000

/* Someone who asks. */
struct client {
    int fd; /* -1 = nobody */
    int64_t since_us;
    bool asked; /* the request is there whole */
    gsize used, sent;
    char request[MAX_REQUEST + 1];
    GString *answer; /* NULL = none yet */
};

struct metrics_http {
    int listener;
    struct client clients[MAX_CLIENTS];
};

/* ---- listening ---- */

/* ADDRESS:PORT as an address; false when it is none. */
static bool read_address(const char *where, struct sockaddr_storage *to, socklen_t *length)
{
    const char *colon = strrchr(where, ':');
    g_autofree char *host = g_strndup(where, (gsize)(colon - where));
    const guint64 port = g_ascii_strtoull(colon + 1, NULL, 10);
    struct sockaddr_in *four = (struct sockaddr_in *)(void *)to;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)(void *)to;

    memset(to, 0, sizeof *to);
    if (port == 0 || port > UINT16_MAX) {
        return false;
    }
    if (host[0] == '[' && g_str_has_suffix(host, "]")) {
        host[strlen(host) - 1] = '\0';
        six->sin6_family = AF_INET6;
        six->sin6_port = htons((uint16_t)port);
        *length = sizeof *six;
        return inet_pton(AF_INET6, host + 1, &six->sin6_addr) == 1;
    }
    four->sin_family = AF_INET;
    four->sin_port = htons((uint16_t)port);
    *length = sizeof *four;
    return inet_pton(AF_INET, host[0] != '\0' ? host : "127.0.0.1", &four->sin_addr) == 1;
}

MetricsHttp *metrics_http_open(const char *where, GError **error)
{
    struct sockaddr_storage address;
    socklen_t length = 0;
    const int on = 1;

    if (!read_address(where, &address, &length)) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_USAGE,
                    "--prometheus: '%s' is neither FILE nor :PORT nor ADDRESS:PORT", where);
        return NULL;
    }
    MetricsHttp *http = g_new0(MetricsHttp, 1);
    for (guint i = 0; i < MAX_CLIENTS; i++) {
        http->clients[i].fd = -1;
    }
    http->listener = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (http->listener >= 0) {
        setsockopt(http->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    }
    if (http->listener < 0 ||
        bind(http->listener, (const struct sockaddr *)&address, length) != 0 ||
        listen(http->listener, MAX_CLIENTS) != 0) {
        g_set_error(error, TCPSTORY_ERROR, EXIT_OUTPUT, "--prometheus: cannot listen at %s: %s",
                    where, g_strerror(errno));
        metrics_http_free(http);
        return NULL;
    }
    return http;
}

/* ---- clients ---- */

static void drop(struct client *client)
{
    if (client->fd >= 0) {
        close(client->fd);
    }
    if (client->answer != NULL) {
        g_string_free(client->answer, TRUE);
    }
    client->answer = NULL;
    client->fd = -1;
}

void metrics_http_free(MetricsHttp *http)
{
    if (http == NULL) {
        return;
    }
    for (guint i = 0; i < MAX_CLIENTS; i++) {
        drop(&http->clients[i]);
    }
    if (http->listener >= 0) {
        close(http->listener);
    }
    g_free(http);
}

static void accept_clients(MetricsHttp *http)
{
    for (guint i = 0; i < MAX_CLIENTS; i++) {
        struct client *client = &http->clients[i];
        if (client->fd >= 0) {
            continue;
        }
        const int fd = accept4(http->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            return;
        }
        *client = (struct client){.fd = fd, .since_us = g_get_monotonic_time()};
    }
}

static bool would_wait(ssize_t n)
{
    return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
}

static void receive(struct client *client)
{
    const ssize_t n =
        recv(client->fd, client->request + client->used, MAX_REQUEST - client->used, 0);

    if (n <= 0 && !would_wait(n)) {
        drop(client);
        return;
    }
    client->used += (gsize)MAX(n, 0);
    client->request[client->used] = '\0';
    client->asked =
        strstr(client->request, "\r\n\r\n") != NULL || strstr(client->request, "\n\n") != NULL;
    if (!client->asked && client->used == MAX_REQUEST) {
        drop(client);
    }
}

/* Sends what there is room for. */
static void send_answer(struct client *client)
{
    const ssize_t n = send(client->fd, client->answer->str + client->sent,
                           client->answer->len - client->sent, MSG_NOSIGNAL);

    if (n < 0 && !would_wait(n)) {
        drop(client);
        return;
    }
    client->sent += (gsize)MAX(n, 0);
    if (client->sent == client->answer->len) {
        shutdown(client->fd, SHUT_WR);
        drop(client);
    }
}

bool metrics_http_is_asked(MetricsHttp *http)
{
    const int64_t now_us = g_get_monotonic_time();
    bool asked = false;

    accept_clients(http);
    for (guint i = 0; i < MAX_CLIENTS; i++) {
        struct client *client = &http->clients[i];
        if (client->fd >= 0 && now_us - client->since_us > PATIENCE_US) {
            drop(client);
        } else if (client->fd >= 0 && client->answer != NULL) {
            send_answer(client);
        } else if (client->fd >= 0 && !client->asked) {
            receive(client);
        }
        asked = asked || (client->fd >= 0 && client->asked && client->answer == NULL);
    }
    return asked;
}

/* GET of / or /metrics. */
static bool is_for_metrics(const char *request)
{
    return g_str_has_prefix(request, "GET / ") || g_str_has_prefix(request, "GET /metrics ") ||
           g_str_has_prefix(request, "GET /metrics?");
}

static GString *make_answer(bool found, const char *text, gsize length)
{
    GString *answer = g_string_new(NULL);

    g_string_append_printf(answer,
                           "HTTP/1.1 %s\r\n"
                           "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
                           "Content-Length: %" G_GSIZE_FORMAT "\r\n"
                           "Connection: close\r\n\r\n",
                           found ? "200 OK" : "404 Not Found", length);
    return g_string_append_len(answer, text, (gssize)length);
}

void metrics_http_answer(MetricsHttp *http, const char *text, gsize length)
{
    static const char elsewhere[] = "look at /metrics\n";

    for (guint i = 0; i < MAX_CLIENTS; i++) {
        struct client *client = &http->clients[i];
        if (client->fd < 0 || !client->asked || client->answer != NULL) {
            continue;
        }
        client->answer = is_for_metrics(client->request)
                             ? make_answer(true, text, length)
                             : make_answer(false, elsewhere, strlen(elsewhere));
        send_answer(client);
    }
}
