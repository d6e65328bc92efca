# SPDX-License-Identifier: GPL-2.0-or-later
"""The laboratory: real sockets in network namespaces, a userspace wire between them, and the
kernel's own states.
"""
