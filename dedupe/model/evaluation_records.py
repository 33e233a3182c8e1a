"""An evaluation as the dictionaries that JSON lines and tables are made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from dedupe.model.numbers import number
from dedupe.model.paths import path_fields

if TYPE_CHECKING:
    from dedupe.model.evaluation import Evaluation, Measured, Null, Result, Verdict


def facts(shown: Evaluation) -> dict[str, Any]:
    """What the header line has of an evaluation besides the usual."""
    return {
        "photos": shown.photos,
        "negatives": shown.negatives,
        "turns": shown.turns,
        "distortions": list(shown.distortions),
    }


def lines(shown: Evaluation) -> Iterator[dict[str, Any]]:
    """One line a descriptor and one a result."""
    yield from map(_measured, shown.descriptors)
    yield from map(_result, shown.results)


def calibration(one: Null) -> dict[str, Any]:
    """A null distribution that was measured."""
    facts = {"pictures": one.pictures, "pairs": one.pairs, "checked": _short(one.checked)}
    distances = {rate: _short(value) for rate, value in one.distance.items()}
    named = {"descriptor": one.label, "key": one.key, **path_fields(one.path)}
    return {"type": "calibration", **named, **facts, "distance": distances}


def _measured(one: Measured) -> dict[str, Any]:
    return {
        "type": "measured",
        "descriptor": one.label,
        "key": one.key or None,
        "metric": one.metric or None,
        "bytes": one.bytes,
        "milliseconds": _short(one.milliseconds),
        "mean": _short(one.mean),
        "deviation": _short(one.deviation),
        "t1": _short(one.t1),
        "t2": _short(one.t2),
        "threshold": {rate: _short(value) for rate, value in one.threshold.items()},
        "interval": _intervals(one.interval),
        "roc": [[_short(rate), _short(recall)] for rate, recall in one.roc],
        "edges": [_short(i * one.bin_width) for i in range(len(one.dissimilar) + 1)] if one.dissimilar else [],
        "dissimilar": list(one.dissimilar),
    }


def _result(one: Result) -> dict[str, Any]:
    return {
        "type": "result",
        "descriptor": one.descriptor,
        "distortion": one.distortion,
        "n": one.n,
        "t1": _short(one.t1),
        "t2": _short(one.t2),
        "above_t1": _short(one.above_t1),
        "above_t2": _short(one.above_t2),
        "auc": _short(one.auc),
        "recall": {rate: _short(value) for rate, value in one.recall.items()},
        "interval": _intervals(one.interval),
        "similar": list(one.similar),
    }


def verdict(one: Verdict) -> dict[str, Any]:
    """How one descriptor agrees with a user's own pairs."""
    return {
        "type": "verdict",
        "descriptor": one.descriptor,
        "pairs": one.pairs,
        "same": one.same,
        "auc": _short(one.auc),
        "threshold": _short(one.threshold),
        "precision": _short(one.precision),
        "recall": _short(one.recall),
        "wanted": one.wanted,
        "threshold_for": _short(one.threshold_for),
        "recall_for": _short(one.recall_for),
    }


def _intervals(found: Mapping[str, tuple[float, float] | None]) -> dict[str, list[float | int | None] | None]:
    return {rate: None if ends is None else [_short(end) for end in ends] for rate, ends in found.items()}


def _short(value: float | None) -> float | int | None:
    return number(value, 9)
