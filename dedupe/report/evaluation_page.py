"""An evaluation as one self-contained HTML page."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TextIO

from dedupe.model import Evaluation, Measured, Result
from dedupe.model.evaluation import RATES
from dedupe.model.records import lines
from dedupe.pages import Box, Cell, Row, Scale, across, bars, line, page, plain, round_ticks, svg, text
from dedupe.report import evaluation_table as tables
from dedupe.report.evaluation_roc import families, roc

TEMPLATE = Path(__file__).with_suffix(".html.jinja")

Value = Callable[[Result], float | None]
Table = tuple[Sequence[str], Sequence[Row]]
"""Heads and rows."""

ACROSS = 8
"""Descriptors that stand side by side; more of them stand below each other."""

STEPS = 10
"""Steps of shading in tables: class s0 (none) to s10 (all)."""

FAILURES = 200
"""Most failures listed on the page; all of them are in its data."""


def write(result: Evaluation, stream: TextIO) -> None:
    """Writes the page. What it shows is in it as data too, under the names of the JSON lines."""
    title = f"How {_names(result)} hold{'s' if len(result.descriptors) == 1 else ''} up"
    rate = tables.shown_rate(result)
    t1 = _table(result, lambda one: one.above_t1, missed=lambda value: value, worst=max)
    t2 = _table(result, lambda one: one.above_t2, missed=lambda value: value, worst=max)
    values = {
        "result": result,
        "rate": rate,
        "no_recall": tables.no_recall(result),
        "recall": _recall(result, rate) if rate else None,
        "above": [("T1", "two standard deviations", t1), ("T2", "one standard deviation", t2)],
        "reported": _reported(result) if result.reported else None,
        "descriptors": _descriptors(result),
        "curves": _curves(result),
        "histograms": [_histograms(one, tables.of(result, one)) for one in result.descriptors if one.key],
        "failures": list(_failures(result)),
    }
    stream.write(page(TEMPLATE, title, list(lines(result)), values))


def _names(result: Evaluation) -> str:
    *names, last = (one.label for one in result.descriptors if one.key)
    if len(names) >= 4:
        return f"{len(names) + 1} descriptors"
    return f"{', '.join(names)} and {last}" if names else last


def _recall(result: Evaluation, rate: str) -> Table:
    hint = partial(_uncertainty, rate)
    return _table(result, lambda one: one.recall[rate], missed=lambda value: 1 - value, worst=min, hint=hint)


def _uncertainty(rate: str, one: Result) -> str:
    ends = one.interval[rate]
    found = "" if ends is None else f"95 % interval {tables.percent(ends[0])} to {tables.percent(ends[1])}; "
    return f"{found}AUC {tables.auc_text(one.auc)}"


def _table(
    result: Evaluation,
    value: Value,
    missed: Callable[[float], float],
    worst: Callable[[Sequence[float]], float],
    hint: Callable[[Result], str] = lambda _: "",
) -> Table:
    """A table of shares, with their mean and their worst; distortions down where there are few descriptors."""
    shown = tables.with_values(result, value)
    columns = []
    for one in shown:
        known = tables.values_of(map(value, tables.of(result, one)))
        cells = [_cell(value(each), missed, hint(each)) for each in tables.of(result, one)]
        columns.append([*cells, _cell(tables.mean(known), missed), _cell(worst(known) if known else None, missed)])
    labels = [one.label for one in shown]
    if len(shown) <= ACROSS:
        names = [*((name, "") for name in result.distortions), ("mean", "foot first"), ("worst", "foot")]
        rows = [Row(name, [column[i] for column in columns], style) for i, (name, style) in enumerate(names)]
        return ["distortion", *labels], rows
    down = [Row(label, column[-2:] + column[:-2]) for label, column in zip(labels, columns, strict=True)]
    return ["descriptor", "mean", "worst", *result.distortions], down


def _reported(result: Evaluation) -> Table:
    heads, rows = tables.reported(result)
    *others, last = rows
    return heads, [*(Row(name, cells) for name, *cells in others), Row(last[0], last[1:], "foot first")]


def _cell(value: float | None, missed: Callable[[float], float], hint: str = "") -> Cell | str:
    if value is None:
        return "-"
    step = min(STEPS, math.ceil(STEPS * missed(value) - 1e-9))
    return Cell(tables.percent(value), f"s{step}", hint)


def _curves(result: Evaluation) -> list[tuple[str, str]]:
    """Titles and figures."""
    shown = [one for one in result.descriptors if one.roc]
    return [(title, roc(family, shown)) for title, family in families(shown)] if shown else []


def _histograms(one: Measured, results: Sequence[Result]) -> tuple[Measured, str, list[tuple[str, str, str]]]:
    """A descriptor, what is said of it, and by distortion the share above T1 and the figure."""
    unit = "bits" if one.metric == "hamming" else one.metric
    said = f"distance ({unit}); T1 {tables.number_text(one.t1)}, T2 {tables.number_text(one.t2)}"
    bins = used([one.dissimilar, *(each.similar for each in results)])
    above = ["" if each.above_t1 is None else f"{tables.percent(each.above_t1)} % above T1" for each in results]
    figures = [histogram(one, each, bins) for each in results]
    return one, said, list(zip((each.distortion for each in results), above, figures, strict=True))


def _descriptors(result: Evaluation) -> Table:
    rates = [rate for rate in RATES if any(one.threshold.get(rate) is not None for one in result.descriptors)]
    heads = ["metric", "bytes", "ms a picture", "mean AUC", "mean", "deviation", "T1", "T2"]
    rows = []
    for one in result.descriptors:
        time = "-" if one.milliseconds is None else f"{one.milliseconds:.2f}"
        cells = [one.metric or "-", f"{one.bytes:,}", time, tables.auc_text(tables.mean_auc(result, one))]
        cells += [tables.number_text(value) for value in (one.mean, one.deviation, one.t1, one.t2)]
        rows.append(Row(one.label, [*cells, *(_threshold(one, rate) for rate in rates)]))
    return ["descriptor", *heads, *(f"threshold at {rate}" for rate in rates)], rows


def _threshold(one: Measured, rate: str) -> str:
    limit, ends = one.threshold.get(rate), one.interval.get(rate)
    between = "" if ends is None else f" ({tables.number_text(ends[0])} to {tables.number_text(ends[1])})"
    return "-" if limit is None else f"{tables.number_text(limit)}{between}"


def _failures(result: Evaluation) -> Iterator[str]:
    for one in result.failures[:FAILURES]:
        yield f"{os.fsencode(one.path).decode('utf-8', 'surrogateescape')}: {one.message}"
    if len(result.failures) > FAILURES:
        yield f"… and {len(result.failures) - FAILURES:,} more"


WIDTH, HEIGHT = 240, 112
BOX = Box(6, 16, 234, 92)


def histogram(one: Measured, result: Result, bins: int) -> str:
    """Distances of originals to their own copies under a distortion, over those of two different originals.

    Both are outlines over the first `bins` bins, each scaled to its own highest.
    """
    x = BOX.x(0, bins * one.bin_width)
    edges = [x(i * one.bin_width) for i in range(bins + 1)]
    parts = [_outline(edges, one.dissimilar[:bins], "far"), _outline(edges, result.similar[:bins], "near")]
    parts += across(BOX, x, round_ticks(bins * one.bin_width, 4), "", plain)
    label = f"{one.label}, {result.distortion}: distances of distorted copies and of different photos"
    return svg(WIDTH, HEIGHT, label, [*parts, *_marks(one, x, bins)])


def used(all_counts: Sequence[Sequence[int]]) -> int:
    """The number of bins up to the last one that holds anything, at least 2."""
    return max([2, *(i + 1 for counts in all_counts for i, count in enumerate(counts) if count)])


def _outline(edges: Sequence[float], counts: Sequence[int], style: str) -> str:
    y = BOX.y(0, max(1, *counts))
    return bars(edges, [y(count) for count in counts], BOX.bottom, style)


def _marks(one: Measured, x: Scale, bins: int) -> list[str]:
    """T1 and T2 as lines; their names stand apart however near they are."""
    parts = []
    for value, name, style, shift in ((one.t1, "T1", "strong end", 2), (one.t2, "T2", "strong", -2)):
        if value is not None and 0 <= value <= bins * one.bin_width:
            parts += [
                line(x(value), BOX.top - 3, x(value), BOX.bottom, "mark"),
                text(x(value) + shift, 10, name, style),
            ]
    return parts
