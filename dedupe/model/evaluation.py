"""What an evaluation gives out: figures a descriptor, figures a descriptor and distortion, and those of a user's own truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dedupe.model.arrays import Failure
from dedupe.model.held import Held
from dedupe.model.results import Header, Summary

RATES: Mapping[str, float] = {"1e-4": 1e-4, "1e-5": 1e-5, "1e-6": 1e-6}
"""The false positive rates of an evaluation, by the name under which results have them."""

LEAST = 10
"""Negatives that must be expected within a threshold for its false positive rate to mean something."""

Interval = tuple[float, float]
"""The ends of a 95 % interval."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One descriptor of an evaluation. `t1` and `t2` are mean - 2 and - 1 standard deviations of different originals.

    `threshold` by rate is the largest distance with at most that share of negatives within it, None where fewer than ten
    negatives are expected; `interval` is its bootstrap interval. `roc` has (false positive rate, recall over all
    distortions) from the least rate up. `dissimilar` counts different originals in bins that begin at 0 and are
    `bin_width` wide. A union of the other descriptors (`key` "") has thresholds by none of its own, and only recalls.
    """

    label: str
    key: str
    metric: str
    bytes: int
    milliseconds: float | None = None
    mean: float | None = None
    deviation: float | None = None
    t1: float | None = None
    t2: float | None = None
    threshold: Mapping[str, float | None] = field(default_factory=dict)
    interval: Mapping[str, Interval | None] = field(default_factory=dict)
    roc: Sequence[tuple[float, float]] = ()
    bin_width: float = 0.0
    dissimilar: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """How one descriptor holds up under one distortion, on `n` photos; shares from 0 to 1, None where there is none.

    `above_t1` and `above_t2` are shares of the distances between originals and their distorted copies; `auc` sets these
    against all negatives; `recall` by rate with its Wilson `interval`. `similar` counts them in the descriptor's bins.
    """

    descriptor: str
    distortion: str
    n: int
    t1: float | None
    t2: float | None
    above_t1: float | None
    above_t2: float | None
    auc: float | None
    recall: Mapping[str, float | None]
    interval: Mapping[str, Interval | None]
    similar: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Reported:
    """What a scan would report of `n` photos' copies by one distortion; shares from 0 to 1, None where there is none.

    `proposed` are those that the descriptors' union takes for near, `found` those of them that a judge calls copies, with the
    Wilson `interval`; `kinds` counts all that it says, and `not_judged` what could not be looked at.
    """

    distortion: str
    n: int
    proposed: float | None
    found: float | None
    interval: Interval | None
    kinds: Mapping[str, int]
    not_judged: int = 0


@dataclass(frozen=True, slots=True, repr=False)
class Evaluation(Held):
    """The result of an evaluation: `photos` that took part, `negatives` a descriptor, a result a descriptor and distortion, and
    where copies were looked at what a scan would have `reported` of each distortion.
    """

    header: Header
    photos: int
    negatives: int
    turns: str
    distortions: tuple[str, ...]
    descriptors: Sequence[Measured]
    results: Sequence[Result]
    failures: Sequence[Failure]
    summary: Summary
    reported: Sequence[Reported] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one descriptor agrees with pairs that a user has judged: `same` of `pairs` show one picture.

    `precision` and `recall` are those within `threshold`; `wanted` is the precision asked for, `threshold_for` the largest
    distance at which it is reached and `recall_for` the recall there (None where it never is).
    """

    descriptor: str
    pairs: int
    same: int
    auc: float | None
    threshold: float
    precision: float | None
    recall: float | None
    wanted: float
    threshold_for: float | None
    recall_for: float | None


@dataclass(frozen=True, slots=True, repr=False)
class Judged(Held):
    """The result of an evaluation on a user's own pairs: one verdict a descriptor."""

    header: Header
    verdicts: Sequence[Verdict]
    failures: Sequence[Failure]
    summary: Summary


@dataclass(frozen=True, slots=True)
class Null:
    """A measured null distribution: its file, the `pictures` and `pairs` behind it, the least share that was counted.

    `distance` by rate is the largest within which at most that share of the pairs lies.
    """

    label: str
    key: str
    path: bytes
    pictures: int
    pairs: int
    checked: float
    distance: Mapping[str, float]


@dataclass(frozen=True, slots=True, repr=False)
class Calibrated(Held):
    """The result of a calibration: one null distribution a descriptor."""

    header: Header
    calibrations: Sequence[Null]
    failures: Sequence[Failure]
    summary: Summary
