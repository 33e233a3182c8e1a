"""What two pictures are to each other: descriptors propose, and here both are looked at, one laid over the other."""

from __future__ import annotations

from dedupe.judge.asking import Asker, judged, source
from dedupe.judge.families import groups_and_families
from dedupe.judge.grouping import Ask, accepted
from dedupe.judge.life import Judged
from dedupe.judge.remembered import recalled, recorded

__all__ = ["Ask", "Asker", "Judged", "accepted", "groups_and_families", "judged", "recalled", "recorded", "source"]
