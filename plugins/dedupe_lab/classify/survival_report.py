"""Accuracy under distortions, and without near-duplicates, as tables and a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import mean, stdev
from typing import Any

from dedupe_lab.classify.survival import FED, NONE, Survival
from dedupe_lab.page import Frame, escape, grid_table, page

HEADS = ("distortion", *FED)
CAPTION = (
    "Test accuracy in percent of networks that saw undistorted training pictures only: mean over seeds, and the standard "
    "deviation. Every network is fed the same distorted pictures, each in its own form."
)
DUPLICATES = ("fed", "near-duplicates", "all test pictures", "without them", "on them alone")
WHY = "Test pictures that `dedupe leak` finds in the training set, and what is left of the accuracy without them, in percent."


def rows(found: Survival) -> Iterator[list[str]]:
    """The rows under HEADS, undistorted pictures first, and the mean over the distortions last."""
    names = list(dict.fromkeys(one["distortion"] for one in found.accuracy))
    for name in names:
        yield [name, *(spread(_accuracies(found, kind, [name])) for kind in FED)]
    yield ["mean of the distortions", *(spread(_accuracies(found, kind, names[1:])) for kind in FED)]


def _accuracies(found: Survival, kind: str, names: Sequence[str]) -> list[float]:
    """By seed the mean accuracy over some distortions."""
    by_seed: dict[int, list[float]] = {}
    for one in found.accuracy:
        if one["input"] == kind and one["distortion"] in names:
            by_seed.setdefault(one["seed"], []).append(one["accuracy"])
    return [mean(values) for values in by_seed.values()]


def spread(shares: Sequence[float | None]) -> str:
    """Mean and standard deviation in percent."""
    known = [100 * share for share in shares if share is not None]
    if not known:
        return "-"
    return f"{mean(known):.1f}" + (f" \u00b1 {stdev(known):.1f}" if len(known) > 1 else "")


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
    yield f"<h2>Accuracy on distorted pictures</h2><p>{escape(CAPTION)}</p>{grid_table(HEADS, rows(found))}"
    names = [name for name in dict.fromkeys(one["distortion"] for one in found.accuracy) if name != NONE]
    yield "<h2>Lost to each distortion</h2><p>Accuracy on undistorted pictures less that on distorted ones, in points.</p>"
    yield '<div class="grid">'
    for number, kind in enumerate(kind for kind in FED if _accuracies(found, kind, [NONE])):
        yield f"<figure><h3>{escape(kind)}</h3>{_lost(found, kind, names, number)}</figure>"
    yield "</div>"
    yield f"<h2>Near-duplicates</h2><p>{escape(WHY)}</p>{grid_table(DUPLICATES, duplicates(found))}"


def _lost(found: Survival, kind: str, names: Sequence[str], number: int) -> str:
    """A bar for each distortion, in the order of the table."""
    whole = mean(_accuracies(found, kind, [NONE]))
    heights = [max(0.0, 100 * (whole - mean(_accuracies(found, kind, [name])))) for name in names]
    frame = Frame(max(1, len(names)), 50)
    bars = [frame.line([(x + 0.5, 0), (x + 0.5, height)], f"bar c{number}") for x, height in enumerate(heights)]
    return frame.drawn("distortion, as in the table", "points", [], [25, 50], bars)
