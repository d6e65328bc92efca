/* socket_list_test.c - postproc/host: lists of sockets in each dialect, whole and broken.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "socket_list.h"

#include "text.h"

static SocketList *parse(const char *text, GError **error)
{
    g_autofree char *copy = g_strdup(text);

    return socket_list_parse(copy, strlen(copy), "web.ss", error);
}

/* A socket in one line: state, ends, process, timer and owner. */
static char *line_of(const SocketList *list, guint i)
{
    const struct host_socket *socket = socket_list_at(list, i);
    GString *line = g_string_new(tsm_state_name((enum tsm_state)socket->state));

    g_string_append_c(line, ' ');
    text_endpoint(line, &socket->tuple, TSM_CLIENT);
    g_string_append_c(line, ' ');
    text_endpoint(line, &socket->tuple, TSM_SERVER);
    g_string_append_printf(line, " q%u/%u %s timer%d owner%d%s", (unsigned)socket->recv_q,
                           (unsigned)socket->send_q,
                           socket->process != NULL ? socket->process : "-", socket->timer,
                           socket->owner, socket->both_families ? " both" : "");
    return g_string_free(line, FALSE);
}

/* The one socket of a list without a fault. */
static void check(const char *text, const char *want)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(SocketList) list = parse(text, &error);

    g_assert_no_error(error);
    g_assert_false(list->partial);
    g_assert_cmpuint(list->sockets->len, ==, 1);
    g_autofree char *line = line_of(list, 0);
    g_assert_cmpstr(line, ==, want);
}

#define SS "State  Recv-Q Send-Q Local Address:Port Peer Address:Port Process\n"

static void test_ss(void)
{
    check(SS "ESTAB 5 7 10.9.0.2:80 10.9.0.1:60546 timer:(keepalive,119min,0) ino:9 sk:2 <->\n",
          "ESTABLISHED 10.9.0.2:80 10.9.0.1:60546 q5/7 - timer3 owner1");
    check("CLOSE-WAIT 1 0 [::ffff:10.9.0.2]:9502 [::ffff:10.9.0.1]:49128 "
          "users:((\"my server\",pid=17,fd=3),(\"my server\",pid=17,fd=4),(\"w\",pid=18,fd=3))\n",
          "CLOSE_WAIT 10.9.0.2:9502 10.9.0.1:49128 q1/0 17/my server +1 timer0 owner1");
    check("FIN-WAIT-2 0 0 10.9.0.2:80 10.9.0.1:1 timer:(timewait,59sec,0) sk:7\n",
          "FIN_WAIT_2 10.9.0.2:80 10.9.0.1:1 q0/0 - timer4 owner2");
    check("SYN-RECV 0 0 [fe80::2%eth0]:80 [fe80::1]%eth0:4\n",
          "SYN_RCVD [fe80::2]:80 [fe80::1]:4 q0/0 - timer0 owner0");
    check("LISTEN 0 128 *:22 *:*\n", "LISTEN [::]:22 [::]:0 q0/128 - timer0 owner0 both");
    check("LISTEN 0 128 *%lo:22 *:* ino:3 sk:1 v6only:1 <->\n",
          "LISTEN [::]:22 [::]:0 q0/128 - timer0 owner1");
    check("LISTEN 0 128 [::]:22 [::]:*\n", "LISTEN [::]:22 [::]:0 q0/128 - timer0 owner0");
    check("tcp   UNCONN 0 0 127.0.0.1%lo:22 0.0.0.0:*\nudp UNCONN 0 0 127.0.0.1:53 0.0.0.0:*\n",
          "CLOSED 127.0.0.1:22 0.0.0.0:0 q0/0 - timer0 owner0");
    check("nl UNCONN 0 0 0:0 *\ntcp LAST-ACK 0 1 10.9.0.2:80 10.9.0.1:1 timer:(on,1sec,3)\r\n"
          "\t bbr wscale:10,10 rto:204\n",
          "LAST_ACK 10.9.0.2:80 10.9.0.1:1 q0/1 - timer2 owner0");
}

#define NETSTAT                                               \
    "Active Internet connections (servers and established)\n" \
    "Proto Recv-Q Send-Q Local Address Foreign Address State PID/Program name\n"

static void test_netstat(void)
{
    check(NETSTAT "tcp 0 3 10.9.0.2:80 10.9.0.1:60546 ESTABLISHED\n",
          "ESTABLISHED 10.9.0.2:80 10.9.0.1:60546 q0/3 - timer0 owner0");
    check("tcp6 0 0 :::9502 :::* LISTEN 1234/sshd: all of it   off (0.00/0/0)\n",
          "LISTEN [::]:9502 [::]:0 q0/0 1234/sshd: all of it timer1 owner1 both");
    check("tcp6 0 0 fd00:9::2:9502 fd00:9::1:56620 CLOSE_WAIT root 190055 - keepalive (7.1/0/0)\n",
          "CLOSE_WAIT [fd00:9::2]:9502 [fd00:9::1]:56620 q0/0 - timer3 owner1");
    check("tcp 0 0 10.9.0.2:80 10.9.0.1:1 TIME_WAIT 0 0 - timewait (51.0/0/0)\n"
          "udp 0 0 0.0.0.0:53 0.0.0.0:*\nunix  2 [ ] DGRAM 123 /run/x\n",
          "TIME_WAIT 10.9.0.2:80 10.9.0.1:1 q0/0 - timer4 owner2");
    check("tcp 0 0 10.9.0.2:80 10.9.0.1:1 SYN_RECV\n",
          "SYN_RCVD 10.9.0.2:80 10.9.0.1:1 q0/0 - timer0 owner0");
}

#define PROC "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt uid\n"

