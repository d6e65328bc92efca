# SPDX-License-Identifier: GPL-2.0-or-later
"""A laboratory of labelled troubles: see diagnose.py."""
from . import labels, outside

LABELS = labels.LABELS | outside.OUTSIDE

# Written after the causes were frozen.
HELD_OUT = labels.HELD_OUT + tuple(outside.OUTSIDE)
