"""The kernel that reads means of a JPEG's blocks, in a module of its own because importing it compiles it."""

from __future__ import annotations

from dedupe.decode.compiled_scan import SCAN, scan
from dedupe.kernels import kernel

means = kernel(SCAN.format(valued="uint64[:,::1]"))(scan)
