"""An evaluation as the dictionaries that JSON lines and CSV are made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any

from dedupe.model import Calibrated, Evaluation, Judged, Measured, Null, Result, Verdict
from dedupe.report import path_fields

NESTED = ("recall", "interval", "threshold", "roc", "edges", "dissimilar", "similar")
"""What has more than one number."""


def facts(shown: Evaluation | Judged | Calibrated) -> dict[str, Any]:
    """What the header line has of an evaluation besides the usual."""
    if not isinstance(shown, Evaluation):
        return {}
    return {
        "photos": shown.photos,
        "negatives": shown.negatives,
        "turns": shown.turns,
        "distortions": list(shown.distortions),
    }


def lines(shown: Evaluation | Judged | Calibrated) -> Iterator[dict[str, Any]]:
    """One line a descriptor and one a result, or one a verdict, or one a calibration."""
    if isinstance(shown, Calibrated):
        yield from map(calibration, shown.calibrations)
        return
    if isinstance(shown, Judged):
        yield from map(_verdict, shown.verdicts)
        return
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


def _verdict(one: Verdict) -> dict[str, Any]:
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
    """A number as JSON with nine digits, which carry a float32: whole ones as integers, None for what is no number."""
    if value is None or not isfinite(value):
        return None
    return int(value) if value == int(value) else float(f"{value:.9g}")


def flat(line: dict[str, Any]) -> dict[str, Any]:
    """A line with one column a rate: `recall:1e-5`, `interval:1e-5` as low|high; curves and histograms are left out."""
    found = {name: value for name, value in line.items() if name not in NESTED}
    for name in ("recall", "threshold"):
        value = line.get(name)
        found |= {f"{name}:{rate}": each for rate, each in value.items()} if isinstance(value, dict) else {}
        found |= {} if isinstance(value, dict) or name not in line else {name: value}
    for rate, ends in line.get("interval", {}).items():
        found[f"interval:{rate}"] = None if ends is None else f"{ends[0]}|{ends[1]}"
    return found