static void test_proc(void)
{
#if G_BYTE_ORDER == G_LITTLE_ENDIAN
    check(PROC "   1: 0200090A:0050 0100090A:EC82 01 00000002:00000003 02:000AFBFF 00000000 0 0 "
               "190054 2 00000000054f5e17 20 0 0 10 -1\n",
          "ESTABLISHED 10.9.0.2:80 10.9.0.1:60546 q3/2 - timer3 owner1");
    check("   1: 0000000000000000FFFF00000200090A:251E 0000000000000000FFFF00000100090A:BFE8 06 "
          "00000000:00000000 03:00000001 00000000 0 0 0 3 0000000000000000\n",
          "TIME_WAIT 10.9.0.2:9502 10.9.0.1:49128 q0/0 - timer4 owner2");
    check("   1: 090000FD000000000000000002000000:251E 00000000000000000000000000000000:0000 0A "
          "00000005:00000002 00:00000000 00000000 0 0 77 1 0000000000000000\n",
          "LISTEN [fd00:9::2]:9502 [::]:0 q2/0 - timer1 owner1");
    check("   1: 00000000000000000000000000000000:0016 00000000000000000000000000000000:0000 0A "
          "00000000:00000000 00:00000000 00000000 0 0 77 1 0000000000000000\n",
          "LISTEN [::]:22 [::]:0 q0/0 - timer1 owner1 both");
#endif
}

/* ss -o prints no timer that is off: one that is printed tells that -o was given. */
static void test_timers(void)
{
    g_autoptr(SocketList) list = parse("ESTAB 0 0 10.9.0.2:80 10.9.0.1:1\n"
                                       "ESTAB 0 0 10.9.0.2:80 10.9.0.1:2 timer:(on,2sec,1)\n",
                                       NULL);

    g_assert_cmpint(socket_list_at(list, 0)->timer, ==, HOST_TIMER_OFF);
}

/* What cannot be read is told, and the rest is there. */
static void test_broken(void)
{
    static const struct {
        const char *line, *why;
    } cases[] = {
        {"ESTAB 0 0 10.9.0.2:80\n", "line 2 cannot be read: it ends before the peer's address"},
        {"ESTAB 0 0 10.9.0.2:80 10.9.0.1:12", "line 2 cannot be read: the list ends in it"},
        {"ESTAB x 0 10.9.0.2:80 10.9.0.1:1\n", "line 2 cannot be read: its queues"},
        {"ESTAB 0 0 10.9.0.2:80 10.9.0.1:99999\n", "line 2 cannot be read: '10.9.0.1:99999'"},
        {"ESTAB 0 0 10.9.0.2:80 [fd00::1]:9\n", "line 2 cannot be read: its two addresses"},
        {"tcp 0 0 10.9.0.2:80 10.9.0.1:1 ESTA\n", "line 2 cannot be read: its state"},
        {"tcp6 0 0 2001:db8:1:2:3:4:5:80 2001:db8::1:1 ESTABLISHED\n", "line 2 cannot be read: "},
        {"   1: 0200090A:0050 0100090A:EC82 FF 0:0 0:0 0 0 0 1\n", "line 2 cannot be read: "},
        {"   1: 0200090A:0050\n", "line 2 cannot be read: it ends before the inode"},
        {"no list at all \x1b[2J\n", "line 2 cannot be read: it is neither of ss"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text =
            g_strconcat("ESTAB 0 0 10.9.0.2:80 10.9.0.1:5\n", cases[i].line, NULL);
        g_autoptr(SocketList) list = parse(text, NULL);
        const char *warning = g_ptr_array_index(list->warnings, 0);
        g_assert_true(list->partial);
        g_assert_cmpuint(list->sockets->len, ==, 1);
        if (!g_str_has_prefix(warning, cases[i].why)) {
            g_error("'%s', not '%s'", warning, cases[i].why);
        }
        g_assert_null(strchr(warning, '\x1b'));
    }
}

static void fails(const char *text, const char *why)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(parse(text, &error));
    g_assert_nonnull(strstr(error->message, why));
}

static void test_useless(void)
{
    fails("hello\nworld\n", "web.ss is not a list of sockets");
    fails(SS "ESTAB 0 0 10.9.0.2:http 10.9.0.1:4\n", "line 2 has the name '10.9.0.2:http'");
    fails(SS "ESTAB 0 0 web.example:80 10.9.0.1:4\n", "print the list with -n");
    fails(SS "LISTEN 0 0 0.0.0.0:ssh 0.0.0.0:*\n", "print the list with -n");
}

/* A host may have no socket at all. */
static void test_empty(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(SocketList) list = parse(SS, &error);

    g_assert_no_error(error);
    g_assert_cmpuint(list->sockets->len, ==, 0);
}

/* A flood of nonsense is told in a few lines. */
static void test_many_broken(void)
{
    g_autoptr(GString) text = g_string_new("ESTAB 0 0 10.9.0.2:80 10.9.0.1:5\n");

    for (guint i = 0; i < 1000; i++) {
        g_string_append(text, "x\n");
    }
    g_autoptr(SocketList) list = parse(text->str, NULL);
    g_assert_cmpuint(list->warnings->len, ==, 6);
    g_assert_cmpstr(g_ptr_array_index(list->warnings, 5), ==, "995 more lines cannot be read");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/socket_list/ss", test_ss);
    g_test_add_func("/socket_list/netstat", test_netstat);
    g_test_add_func("/socket_list/proc", test_proc);
    g_test_add_func("/socket_list/timers", test_timers);
    g_test_add_func("/socket_list/broken", test_broken);
    g_test_add_func("/socket_list/useless", test_useless);
    g_test_add_func("/socket_list/empty", test_empty);
    g_test_add_func("/socket_list/many_broken", test_many_broken);
    return g_test_run();
}
