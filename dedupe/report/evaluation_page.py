"""An evaluation as one self-contained HTML page."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TextIO

from dedupe.model import Evaluation, Measured, Result
from dedupe.model.evaluation import RATES
from dedupe.report.evaluation_figures import histogram, used
from dedupe.report.evaluation_roc import families, roc
from dedupe.report.evaluation_table import auc_text, mean_auc, no_recall, number_text, percent, shown_rate
from dedupe.report.html import broken, escape, page
from dedupe.report.html.style import COLOURS, STEPS
from dedupe.report.records import lines

Value = Callable[[Result], float | None]
Hint = Callable[[Result], str]
Cells = Sequence[tuple[float | None, str]]

ACROSS = 8
"""Descriptors that stand side by side; more of them stand below each other."""

FAILURES = 200
"""Most failures listed on the page; all of them are in its data."""


def write(result: Evaluation, stream: TextIO) -> None:
    """Writes the page. What it shows is in it as data too, under the names of the JSON lines."""
    title = f"How {_names(result)} hold{'s' if len(result.descriptors) == 1 else ''} up"
    body = [*_head(result, title), *_tables(result), *_descriptors(result), *_curves(result), *_histograms(result)]
    stream.write(page(title, [*body, *_failures(result)], list(lines(result))))


def _names(result: Evaluation) -> str:
    names = [one.label for one in result.descriptors if one.key]
    return (
        ", ".join(names[:-1]) + f" and {names[-1]}"
        if 1 < len(names) <= 4
        else f"{len(names)} descriptors"
        if len(names) > 4
        else names[0]
    )


def _head(result: Evaluation, title: str) -> Iterable[str]:
    yield f"<h1>{escape(title)}</h1>"
    turns = "" if result.turns == "none" else f" Distances are the least over orientations ({result.turns})."
    yield (
        f'<p class="soft">{result.photos:,} photos, {len(result.distortions)} distortions, {result.negatives:,} pairs of '
        f"different photos.{escape(turns)}</p>"
    )
    if result.header.notes:
        yield f'<ul class="notes">{"".join(f"<li>{escape(note)}</li>" for note in result.header.notes)}</ul>'


def _tables(result: Evaluation) -> Iterable[str]:
    rate = shown_rate(result)
    yield "<h2>Recall by distortion</h2>"
    if rate is None:
        yield f"<p>{escape(no_recall(result))}</p>"
    else:
        yield (
            f"<p>The share of distorted copies found, in percent, when a share of {rate} of the pairs of different photos is "
            "taken for duplicates: one threshold a descriptor, for all distortions. Shading shows what is missed; under "
            "the pointer a cell tells its 95 % interval (Wilson) and the area under the curve.</p>"
        )
        hint = partial(_uncertainty, rate)
        yield _table(result, lambda one: one.recall[rate], missed=lambda value: 1 - value, worst=min, hint=hint)
    for name, deviations, value in (
        ("T1", "two standard deviations", lambda one: one.above_t1),
        ("T2", "one standard deviation", lambda one: one.above_t2),
    ):
        yield f"<h2>Distances above {name}</h2>"
        yield (
            f"<p>The share of distorted copies, in percent, farther from their original than {name}: {deviations} below the "
            "mean distance of two different originals. Nearer zero is better.</p>"
        )
        yield _table(result, value, missed=lambda value: value, worst=max)


def _uncertainty(rate: str, one: Result) -> str:
    ends = one.interval[rate]
    found = "" if ends is None else f"95 % interval {percent(ends[0])} to {percent(ends[1])}; "
    return f"{found}AUC {auc_text(one.auc)}"


def _table(
    result: Evaluation,
    value: Value,
    missed: Callable[[float], float],
    worst: Callable[[Sequence[float]], float],
    hint: Hint = lambda _: "",
) -> str:
    shown = [one for one in result.descriptors if one.key or any(value(r) is not None for r in _of(result, one))]
    columns = [[(value(one), hint(one)) for one in _of(result, each)] for each in shown]
    for column in columns:
        known = [each for each, _ in column if each is not None]
        column += [(sum(known) / len(known) if known else None, ""), (worst(known) if known else None, "")]
    names = [(name, "") for name in result.distortions] + [("mean", "foot first"), ("worst", "foot")]
    labels = [one.label for one in shown]
    if len(shown) <= ACROSS:
        rows = [(*name, [column[i] for column in columns]) for i, name in enumerate(names)]
        return _grid(["distortion", *labels], rows, missed)
    down = [(label, "", column[-2:] + column[:-2]) for label, column in zip(labels, columns, strict=True)]
    return _grid(["descriptor", "mean", "worst", *result.distortions], down, missed)


def _grid(heads: Sequence[str], rows: Sequence[tuple[str, str, Cells]], missed: Callable[[float], float]) -> str:
    """A table of shares; rows are their name, their style, their shares with what is said of each."""
    top = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    lines = [
        f'<tr class="{style}"><th scope="row">{broken(name)}</th>{"".join(_cell(*each, missed) for each in values)}</tr>'
        for name, style, values in rows
    ]
    return f'<div class="wide"><table><thead><tr>{top}</tr></thead><tbody>{"".join(lines)}</tbody></table></div>'


def _cell(value: float | None, hint: str, missed: Callable[[float], float]) -> str:
    if value is None:
        return "<td>-</td>"
    step = min(STEPS, math.ceil(STEPS * missed(value) - 1e-9))
    said = f' title="{escape(hint)}"' if hint else ""
    return f'<td class="s{step}"{said}>{percent(value)}</td>'


def _of(result: Evaluation, one: Measured) -> list[Result]:
    return [each for each in result.results if each.descriptor == one.label]


def _curves(result: Evaluation) -> Iterable[str]:
    shown = [one for one in result.descriptors if one.roc]
    if not shown:
        return
    yield "<h2>Recall against false positives</h2>"
    behind = "In colour are those of one family, in grey all others. " if len(shown) > COLOURS else ""
    yield f"<p>{behind}Curves begin where ten pairs of different photos are within the distance; higher is better.</p>"
    yield '<div class="grid">'
    for title, family in families(shown):
        head = f"<h3>{escape(title)}</h3>" if title else ""
        yield f'<figure>{head}<div class="big">{roc(family, shown)}</div></figure>'
    yield "</div>"


def _histograms(result: Evaluation) -> Iterable[str]:
    yield "<h2>Similar against dissimilar distances</h2>"
    yield (
        "<p>For each distortion the distances of photos to their own distorted copies, over those of two different photos. "
        "Each outline is scaled to its own highest bin. T1 and T2 are the mean distance of different photos less two and less "
        "one standard deviation: the farther left of them the copies stay, the better.</p>"
        '<ul class="legend"><li><i class="near"></i>a photo and its distorted copy</li>'
        '<li><i class="far"></i>two different photos</li></ul>'
    )
    for one in result.descriptors:
        if one.key:
            yield from _histograms_of(one, _of(result, one))


def _histograms_of(one: Measured, results: Sequence[Result]) -> Iterable[str]:
    unit = "bits" if one.metric == "hamming" else one.metric
    said = f"distance ({unit}); T1 {number_text(one.t1)}, T2 {number_text(one.t2)}"
    yield f'<details open><summary><h3>{escape(one.label)}</h3><span class="soft">{escape(said)}</span></summary>'
    bins = used([one.dissimilar, *(each.similar for each in results)])
    yield '<div class="small">'
    for each in results:
        above = f"{percent(each.above_t1)} % above T1"
        yield (
            f'<figure><p class="both"><b>{escape(each.distortion)}</b> <span class="soft">{above}</span></p>'
            f"{histogram(one, each, bins)}</figure>"
        )
    yield "</div></details>"


def _descriptors(result: Evaluation) -> Iterable[str]:
    rates = [rate for rate in RATES if any(one.threshold.get(rate) is not None for one in result.descriptors)]
    heads = [
        "metric",
        "bytes",
        "ms a picture",
        "mean AUC",
        "mean",
        "deviation",
        "T1",
        "T2",
        *(f"threshold at {rate}" for rate in rates),
    ]
    yield "<h2>The descriptors</h2>"
    yield (
        "<p>Milliseconds are processor time of describing alone. Thresholds have their 95 % interval when the photos are "
        "drawn again (bootstrap).</p>"
    )
    yield '<div class="wide"><table><thead><tr><th scope="col">descriptor</th>'
    yield "".join(f'<th scope="col">{escape(head)}</th>' for head in heads) + "</tr></thead><tbody>"
    for one in result.descriptors:
        time = "-" if one.milliseconds is None else f"{one.milliseconds:.2f}"
        values = [one.metric or "-", f"{one.bytes:,}", time, auc_text(mean_auc(result, one))]
        values += [number_text(value) for value in (one.mean, one.deviation, one.t1, one.t2)]
        values += [_threshold(one, rate) for rate in rates]
        cells = "".join(f"<td>{escape(value)}</td>" for value in values)
        yield f'<tr><th scope="row">{broken(one.label)}</th>{cells}</tr>'
    yield "</tbody></table></div>"


def _threshold(one: Measured, rate: str) -> str:
    limit, ends = one.threshold.get(rate), one.interval.get(rate)
    if limit is None or ends is None:
        return "-"
    return f"{number_text(limit)} ({number_text(ends[0])} to {number_text(ends[1])})"


def _failures(result: Evaluation) -> Iterable[str]:
    if not result.failures:
        return
    yield f"<h2>{len(result.failures):,} could not be used</h2><ul class='notes'>"
    for one in result.failures[:FAILURES]:
        name = os.fsencode(one.path).decode("utf-8", "surrogateescape")
        yield f"<li>{escape(name)}: {escape(one.message)}</li>"
    if len(result.failures) > FAILURES:
        yield f"<li>… and {len(result.failures) - FAILURES:,} more</li>"
    yield "</ul>"
