"""Accuracy under distortions, and without near-duplicates, as tables and a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

from dedupe.kit import Output, Table, pages
from dedupe_lab.classify.report import spread
from dedupe_lab.classify.survival import FED, NONE, Survival

TEMPLATE = Path(__file__).with_name("survival.html.jinja")

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

LEAST = 30
"""An accuracy, in percent, of this or less stands on the figure's left edge."""

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


def output(found: Survival) -> Output:
    """All that is given out."""
    tables = [Table(HEADS, list(rows(found))), Table(DUPLICATES, list(duplicates(found)))]
    title = "What a network is fed, and what it survives"
    return Output(list(records(found)), tables, title=title, page=lambda: (TEMPLATE, _page(found)))


def _page(found: Survival) -> dict[str, Any]:
    return {
        "caption": CAPTION,
        "legend": [(f"n{number}", kind) for number, kind in enumerate(FED)],
        "figure": _figure(found),
        "accuracy": (HEADS, pages.plain_rows(rows(found))),
        "why": WHY,
        "duplicates": (DUPLICATES, pages.plain_rows(duplicates(found))),
    }


def _figure(found: Survival) -> str:
    """A row for each distortion, and on it the mean accuracy of each kind of network as a dot."""
    names = list(dict.fromkeys(one["distortion"] for one in found.accuracy))
    box = pages.Box(200, 20, 700, 24 + ROW * len(names))
    x = box.x(LEAST, 100)
    parts = [pages.line(x(share), box.top, x(share), box.bottom, "rule") for share in range(LEAST, 101, 10)]
    parts += [pages.text(x(share), 13, str(share), "mid") for share in range(LEAST, 101, 10)]
    for row, name in enumerate(names):
        y = box.top + ROW * (row + 0.5)
        parts += [pages.text(186, y + 4, name, "end"), pages.line(box.left, y, box.right, y, "rule")]
        for number, kind in enumerate(FED):
            points = [(x(max(100 * share, LEAST)), y) for share in _accuracies(found, kind, [name])]
            parts.append(pages.dots(points, f"discs c{number}"))
    return pages.svg(720, box.bottom + 4, "accuracy by distortion and network", parts)
