# SPDX-License-Identifier: GPL-2.0-or-later
"""The programmes of the laboratory: a server that answers requests, and clients.

A request is its own length, that of the answer, and how long the server is to think; then its rest.
"""
import select
import socket
import struct
import threading
import time

HEAD = struct.Struct('!IId')
FILL = b'x' * 65536
LINGER_0 = struct.pack('ii', 1, 0)
TCP_FASTOPEN = 23
MSG_FASTOPEN = 0x20000000


def take(sock, size):
    """So many bytes; fewer at the end of the stream."""
    got = b''
    while len(got) < size:
        data = sock.recv(min(65536, size - len(got)))
        if not data:
            break
        got += data
    return got


def fill(size):
    while size > 0:
        yield FILL[:min(size, len(FILL))]
        size -= len(FILL)


# ---- the server ----

def serve(port, **o):
    """Accepts and answers for ever. Options: backlog, accept_gap, pause (seconds), think, idle
    (closes after so long without a request), answers (closes after so many), at_end: close, leave;
    on_request: answer, abort, unread, stop_reading, close_early; defer, fastopen; retires (stops
    accepting after so long); turns_away: close, abort; on_eof: abort."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if o.get('rcvbuf'):
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, o['rcvbuf'])
    if o.get('defer'):
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, o['defer'])
    if o.get('fastopen'):
        listener.setsockopt(socket.IPPROTO_TCP, TCP_FASTOPEN, 16)
    listener.bind(('', port))
    listener.listen(o.get('backlog', 128))
    kept = []
    ends = time.monotonic() + o['retires'] if o.get('retires') else None
    while True:
        time.sleep(o.get('accept_gap', 0))
        if o.get('never_accepts'):
            time.sleep(1000)
        if ends:
            ready, _, _ = select.select([listener], [], [], max(0, ends - time.monotonic()))
            if not ready:
                listener.close()
                time.sleep(1000)
        sock, _ = listener.accept()
        kept.append(sock)
        threading.Thread(target=quietly, args=(answer_all, sock, o), daemon=True).start()


def quietly(function, *arguments):
    try:
        function(*arguments)
    except OSError:
        pass


def answer_all(sock, o):
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.settimeout(o.get('idle'))
    if o.get('turns_away'):
        leave_at_once(sock, o['turns_away'])
        return
    done = 0
    try:
        while True:
            if o.get('on_request') == 'stop_reading' and done >= o.get('after', 0):
                time.sleep(o.get('pause', 1000))
            head = take(sock, HEAD.size)
            if len(head) < HEAD.size:
                break
            if not answer(sock, head, o, done):
                return
            done += 1
            if done == o.get('answers'):
                break
    except socket.timeout:
        pass
    if o.get('at_end') == 'leave':
        time.sleep(1000)
    sock.close()


def leave_at_once(sock, how):
    if how == 'abort':
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_0)
    sock.close()


def has_half_closed(sock, seconds):
    """Whether the client closes its half within that time."""
    ready, _, _ = select.select([sock], [], [], seconds)
    return bool(ready) and not sock.recv(1, socket.MSG_PEEK)


def answer(sock, head, o, done):
    size, length, think = HEAD.unpack(head)
    how = o.get('on_request') if done >= o.get('after', 0) else None
    if how == 'unread':
        time.sleep(0.02 + o.get('think', 0))
        sock.close()
        return False
    take(sock, size - HEAD.size)
    if o.get('on_eof') == 'abort' and has_half_closed(sock, o.get('think', 0)):
        leave_at_once(sock, 'abort')
        return False
    time.sleep(think + o.get('think', 0))
    if how == 'abort':
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_0)
        sock.close()
        return False
    for part in fill(length):
        sock.sendall(part)
    return True


# ---- clients ----

def clients(plans):
    """Each plan in a thread of its own: see converse()."""
    began = time.monotonic()
    threads = [threading.Thread(target=quietly, args=(converse, began, plan), daemon=True)
               for plan in plans]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    time.sleep(1000)


def converse(began, p):
    """A client: at, source, port, requests (size, answer, think, gap after it; a list of them),
    connect_s, patience, end (close, abort, leave), retries, speaks_after (seconds), half_close,
    drips (seconds between octets), two_writes (head and body, with Nagle's algorithm).
    """
    time.sleep(max(0, p['at'] - (time.monotonic() - began)))
    for _ in range(1 + p.get('retries', 0)):
        sock = socket.socket()
        sock.bind((p['source'], p.get('source_port', 0)))
        if p.get('rcvbuf'):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, p['rcvbuf'])
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, not p.get('two_writes'))
        try:
            sock.settimeout(p.get('connect_s', 60))
            if not p.get('fastopen'):
                sock.connect((p.get('to', '10.9.0.2'), p['port']))
            break
        except OSError:
            sock.close()
            time.sleep(p.get('retry_gap', 0.5))
    else:
        return
    sock.settimeout(p.get('patience', 300))
    time.sleep(p.get('speaks_after', 0))
    try:
        talk(sock, p)
    except (socket.timeout, OSError):
        if p.get('end') == 'leave':
            time.sleep(1000)
        sock.close()
        return
    if p.get('end') == 'leave':
        time.sleep(1000)
    if p.get('end') == 'abort':
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_0)
    sock.close()


def talk(sock, p):
    for n, (size, length, think, gap) in enumerate(p['requests']):
        request = HEAD.pack(max(size, HEAD.size), length, think) + FILL[:max(0,
                min(size, 60000) - HEAD.size)]
        if p.get('fastopen') and n == 0:
            sock.sendto(request, MSG_FASTOPEN, ('10.9.0.2', p['port']))
        else:
            utter(sock, request, p)
        for part in fill(max(0, size - 60000)):
            sock.sendall(part)
        if p.get('half_close'):
            sock.shutdown(socket.SHUT_WR)
        if p.get('reads') == 'never':
            time.sleep(p.get('unread_s', 1000))
        if p.get('reads') != 'slowly':
            if len(take(sock, length)) < length:
                return
        else:
            slowly(sock, length, p)
        time.sleep(gap)
    if p.get('waits_for_eof'):
        sock.recv(1)


def utter(sock, request, p):
    """Sends it, as this client does."""
    if p.get('drips'):
        for at in range(len(request)):
            sock.sendall(request[at:at + 1])
            time.sleep(p['drips'])
    elif p.get('two_writes'):
        sock.sendall(request[:HEAD.size])
        sock.sendall(request[HEAD.size:])
    else:
        sock.sendall(request)


def slowly(sock, length, p):
    """Reads in bits, with pauses between."""
    left = length
    while left > 0:
        time.sleep(p['read_gap'])
        left -= len(take(sock, min(left, p['read_size'])))


def connect_many(targets, source, gap):
    """A scanner: tries each (address, port) and leaves."""
    for address, port in targets:
        sock = socket.socket()
        sock.setblocking(False)
        sock.bind((source, 0))
        sock.connect_ex((address, port))
        threading.Thread(target=quietly, args=(leave, sock), daemon=True).start()
        time.sleep(gap)
    time.sleep(1000)


def leave(sock):
    select.select([], [sock], [], 2)
    sock.close()
