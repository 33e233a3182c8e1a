"""From what the user can bear to distances: shares of unrelated pairs, and false pairs expected."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dedupe.calibrate.files import find_own, find_shipped, reading
from dedupe.calibrate.table import Calibration, parts
from dedupe.console import detail
from dedupe.errors import UsageError
from dedupe.metrics.failed import FailedMetrics
from dedupe.model.held import Detail
from dedupe.statistics import one_in

if TYPE_CHECKING:
    from dedupe.describe.choose import Budget, Chosen


PASSED = 3 / 11_204
"""The share of unrelated pairs near each other that the judge takes for one picture, at most, with a confidence of 95 %: three
pairs, where none passed of so many that were looked at. They are the 4,000 nearest by each of pdq, phash and pca256 among 1,331
photos (500 objects, 200 scenes, 631 garments), found and judged by tests/benchmarks/judge_kinds.py.
"""


@dataclass(frozen=True, slots=True)
class Limit:
    """A descriptor with the distance that is near, and its calibration (None: there is none), which may be the user's `own`.

    `share` is what it was settled for, None if the distance was given; `pairs` are compared in all orientations and regions
    together, of which `expected` unrelated ones are near (NaN: not known).
    """

    chosen: Chosen
    calibration: Calibration | None
    share: float | None
    pairs: int
    expected: float
    own: bool = False


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

    @property
    def expected_judged(self) -> float | None:
        """The false pairs expected at most where a judge looks at what is near."""
        return None if self.expected is None else self.expected * PASSED

    @property
    def own(self) -> tuple[str, ...]:
        """The descriptors, by label, whose calibration is the user's own."""
        return tuple(limit.chosen.label for limit in self.each if limit.own)

    def without(self, failed: FailedMetrics, notes: Sequence[str] = ()) -> Limits:
        """Those whose metric did not fail, with more notes, the last of them on those that did. Raises the first one's error
        where none is left.
        """
        each = failed.others(self.each, lambda limit: limit.chosen.label)
        return Limits(each, [*self.notes, *notes, *failed.notes()])


def settle(
    chosen: Sequence[Chosen],
    budget: Budget,
    pairs: int,
    *,
    union: bool = True,
    own: bool = True,
    tell: bool = True,
) -> Limits:
    """Thresholds for `pairs` pairs that will be compared in each orientation; those given as distances stay.

    The rest share the budget if they make a `union`: see `parts`. Without a calibration it is the author's distance. The
    user's `own` calibrations go before those that plugins ship. With `tell` it is said under -v what they were measured on.
    """
    own_of = [find_own(each.columns[0].key) if own else None for each in chosen]
    found_of = [mine or _shipped(each) for mine, each in zip(own_of, chosen, strict=True)]
    asked = [budget.share(pairs, each.comparisons) for each in chosen]
    if union:
        free = {i: found for i, found in enumerate(found_of) if found and math.isnan(chosen[i].threshold)}
        for i, part in zip(free, parts([found.reach(asked[i]) for i, found in free.items()]), strict=True):
            asked[i] *= part
    settled, notes = [], []
    for each, found, mine, most in zip(chosen, found_of, own_of, asked, strict=True):
        compared = pairs * each.comparisons
        share = most if math.isnan(each.threshold) else None
        if share is not None:
            each, note = _settled(each, found, share)
            notes += note
        expected = math.nan if found is None else compared * found.share(each.threshold)
        settled.append(Limit(each, found, share, compared, expected, mine is not None))
    if tell:
        _tell(settled)
    return Limits(settled, notes)


def _shipped(each: Chosen) -> Calibration | None:
    return find_shipped(each.descriptor, each.columns[0].key)


def _usual(each: Chosen) -> Calibration | None:
    """What says whether a distance makes sense: the calibration that ships, for the user's own may be of pictures that are all
    alike, and else that.
    """
    return _shipped(each) or find_own(each.columns[0].key)


def refuse_wide(chosen: Sequence[Chosen]) -> None:
    """Raises UsageError for a distance that was given within which most unrelated pictures are, as `_usual` says."""
    for each in (one for one in chosen if not math.isnan(one.threshold)):
        found = _usual(each)
        if found is not None and each.threshold > found.distances[-1]:
            raise UsageError(
                f"-t {each.label}={each.threshold:g}: most unrelated pictures are as near as that by "
                f"{each.label}; {found.distance(1e-6):.3g} is a usual distance, and -t fpr=1e-6 looks it up."
            )


def refuse_noise(limits: Limits, found: Sequence[int]) -> None:
    """Raises UsageError where of the pairs `found` by each descriptor most are expected to be false, within a distance that was
    given.

    What is expected is what `_usual` says. Less than one false pair proves nothing, and where nothing was found nothing is
    wrong.
    """
    given = [each for each in zip(limits.each, found, strict=True) if each[0].share is None]
    for limit, pairs in given:
        label, distance, known = limit.chosen.label, limit.chosen.threshold, _usual(limit.chosen)
        expected = limit.pairs * known.share(distance) if known else 0.0
        if expected >= 1 and 0 < pairs < 2 * expected:
            raise UsageError(
                f"-t {label}={distance:g}: {pairs:,} pairs are that near each other, and {expected:,.0f} pairs of unrelated "
                f"pictures are expected among so many. Give a smaller distance, or "
                f"the number of false pairs to accept, as expect=0.5."
            )


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
        note = f"{each.label} is not calibrated; its threshold is its author's, distance {distance:g}."
        return replace(each, threshold=distance), [note]
    distance = found.distance(share)
    return replace(each, threshold=distance), _reservations(each.label, found, share, distance)


def _reservations(label: str, found: Calibration, share: float, distance: float) -> list[str]:
    """What is uncertain of the distance for a share, or not to be had."""
    least = found.share(distance)
    if distance == 0 and least > share:
        return [f"{label} cannot be that precise: {_in_a_million(least)} unrelated pairs have the same hash."]
    if share < found.checked:
        measured = f"it was measured down to {one_in(found.checked)}, this run needs {one_in(share)}"
        return [Detail(f"The false-match rate for {label} is an estimate: {measured}.")]
    return []


def _in_a_million(share: float) -> str:
    return f"{float(f'{share * 1e6:.2g}'):,g} in a million"
