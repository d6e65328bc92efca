# SPDX-License-Identifier: GPL-2.0-or-later
"""Random scenarios of real sockets: drawn, played, scored. ../draw.py is the command."""
