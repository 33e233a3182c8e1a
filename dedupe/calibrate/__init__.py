"""Null distributions: how near pictures come to each other that have nothing to do with each other."""

from __future__ import annotations

from dedupe.calibrate.files import find, read, write
from dedupe.calibrate.limits import Limits, settle, unlike
from dedupe.calibrate.null import measure
from dedupe.calibrate.table import Calibration

__all__ = ["Calibration", "Limits", "find", "measure", "read", "settle", "unlike", "write"]
