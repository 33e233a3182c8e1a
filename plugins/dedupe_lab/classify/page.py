"""Trainings as a page: the table, and how accuracy and loss went."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from dedupe_lab.classify.checkpoint import measured
from dedupe_lab.classify.plan import STEPS
from dedupe_lab.classify.report import HEADS, by_name, rows
from dedupe_lab.classify.run import Result, folder_of
from dedupe_lab.page import Frame, escape, grid_table, page

CAPTION = (
    "Accuracies in percent, mean and standard deviation over seeds, and in brackets what the seed document printed. "
    f"The variants epoch-100 and epoch-128 ask for so many passes and end at {STEPS:,} steps; a training that is another one "
    "by another name is not repeated. Cross-entropy is the mean over the test pictures, loss the trained objective on the "
    "last batch, distorted the accuracy on test pictures of contrast 200. "
    "Seconds are the processor\u2019s here, the clock\u2019s there."
)
POINTS = 100


def written(results: Sequence[Result], out: Path) -> str:
    """The page of some trainings whose metrics lie in the folder `out`."""
    return page("A small network on pictures and hashes", _body(results, out), list(results))


def _body(results: Sequence[Result], out: Path) -> Iterator[str]:
    yield f"<p>{escape(CAPTION)}</p>{grid_table(HEADS, rows(results))}"
    yield "<h2>While it trained</h2><p>Means over 100 steps, one line a seed.</p>"
    yield '<div class="grid">'
    for name, mine in by_name([one for one in results if "same_as" not in one]).items():
        curves = [_metrics(one, out) for one in mine]
        yield f"<figure><h3>{escape(name)}</h3>{_curve(curves, 'accuracy', 1.0, '% right', 100)}"
        top = max([1e-9, *(line["loss"] for curve in curves for line in curve)])
        yield f"{_curve(curves, 'loss', top, 'loss', 1)}</figure>"
    yield "</div>"


def _metrics(one: Result, out: Path) -> list[dict[str, Any]]:
    return measured(folder_of(out, one["name"], one["data"]) / "metrics.jsonl")


def _curve(curves: Sequence[list[dict[str, Any]]], what: str, top: float, up: str, factor: float) -> str:
    last = max([1, *(curve[-1]["step"] for curve in curves if curve)])
    frame = Frame(last, top * factor)
    lines = [
        frame.line(
            [(line["step"], factor * line[what]) for line in curve[:: max(1, len(curve) // POINTS)]], f"series c{k % 6}"
        )
        for k, curve in enumerate(curves)
        if curve
    ]
    levels = [float(f"{top * factor * share:.2g}") for share in (0.5, 1)]
    return frame.drawn("step", up, [0, last // 2, last], levels, lines)
