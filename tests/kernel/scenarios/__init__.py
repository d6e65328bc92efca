# SPDX-License-Identifier: GPL-2.0-or-later
"""The table of all scenarios, one module per subject."""
from . import (article, capturing, closing, crowds, matrix, opening, population, reset, scripted,
               silence, timewait, unopened)

MODULES = (article, unopened, opening, closing, reset, silence, timewait, population, crowds,
           scripted, matrix, capturing)
ALL = tuple(s for module in MODULES for s in module.SCENARIOS)
