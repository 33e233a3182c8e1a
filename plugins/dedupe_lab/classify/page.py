"""Trainings as a page: the table, and how accuracy and loss went."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from dedupe_lab.classify.checkpoint import measured
from dedupe_lab.classify.data import PICTURES
from dedupe_lab.classify.drawing import BUILT, drawn
from dedupe_lab.classify.plan import PUBLISHED, STEPS, Plan
from dedupe_lab.classify.report import HEADS, by_name, over_seeds, rows
from dedupe_lab.classify.run import Result, folder_of
from dedupe_lab.page import Frame, escape, grid_table, page

CAPTION = (
    "Accuracies in percent, mean and standard deviation over seeds, and in brackets what the seed document printed. "
    f"The variants epoch-100 and epoch-128 ask for so many passes and end at {STEPS:,} steps; a training that is another one "
    "by another name is not repeated. Cross-entropy is the mean over the test pictures, loss the trained objective on the "
    "last batch, distorted the accuracy on test pictures of contrast 200. "
    "Seconds are the processor\u2019s here, the clock\u2019s there."
)
MISTAKES = (
    "The document read its training pictures as if their planes were pixels, so that they were scrambled and the test pictures "
    "were not, and it made its distorted ones of the bytes of floats, at contrast 300, which inverts. --as-published repeats "
    "that. Test accuracy in percent, on test pictures as they are and on distorted ones:"
)
NONE = "No training with the mistakes of the document is among these; dedupe lab classify --as-published makes one."
READ = (
    "fed",
    "read fairly",
    "with the mistakes",
    "document",
    *(f"{w}, distorted" for w in ("fairly", "mistaken", "document")),
)
POINTS = 100


def written(results: Sequence[Result], out: Path) -> str:
    """The page of some trainings whose metrics lie in the folder `out`."""
    return page("A small network on pictures and hashes", _body(results, out), list(results))


def _body(results: Sequence[Result], out: Path) -> Iterator[str]:
    yield f"<p>{escape(CAPTION)}</p>{grid_table(HEADS, rows(results))}"
    yield "<h2>With the document's mistakes</h2>"
    compared = list(as_published(results))
    yield f"<p>{escape(MISTAKES)}</p>{grid_table(READ, compared)}" if compared else f"<p>{escape(NONE)}</p>"
    yield from _network(results)
    yield "<h2>While it trained</h2><p>Means over 100 steps, one line a seed.</p>"
    yield '<div class="grid">'
    for name, mine in by_name([one for one in results if "same_as" not in one]).items():
        curves = [curve for one in mine if (curve := _metrics(one, out))]
        if not curves:
            continue
        yield f"<figure><h3>{escape(name)}</h3>{_curve(curves, 'accuracy', 1.0, '% right', 100)}"
        top = max([1e-9, *(line["loss"] for curve in curves for line in curve)])
        yield f"{_curve(curves, 'loss', top, 'loss', 1)}</figure>"
    yield "</div>"


def as_published(results: Sequence[Result]) -> Iterator[list[str]]:
    """The rows under READ: each input of which there are trainings with the document's mistakes."""
    by = by_name(results)
    for name in (name for name in by if name.endswith(PUBLISHED)):
        fed = name.removesuffix(PUBLISHED)
        document = by[name][0]["published"]
        row = [fed]
        for figure in ("test_accuracy", "on_distorted"):
            ours = [over_seeds(by.get(each, []), figure) for each in (fed, name)]
            row += [*ours, "-" if document.get(figure) is None else f"{100 * document[figure]:.1f}"]
        yield row


def _network(results: Sequence[Result]) -> Iterator[str]:
    """The network of the first training that is fed pictures."""
    for one in results:
        plan = one.get("plan") or {}
        if plan.get("input") in PICTURES:
            name = str(one["name"]).rpartition("-seed")[0]
            yield f"<h2>The network</h2><p>Of {escape(name)}; a variant differs in what its name says.</p>"
            yield f'<figure class="net"><div class="big">{drawn(Plan(**{k: plan[k] for k in BUILT}))}</div></figure>'
            return


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
