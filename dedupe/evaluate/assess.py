"""From raw distances to figures: each descriptor by itself, then what several find together."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from dedupe.calibrate.table import parts
from dedupe.evaluate import measures, reporting
from dedupe.evaluate.measures import intervals
from dedupe.evaluate.raw import Distances, RawDistances
from dedupe.model import Evaluation, Floats, Header, Measured, Progress, Result
from dedupe.model.evaluation import LEAST, RATES, Interval
from dedupe.statistics import auc, roc, wilson

UNION = "union"


def assess(raw: RawDistances, *, union: bool, seed: int, progress: Progress) -> Evaluation:
    """Every figure of an evaluation; with `union` also the recall of all descriptors together at the same rates."""
    descriptors: list[Measured] = []
    results: list[Result] = []
    reaches: list[list[float]] = []
    notes = list(raw.notes)
    for number, each in enumerate(raw.descriptors):
        ordered = np.sort(each.negatives)
        one = _measured(raw, each, ordered, seed)
        descriptors.append(one)
        notes += _unreachable(one, ordered)
        results += [_result(one, name, row, ordered) for name, row in zip(raw.distortions, each.similar, strict=True)]
        reaches.append([measures.reach(ordered, rate, one.metric == "hamming") for rate in RATES.values()])
        progress("measuring", number + 1, len(raw.descriptors))
    if union and len(raw.descriptors) > 1:
        shares = _shares(reaches, len(raw.left))
        notes += _left_out(raw, shares)
        descriptors.append(_together(raw))
        results += _union(raw, shares)
    near = {one.label: one.threshold.get("1e-5") for one in descriptors}
    keys = tuple(each.key for each in raw.descriptors)
    thresholds, own = {name: t for name, t in near.items() if t is not None}, raw.looked.own if raw.looked else ()
    header = Header("eval", keys, thresholds, notes=(*notes, *reporting.notes(raw)), own_calibrations=own)
    return Evaluation(
        header,
        raw.photos,
        len(raw.left),
        raw.turns,
        raw.distortions,
        descriptors,
        results,
        raw.failures,
        raw.summary,
        reporting.reported(raw),
    )


def _measured(raw: RawDistances, each: Distances, ordered: Floats, seed: int) -> Measured:
    whole = each.metric == "hamming"
    originals = each.negatives[: raw.originals]
    finite = originals[np.isfinite(originals)].astype(np.float64)
    t1, t2, mean, deviation = None, None, None, None
    if len(finite):
        mean, deviation = float(finite.mean()), float(finite.std())
        t1, t2 = mean - 2 * deviation, mean - deviation
    return Measured(
        label=each.label,
        key=each.key,
        metric=each.metric,
        bytes=each.bytes,
        milliseconds=each.milliseconds,
        mean=mean,
        deviation=deviation,
        t1=t1,
        t2=t2,
        threshold={name: measures.threshold(ordered, rate, whole) for name, rate in RATES.items()},
        interval=intervals(each.negatives, raw.left, raw.right, raw.photos, RATES, whole, seed),
        roc=roc(each.similar, ordered, LEAST),
        bin_width=(width := measures.bins(_farthest(each), measures.unit(each.negatives, whole))),
        dissimilar=measures.histogram(originals, width, _bins(each, width)),
    )


def _farthest(each: Distances) -> float:
    return max(
        (float(np.max(part[np.isfinite(part)], initial=0)) for part in (each.similar, each.negatives)), default=0.0
    )


def _bins(each: Distances, width: float) -> int:
    return int(_farthest(each) / width) + 1


def _result(one: Measured, distortion: str, similar: Floats, ordered: Floats) -> Result:
    hits = {name: _hits(similar, limit) for name, limit in one.threshold.items()}
    return Result(
        descriptor=one.label,
        distortion=distortion,
        n=len(similar),
        t1=one.t1,
        t2=one.t2,
        above_t1=None if one.t1 is None else measures.share_above(similar, one.t1),
        above_t2=None if one.t2 is None else measures.share_above(similar, one.t2),
        auc=auc(similar, ordered),
        recall=_recall(hits, len(similar)),
        interval=_interval(hits, len(similar)),
        similar=measures.histogram(similar, one.bin_width, len(one.dissimilar)),
    )


def _hits(similar: Floats, limit: float | None) -> int | None:
    """How many are within a threshold; None where there is no threshold."""
    return None if limit is None else int(np.count_nonzero(similar <= limit))


def _unreachable(one: Measured, ordered: Floats) -> list[str]:
    """A sentence where no distance keeps a rate that there are pairs enough for."""
    names = [
        name
        for name, rate in RATES.items()
        if one.threshold[name] is None and measures.allowed(rate, len(ordered)) is not None
    ]
    if not names:
        return []
    share = float(np.mean(ordered <= 0))
    return [
        f"{one.label}: a share of {share:.2g} of the pairs of different photos is at distance 0, so that there is no recall at "
        f"a rate of {' and '.join(names)}."
    ]


def _recall(hits: Mapping[str, int | None], n: int) -> dict[str, float | None]:
    return {name: None if count is None or not n else count / n for name, count in hits.items()}


def _interval(hits: Mapping[str, int | None], n: int) -> dict[str, Interval | None]:
    return {name: None if count is None or not n else wilson(count, n) for name, count in hits.items()}


def _together(raw: RawDistances) -> Measured:
    """The union as a descriptor of the tables: what it takes, and no thresholds of its own."""
    times = [each.milliseconds for each in raw.descriptors]
    total = None if None in times else sum(time for time in times if time is not None)
    return Measured(UNION, "", "", sum(each.bytes for each in raw.descriptors), total)


def _shares(reaches: list[list[float]], negatives: int) -> dict[str, list[float]]:
    """By rate each descriptor's part of it, as in a scan, but that a part within which fewer than LEAST pairs are expected
    goes to the others, the smallest first. `reaches` are by descriptor and rate. Without the rates that are too low for all.
    """
    shares = {}
    for (name, rate), gains in zip(RATES.items(), zip(*reaches, strict=True), strict=True):
        if measures.allowed(rate, negatives) is None:
            continue
        left, given = list(gains), parts(gains)
        while small := [i for i, part in enumerate(given) if part and measures.allowed(rate * part, negatives) is None]:
            left[min(small, key=given.__getitem__)] = 0.0
            given = parts(left)
        shares[name] = given
    return shares


def _left_out(raw: RawDistances, shares: Mapping[str, list[float]]) -> list[str]:
    """A sentence for each descriptor that has no part of a rate."""
    return [
        f"union at {name}: {each.label} takes no part, because fewer than {LEAST} pairs of different photos are "
        "expected within its share."
        for name, given in shares.items()
        for each, part in zip(raw.descriptors, given, strict=True)
        if not part
    ]


def _union(raw: RawDistances, shares: Mapping[str, list[float]]) -> list[Result]:
    """Found is what any descriptor finds when they share the false positive rate."""
    limits_of = _limits(raw, shares)
    results = []
    for number, distortion in enumerate(raw.distortions):
        hits: dict[str, int | None] = dict.fromkeys(RATES)
        for name, limits in limits_of.items():
            if all(limit is None for limit in limits):
                continue
            found = np.zeros(raw.photos, np.bool_)
            for each, limit in zip(raw.descriptors, limits, strict=True):
                found |= False if limit is None else each.similar[number] <= limit
            hits[name] = int(found.sum())
        n = raw.photos
        results.append(Result(UNION, distortion, n, None, None, None, None, None, _recall(hits, n), _interval(hits, n)))
    return results


def _limits(raw: RawDistances, shares: Mapping[str, list[float]]) -> dict[str, list[float | None]]:
    """By rate the threshold of each descriptor for its part of it, None where it has none."""
    limits: dict[str, list[float | None]] = {name: [] for name in shares}
    for number, each in enumerate(raw.descriptors):
        ordered = np.sort(each.negatives)  # again, to hold one at a time
        for name, given in shares.items():
            limits[name].append(measures.threshold(ordered, RATES[name] * given[number], each.metric == "hamming"))
    return limits
