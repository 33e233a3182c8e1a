"""Null distributions: how near pictures come to each other that have nothing to do with each other."""

from __future__ import annotations

from dedupe.calibrate.files import find_shipped, list_own, plain, read, remove, write
from dedupe.calibrate.limits import Limit, Limits, refuse_noise, refuse_wide, settle
from dedupe.calibrate.null import measure
from dedupe.calibrate.own import own_limits
from dedupe.calibrate.table import Calibration

__all__ = [
    "Calibration",
    "Limit",
    "Limits",
    "find_shipped",
    "list_own",
    "measure",
    "own_limits",
    "plain",
    "read",
    "refuse_noise",
    "refuse_wide",
    "remove",
    "settle",
    "write",
]
