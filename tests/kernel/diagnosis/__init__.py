# SPDX-License-Identifier: GPL-2.0-or-later
"""A laboratory of labelled troubles: see diagnose.py."""
