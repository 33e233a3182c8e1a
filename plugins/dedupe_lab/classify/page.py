"""Trainings as a page: the table, and how accuracy and loss went."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from dedupe.kit import Output, Table, pages
from dedupe_lab.classify.checkpoint import measured
from dedupe_lab.classify.data import PICTURES
from dedupe_lab.classify.drawing import BUILT, drawn
from dedupe_lab.classify.plan import PUBLISHED, STEPS, Plan
from dedupe_lab.classify.report import HEADS, by_name, over_seeds, rows
from dedupe_lab.classify.run import Result, folder_of
from dedupe_lab.figures import figure, scales

TEMPLATE = Path(__file__).with_suffix(".html.jinja")

CAPTION = (
    "Accuracies in percent, mean and standard deviation over seeds, and in brackets those of the published experiment. "
    f"The variants epoch-100 and epoch-128 ask for so many passes and end at {STEPS:,} steps; a training that is another one "
    "by another name is not repeated. Cross-entropy is the mean over the test pictures, loss the trained objective on the "
    "last batch, distorted the accuracy on test pictures of contrast 200. "
    "Seconds are the processor\u2019s here, the clock\u2019s there."
)
MISTAKES = (
    "The published experiment read its training pictures as if their planes were pixels, so that they were scrambled and the "
    "test pictures were not, and it made its distorted ones of the bytes of floats, at contrast 300, which inverts. "
    "--as-published repeats that. Test accuracy in percent, on test pictures as they are and on distorted ones:"
)
NONE = "No training with the mistakes of the published experiment is among these; dedupe lab classify --as-published makes one."
READ = (
    "fed",
    "read fairly",
    "with the mistakes",
    "document",
    *(f"{w}, distorted" for w in ("fairly", "mistaken", "document")),
)
POINTS = 100


def output(results: Sequence[Result], out: Path) -> Output:
    """All that is given out of some trainings, whose metrics lie in the folder `out`."""
    title = "A small network on pictures and hashes"
    tables = [Table(HEADS, list(rows(results)))]
    return Output(
        results, tables, ["In brackets what was published."], title=title, page=lambda: (TEMPLATE, _page(results, out))
    )


def _page(results: Sequence[Result], out: Path) -> dict[str, Any]:
    return {
        "caption": CAPTION,
        "trainings": (HEADS, pages.plain_rows(rows(results))),
        "mistakes": MISTAKES,
        "compared": (READ, pages.plain_rows(as_published(results))),
        "no_mistakes": NONE,
        "network": _network(results),
        "curves": _curves(results, out),
    }


def _curves(results: Sequence[Result], out: Path) -> Iterator[tuple[str, str, str]]:
    """By training its figures of accuracy and loss, where its metrics are there."""
    for name, mine in by_name([one for one in results if "same_as" not in one]).items():
        curves = [curve for one in mine if (curve := _metrics(one, out))]
        if curves:
            top = max([1e-9, *(line["loss"] for curve in curves for line in curve)])
            yield name, _curve(curves, "accuracy", 1.0, "% right", 100), _curve(curves, "loss", top, "loss", 1)


def as_published(results: Sequence[Result]) -> Iterator[list[str]]:
    """The rows under READ: each input of which there are trainings with the document's mistakes."""
    by = by_name(results)
    for name in (name for name in by if name.endswith(PUBLISHED)):
        fed = name.removesuffix(PUBLISHED)
        document = by[name][0]["published"]
        row = [fed]
        for share in ("test_accuracy", "on_distorted"):
            ours = [over_seeds(by.get(each, []), share) for each in (fed, name)]
            row += [*ours, "-" if document.get(share) is None else f"{100 * document[share]:.1f}"]
        yield row


def _network(results: Sequence[Result]) -> tuple[str, str] | None:
    """The network of the first training that is fed pictures: its name and its figure."""
    for one in results:
        plan = one.get("plan") or {}
        if plan.get("input") in PICTURES:
            return str(one["name"]).rpartition("-seed")[0], drawn(Plan(**{k: plan[k] for k in BUILT}))
    return None


def _metrics(one: Result, out: Path) -> list[dict[str, Any]]:
    return measured(folder_of(out, one["name"], one["data"]) / "metrics.jsonl")


def _curve(curves: Sequence[list[dict[str, Any]]], what: str, top: float, up: str, factor: float) -> str:
    last = max([1, *(curve[-1]["step"] for curve in curves if curve)])
    x, y = scales(last, top * factor)
    lines = []
    for number, curve in enumerate(curves):
        shown = curve[:: max(1, len(curve) // POINTS)]
        points = [(x(line["step"]), y(factor * line[what])) for line in shown]
        lines.append(pages.curve(points, f"series c{number % pages.COLOURS}"))
    levels = [float(f"{top * factor * share:.2g}") for share in (0.5, 1)]
    return figure((x, y), "step", up, [0, last // 2, last], levels, lines)
