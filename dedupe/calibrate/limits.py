"""From what the user can bear to distances: shares of unrelated pairs, and false pairs expected."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dedupe.calibrate.files import find, reading
from dedupe.calibrate.table import Calibration, parts
from dedupe.console import detail

if TYPE_CHECKING:
    from dedupe.describe.choose import Budget, Chosen


@dataclass(frozen=True, slots=True)
class Limit:
    """A descriptor with the distance that is near, and its calibration (None: there is none).

    `share` is what it was settled for, None if the distance was given; `pairs` are compared in all orientations together,
    of which `expected` unrelated ones are near (NaN: not known).
    """

    chosen: Chosen
    calibration: Calibration | None
    share: float | None
    pairs: int
    expected: float


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a run's descriptors, and what to say of them."""

    each: list[Limit]
    notes: list[str]

    @property
    def chosen(self) -> list[Chosen]:
        """The descriptors with their distances."""
        return [limit.chosen for limit in self.each]

    @property
    def expected(self) -> float | None:
        """The false pairs expected; None where that is not known of each."""
        total = math.fsum(limit.expected for limit in self.each)
        return None if math.isnan(total) else total


def settle(chosen: Sequence[Chosen], budget: Budget, pairs: int, *, union: bool = True) -> Limits:
    """Thresholds for `pairs` pairs that will be compared in each orientation; those given as distances stay.

    The rest share the budget if they make a `union`: see `parts`. Without a calibration it is the author's distance.
    """
    found_of = [find(each.descriptor, each.columns[0].key) for each in chosen]
    asked = [budget.share(pairs, len(each.columns)) for each in chosen]
    if union:
        free = {i: found for i, found in enumerate(found_of) if found and math.isnan(chosen[i].threshold)}
        for i, part in zip(free, parts([found.reach(asked[i]) for i, found in free.items()]), strict=True):
            asked[i] *= part
    settled, notes = [], []
    for each, found, most in zip(chosen, found_of, asked, strict=True):
        compared = pairs * len(each.columns)
        share = most if math.isnan(each.threshold) else None
        if share is not None:
            each, note = _settled(each, found, share)
            notes += note
        expected = math.nan if found is None else compared * found.share(each.threshold)
        settled.append(Limit(each, found, share, compared, expected))
    _tell(settled)
    return Limits(settled, notes)


def _tell(settled: Sequence[Limit]) -> None:
    """Under -v: what each calibration was measured on, and how these pictures were read."""
    labels: dict[str, list[str]] = {}
    for limit in settled:
        if limit.calibration:
            labels.setdefault(_origin(limit.calibration), []).append(limit.chosen.label)
    for origin, those in labels.items():
        detail(f"Calibration of {', '.join(those)}: {origin}")


def _origin(found: Calibration) -> str:
    pictures = f"{found.pictures:,} pictures" + (f" ({found.sources})" if found.sources else "")
    then, now = found.measured_with, reading(found.key)
    if then == now:
        return f"{pictures}, measured with {now}, as pictures are read now."
    return f"{pictures}, measured with {then}, an earlier way to read pictures than today's {now}."


def _settled(each: Chosen, found: Calibration | None, share: float) -> tuple[Chosen, list[str]]:
    """One descriptor with its distance for a share of unrelated pairs, and notes."""
    if found is None:
        distance = float(each.descriptor.threshold)
        note = f"{each.label}: not calibrated; near is its author's distance, {distance:g}."
        return replace(each, threshold=distance), [note]
    distance = found.distance(share)
    return replace(each, threshold=distance), _reservations(each.label, found, share, distance)


def _reservations(label: str, found: Calibration, share: float, distance: float) -> list[str]:
    """What is uncertain of the distance for a share, or not to be had."""
    least = found.share(distance)
    if distance == 0 and least > share:
        return [f"{label}: a share of {least:.2g} of unrelated pairs has distance 0; {share:.2g} cannot be kept."]
    if share < found.checked:
        checked = f"the calibration was checked to a share of {found.checked:.2g}"
        return [f"{label}: extrapolated; {checked}, {share:.2g} is asked for."]
    return []
