"""JSON lines back to evaluations: what `evaluation_records` writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dedupe.model.arrays import Failure
from dedupe.model.evaluation import Calibrated, Evaluation, Interval, Judged, Measured, Null, Reported, Result, Verdict
from dedupe.model.paths import path_of
from dedupe.model.results import Header, Summary

Line = Mapping[str, Any]


def evaluation(made: Header, by: Mapping[str, list[Line]], failures: Sequence[Failure], summary: Summary) -> Evaluation:
    """An evaluation; the figures of the whole stand in its header line."""
    (first,) = by["header"]
    figures = first["photos"], first["negatives"], first["turns"], tuple(first["distortions"])
    measured, results = [_measured(one) for one in by["measured"]], [_result(one) for one in by["result"]]
    return Evaluation(made, *figures, measured, results, failures, summary, list(map(_reported, by["reported"])))


def judged(made: Header, by: Mapping[str, list[Line]], failures: Sequence[Failure], summary: Summary) -> Judged:
    """The verdicts on pairs that a user has judged."""
    names = Verdict.__dataclass_fields__
    return Judged(made, [Verdict(**{name: one[name] for name in names}) for one in by["verdict"]], failures, summary)


def calibrated(made: Header, by: Mapping[str, list[Line]], failures: Sequence[Failure], summary: Summary) -> Calibrated:
    """The null distributions that were measured."""
    return Calibrated(made, [_null(one) for one in by["calibration"]], failures, summary)


def _null(line: Line) -> Null:
    counts = line["pictures"], line["pairs"], line["checked"]
    return Null(line["descriptor"], line["key"], path_of(line), *counts, line["distance"])


def _measured(line: Line) -> Measured:
    names = ("bytes", "milliseconds", "mean", "deviation", "t1", "t2", "threshold", "dissimilar")
    return Measured(
        label=line["descriptor"],
        key=line["key"] or "",
        metric=line["metric"] or "",
        interval=_intervals(line["interval"]),
        roc=[(rate, recall) for rate, recall in line["roc"]],
        bin_width=line["edges"][1] if line["edges"] else 0.0,
        **{name: line[name] for name in names},
    )


def _result(line: Line) -> Result:
    names = ("descriptor", "distortion", "n", "t1", "t2", "above_t1", "above_t2", "auc", "recall")
    figures = {name: line[name] for name in names}
    return Result(**figures, interval=_intervals(line["interval"]), similar=line["similar"])


def _reported(line: Line) -> Reported:
    names = ("distortion", "n", "proposed", "found", "kinds", "not_judged")
    ends = line["interval"]
    return Reported(**{name: line[name] for name in names}, interval=None if ends is None else (ends[0], ends[1]))


def _intervals(found: Mapping[str, Sequence[float] | None]) -> dict[str, Interval | None]:
    return {rate: None if ends is None else (ends[0], ends[1]) for rate, ends in found.items()}
