# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034
# Every Debian package that the project needs, by what it is needed for. The only such list.

PACKAGES_RUN=(          # tcpstory runs tshark; editcap and sharkd are in wireshark-common
    tshark
    wireshark-common
)
PACKAGES_BUILD=(
    cmake
    gcc
    libbz2-dev
    libc6-dev
    libcjson-dev
    libglib2.0-dev
    libjansson-dev
    libncurses-dev      # the screen of tcpstory live
    liblzma-dev
    libsqlite3-dev
    libzstd-dev
    ninja-build
    pkgconf
    wireshark-dev
)
PACKAGES_DEB=(          # packaging/build-deb, beside PACKAGES_BUILD
    build-essential
    debhelper
    dpkg-dev
    fakeroot
)
PACKAGES_DEB_TEST=(     # tests/run packages: what looks at the packages
    autopkgtest
    lintian
    passwd
)
PACKAGES_TEST=(
    chromium            # tests/page: pages in a real browser
    chromium-driver
    clang-format-14
    clang-tidy-14
    fish
    git                 # tests/run style asks it which files are the project's
    iproute2
    libpcap-dev
    net-tools           # netstat
    nftables
    parallel
    python3
    python3-jsonschema
    tcptrace            # what columns are compared with
    time
    valgrind
    zsh
)
PACKAGES_SCALE=(        # tests/scale: a cluster on one machine
    gcc
    munge
    parallel
    slurm-client
    slurm-wlm
    time
)
PACKAGES_KERNEL=(       # tests/kernel: real sockets in network namespaces
    iproute2
    nftables
)
PACKAGES_GUI=(          # tests/gui: Wireshark on a hidden screen
    fonts-dejavu-core
    imagemagick
    openbox
    optipng
    qt5ct
    wireshark
    xdotool
    xvfb
)
PACKAGES_BENCH=(        # tests/bench: what is measured against, and with
    argus-client
    argus-server
    ethtool
    gnuplot-nox
    hyperfine
    iproute2
    nfdump
    nginx-light
    tcpdump
    tcptrace
    time
    valgrind
    wrk
)
