#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Run by debs.sh as root of a fresh system that has tshark: installs the packages in
# /exchange/previous, uses them as a normal user, upgrades to those in /exchange/one, purges them,
# and fails when anything is left but what the user made.
set -eu

files()
{
    find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /exchange -o -path /tmp \
        -o -path /var/cache -o -path /var/log -o -path /var/lib/apt -o -path /var/lib/dpkg \) \
        -prune -o -print | sort
}

# apt_get VERB...: with its words only when it fails.
apt_get()
{
    apt-get -q -y -o Dpkg::Use-Pty=0 --no-install-recommends "$@" >/exchange/apt.log 2>&1 ||
        { tail -n 40 /exchange/apt.log; exit 1; }
}

as_user()
{
    su user -c "$*"
}

examples=/usr/share/doc/tcpstory/examples/captures
use()
{
    as_user tcpstory "$examples/article-client-closes.pcap" | grep -q 'the client closed first'
    as_user "TSHARK=tshark tcpstory list $examples/several.pcap" >/exchange/through_tshark
    as_user "tcpstory list $examples/several.pcap" | cmp - /exchange/through_tshark
    as_user "tshark -C 'TCP State' -r $examples/refused.pcap" | grep -q SYN_SENT
    test -s /usr/share/man/man1/tcpstory.1.gz
    printf '%s: %s\n' "$1" "$(as_user tcpstory --version)"
}

useradd -m user
apt_get update
files >/exchange/before

apt_get install /exchange/previous/*.deb
use "installed $(dpkg-query -W -f '${Version}' tcpstory)"
mkdir -p /home/user/.config/tcpstory
printf '[A41]\ntime=120\n' >/home/user/.config/tcpstory/config
chown -R user /home/user/.config

apt_get install /exchange/one/*.deb
use "upgraded to $(dpkg-query -W -f '${Version}' tcpstory)"

apt_get purge tcpstory wireshark-tcpstate
apt_get autoremove --purge
files >/exchange/after
if dpkg-query -W tcpstory wireshark-tcpstate 2>/dev/null; then
    echo 'dpkg still knows them' >&2
    exit 1
fi
echo 'left after the purge:'
comm -13 /exchange/before /exchange/after | tee /exchange/left
if grep -v '^/home/user/\.config' /exchange/left; then
    echo 'that is not the user'\''s own' >&2
    exit 1
fi
