# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures: frames noted with their times, written as nanosecond pcap files; and what may go wrong
with a capture.
"""
import pathlib
import struct

MAGIC_NANOSECONDS = 0xa1b23c4d
LINKTYPE_ETHERNET = 1
FILE_HEADER, FRAME_HEADER = 24, 16


class Capture:
    """What one vantage point saw. The options spoil the file on purpose, never the traffic:

    start  frames before this time were not captured        lose  frames for which lose(segment) is
                                                                  true were not captured
    snap   bytes kept of each frame                         shift function from the real time to the
                                                            time in the file
    """

    def __init__(self):
        self.frames = []
        self.start = 0
        self.lose = None
        self.snap = 262144
        self.shift = None
        self.swap = False
        self.mirror = None

    def note(self, t_ns, raw, segment=None):
        """Keep a frame as seen at this time."""
        if self.lose and segment is not None and self.lose(segment):
            return
        self.frames.append((t_ns, raw))

    def in_order(self):
        """The frames in the order of their times, or spoilt as the options say."""
        frames = sorted((f for f in self.frames if f[0] >= self.start), key=lambda f: f[0])
        if self.mirror is not None:
            frames = [copy for f in frames for copy in (f, (f[0] + self.mirror, hop(f[1])))]
        if self.swap:
            frames = [f for i in range(0, len(frames), 2) for f in reversed(frames[i:i + 2])]
        if self.shift:
            frames = [(self.shift(t), raw) for t, raw in frames]
        return frames

    def write(self, path):
        """Write the pcap file."""
        with open(path, 'wb') as f:
            f.write(struct.pack('<IHHiIII', MAGIC_NANOSECONDS, 2, 4, 0, 0, self.snap,
                                LINKTYPE_ETHERNET))
            for t, raw in self.in_order():
                kept = raw[:self.snap]
                f.write(struct.pack('<IIII', t // 10**9, t % 10**9, len(kept), len(raw)) + kept)


def read(path):
    """(time, frame, its length on the wire) of each frame of a file that write() made."""
    data = pathlib.Path(path).read_bytes()
    if data[:4] != struct.pack('<I', MAGIC_NANOSECONDS):
        raise ValueError('%s: not a pcap file with nanoseconds' % path)
    at = FILE_HEADER
    while at + FRAME_HEADER <= len(data):
        seconds, nanoseconds, kept, length = struct.unpack_from('<IIII', data, at)
        at += FRAME_HEADER + kept
        yield seconds * 10**9 + nanoseconds, data[at - kept:at], length


def hop(raw):
    """The same frame one hop later, as a mirror port shows it: TTL one less, header checksum
    adjusted.
    """
    if raw[12:14] == b'\x86\xdd':
        return raw[:21] + bytes([raw[21] - 1]) + raw[22:]
    check = struct.unpack_from('!H', raw, 24)[0] + 0x100
    check = (check & 0xffff) + (check >> 16)
    return raw[:22] + bytes([raw[22] - 1]) + raw[23:24] + struct.pack('!H', check) + raw[26:]
