"""Null distributions: how near pictures come to each other that have nothing to do with each other."""

from __future__ import annotations

from dedupe.calibrate.files import find, read, write
from dedupe.calibrate.limits import Limit, Limits, settle
from dedupe.calibrate.lost import Lost
from dedupe.calibrate.null import measure
from dedupe.calibrate.own import own_limit
from dedupe.calibrate.table import Calibration

__all__ = ["Calibration", "Limit", "Limits", "Lost", "find", "measure", "own_limit", "read", "settle", "write"]
