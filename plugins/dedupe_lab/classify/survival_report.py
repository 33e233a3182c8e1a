"""Accuracy under distortions, and without near-duplicates, as tables and a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import mean
from typing import Any

from dedupe_lab.classify.survival import FED, NONE, Survival
from dedupe_lab.page import escape, grid_table, page
from dedupe_lab.statistics import spread

HEADS = ("distortion", *FED)
CAPTION = (
    "Test accuracy in percent of networks that saw undistorted training pictures only: mean over seeds, and the standard "
    "deviation; where there is none, one seed. Every network is fed the same distorted pictures, each in its own form. What "
    "changes hardly any of these pictures is not counted in the mean. In the figure a dot is a network."
)
HARDLY = 0.01
"""A distortion that changes no greater share of the pictures tells nothing."""

ROW = 24
"""The height of a row of the figure, in pixels."""

DUPLICATES = ("fed", "near-duplicates", "all test pictures", "without them", "on them alone")
WHY = "Test pictures that dedupe leak finds in the training set, and what is left of the accuracy without them, in percent."


def rows(found: Survival) -> Iterator[list[str]]:
    """The rows under HEADS, undistorted pictures first, and the mean over the distortions last."""
    names = list(dict.fromkeys(one["distortion"] for one in found.accuracy))
    counted = list(dict.fromkeys(one["distortion"] for one in found.accuracy if one["changed"] > HARDLY))
    for name in names:
        title = name if name in (NONE, *counted) else f"{name} (changes none)"
        yield [title, *(spread(_accuracies(found, kind, [name])) for kind in FED)]
    yield ["mean of the distortions", *(spread(_accuracies(found, kind, counted)) for kind in FED)]


def _accuracies(found: Survival, kind: str, names: Sequence[str]) -> list[float]:
    """By seed the mean accuracy over some distortions."""
    by_seed: dict[int, list[float]] = {}
    for one in found.accuracy:
        if one["input"] == kind and one["distortion"] in names:
            by_seed.setdefault(one["seed"], []).append(one["accuracy"])
    return [mean(values) for values in by_seed.values()]


def duplicates(found: Survival) -> Iterator[list[str]]:
    """The rows under DUPLICATES."""
    for kind in FED:
        mine = [one for one in found.duplicates if one["input"] == kind]
        if mine:
            shares = [spread([one[name] for one in mine]) for name in ("all", "without", "only")]
            yield [kind, f"{mine[0]['leaked']:,}", *shares]


def records(found: Survival) -> Iterator[dict[str, Any]]:
    """One a network and distortion, then one a network."""
    yield from found.accuracy
    yield from found.duplicates


def written(found: Survival) -> str:
    """The page."""
    return page("What a network is fed, and what it survives", _body(found), list(records(found)))


def _body(found: Survival) -> Iterator[str]:
    yield f"<h2>Accuracy on distorted pictures</h2><p>{escape(CAPTION)}</p>{_legend()}"
    yield f'<figure class="tall">{_figure(found)}</figure><br>{grid_table(HEADS, rows(found))}'
    yield f"<h2>Near-duplicates</h2><p>{escape(WHY)}</p>{grid_table(DUPLICATES, duplicates(found))}"


def _legend() -> str:
    names = "".join(f'<li><i class="f{number}"></i>{escape(kind)}</li>' for number, kind in enumerate(FED))
    return f'<ul class="legend">{names}</ul>'


def _figure(found: Survival) -> str:
    """A row for each distortion, and on it the mean accuracy of each kind of network as a dot."""
    names = list(dict.fromkeys(one["distortion"] for one in found.accuracy))
    bottom = 24 + ROW * len(names)
    parts = [f'<path class="rule" d="M{_at(share)} 20V{bottom}"/>' for share in range(30, 101, 10)]
    parts += [f'<text class="mid" x="{_at(share)}" y="13">{share}</text>' for share in range(30, 101, 10)]
    for row, name in enumerate(names):
        y = 20 + ROW * (row + 0.5)
        parts.append(
            f'<text class="end" x="186" y="{y + 4}">{escape(name)}</text><path class="rule" d="M200 {y}H700"/>'
        )
        for number, kind in enumerate(FED):
            for share in _accuracies(found, kind, [name]):
                parts.append(f'<circle class="f{number}" cx="{_at(100 * share)}" cy="{y}" r="5"/>')
    return (
        f'<svg viewBox="0 0 720 {bottom + 4}" role="img" aria-label="accuracy by distortion and network">'
        f"{''.join(parts)}</svg>"
    )


def _at(percent: float) -> float:
    """Where an accuracy stands from left to right; 30 and less is the left edge."""
    return round(200 + 500 * (max(percent, 30) - 30) / 70, 1)
