"""What two pictures are to each other: descriptors propose, and here both are looked at, one laid over the other."""

from __future__ import annotations

from dedupe.judge.asking import judged, source
from dedupe.judge.grouping import accepted, judged_groups
from dedupe.judge.life import Judged

__all__ = ["Judged", "accepted", "judged", "judged_groups", "source"]
