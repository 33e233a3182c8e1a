"""An evaluation as the dictionaries that JSON lines and tables are made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from dedupe.model.numbers import number
from dedupe.model.paths import path_fields

if TYPE_CHECKING:
    from dedupe.model.evaluation import Evaluation, Measured, Null, Reported, Result, Verdict


def facts(shown: Evaluation) -> dict[str, Any]:
    """What the header line has of an evaluation besides the usual."""
    return {
        "photos": shown.photos,
        "negatives": shown.negatives,
        "turns": shown.turns,
        "distortions": list(shown.distortions),
    }


def lines(shown: Evaluation) -> Iterator[dict[str, Any]]:
    """One line a descriptor, one a result, and one a distortion whose copies were looked at."""
    yield from map(_measured, shown.descriptors)
    yield from ({"type": "result", **_figures(one)} for one in shown.results)
    yield from ({"type": "reported", **_figures(one)} for one in shown.reported)


def calibration(one: Null) -> dict[str, Any]:
    """A null distribution that was measured."""
    facts = {"pictures": one.pictures, "pairs": one.pairs, "checked": _plain(one.checked)}
    named = {"descriptor": one.label, "key": one.key, **path_fields(one.path)}
    return {"type": "calibration", **named, **facts, "distance": _plain(one.distance)}


def _measured(one: Measured) -> dict[str, Any]:
    names = {"descriptor": one.label, "key": one.key or None, "metric": one.metric or None}
    edges = [_plain(i * one.bin_width) for i in range(len(one.dissimilar) + 1)] if one.dissimilar else []
    figures = _figures(one, without=("label", "key", "metric", "bin_width", "dissimilar"))
    return {"type": "measured", **names, **figures, "edges": edges, "dissimilar": list(one.dissimilar)}


def verdict(one: Verdict) -> dict[str, Any]:
    """How one descriptor agrees with a user's own pairs."""
    return {"type": "verdict", **_figures(one)}


def _figures(one: Measured | Result | Reported | Verdict, without: Sequence[str] = ()) -> dict[str, Any]:
    """The fields under their own names."""
    return {each.name: _plain(getattr(one, each.name)) for each in fields(one) if each.name not in without}


def _plain(value: Any) -> Any:
    """A value as JSON has it: numbers with nine digits at most."""
    if isinstance(value, Mapping):
        return {rate: _plain(each) for rate, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(each) for each in value]
    return number(value, 9) if isinstance(value, float) else value
