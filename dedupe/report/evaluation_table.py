"""An evaluation as tables: distortions down, descriptors across, one table a measure."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from dedupe.console import visible
from dedupe.model import Calibrated, Evaluation, Judged, Measured, Result
from dedupe.model.evaluation import LEAST, RATES
from dedupe.model.judgement import COPIES
from dedupe.report import calibrations, distance_text
from dedupe.report.grid import table
from dedupe.report.lines import folded, unusable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

Value = Callable[[Result], float | None]

TIED = "No recall: as many pairs of different photos as the rates allow are at distance 0."
"""What is said where the tables of recall would be, though there are pairs enough."""

THRESHOLDS = """T1 and T2 are the mean distance of different photos less two standard deviations, and less one. To the \
descriptor a copy above them looks like another photo."""

REPORTED = "What a scan would report"

TITLE = {"title_justify": "left", "title_style": "bold"}

BESIDE = 3
"""Descriptors whose recall stands beside what a scan would report."""

WIDE = 9
"""Characters that a column of shares takes, with the space around it."""


def write_evaluated(result: Evaluation | Judged | Calibrated, console: Console) -> None:
    """Writes what `dedupe eval`, `score` or `calibrate` gives."""
    match result:
        case Evaluation():
            write_evaluation(result, console)
        case Judged():
            write_verdicts(result, console)
        case Calibrated():
            calibrations.show(result.calibrations, console)


def write_evaluation(result: Evaluation, console: Console) -> None:
    """Writes what the descriptors are, then the tables of recall and of the shares above T1 and T2."""
    console.print(f"\n{result.photos:,} photos, {result.negatives:,} pairs of different photos.")
    folded(console, THRESHOLDS)
    _descriptors(console, result)
    rate = shown_rate(result)
    if rate is not None:
        _shares(
            console, result, f"Recall at a false positive rate of {rate}, %", lambda one: one.recall[rate], least=True
        )
    else:
        console.print(f"{no_recall(result)}\n")
    _shares(console, result, "Distances above T1, %", lambda one: one.above_t1, least=False)
    _shares(console, result, "Distances above T2, %", lambda one: one.above_t2, least=False)
    if result.reported:
        heads, cells = reported(result)
        rows = table(*map(visible, heads), right=heads[1:-1], title=f"{REPORTED}, %", **TITLE)
        for number, each in enumerate(cells, 1):
            rows.add_row(*map(visible, each), end_section=number == len(cells) - 1)
        console.print(rows)


def write_outcome(result: Evaluation, console: Console) -> None:
    """Writes one line a descriptor: its mean recall, or its mean share above T1 where no rate has one; and failures."""
    rate = shown_rate(result)
    for one in result.descriptors:
        mine = of(result, one)
        known = values_of([each.above_t1 if rate is None else each.recall[rate] for each in mine])
        what = "above T1" if rate is None else f"recall at {rate}"
        if known:
            folded(console, f"{one.label}: {what} {percent(mean(known))} %, the mean of {len(known)} distortions")
    if lost := unusable(result.summary.failures):
        folded(console, lost)


def shown_rate(result: Evaluation) -> str | None:
    """The rate whose recall is shown: 1e-5 if it is known, else the least that is; None where none is."""
    known = [rate for rate in RATES if any(one.recall[rate] is not None for one in result.results)]
    return ("1e-5" if "1e-5" in known else known[-1]) if known else None


def no_recall(result: Evaluation) -> str:
    """Why there is no recall at any rate."""
    short = LEAST / max(RATES.values()) / max(1, result.negatives)
    if short <= 1:
        return TIED
    photos = math.ceil(result.photos * math.sqrt(short))  # pairs grow with the square
    return f"Too few photos to measure recall at these rates. Use at least {photos:,} photos."


def reported(result: Evaluation) -> tuple[list[str], list[list[str]]]:
    """Heads and rows of what a scan would report: by distortion the recall of each descriptor by itself, where there is a rate
    and they are few, the share proposed and the share found, and what the judge calls the rest.
    """
    rate = shown_rate(result)
    alone = [one for one in result.descriptors if one.key] if rate is not None else []
    beside = alone if len(alone) <= BESIDE else []
    rows = []
    for number, one in enumerate(result.reported):
        recall = [percent(of(result, each)[number].recall[rate or ""]) for each in beside]
        refused = [f"{count:,} {kind}" for kind, count in one.kinds.items() if kind not in COPIES]
        refused += [f"{one.not_judged:,} not judged"] if one.not_judged else []
        rows.append([one.distortion, *recall, percent(one.proposed), percent(one.found), ", ".join(refused)])
    shares = [[one.proposed for one in result.reported], [one.found for one in result.reported]]
    recalls = [percent(mean(values_of(each.recall[rate or ""] for each in of(result, one)))) for one in beside]
    rows.append(["mean", *recalls, *(percent(mean(values_of(each))) for each in shares), ""])
    return ["distortion", *(f"{one.label} at {rate}" for one in beside), "proposed", "found", "not called copies"], rows


def write_verdicts(result: Judged, console: Console) -> None:
    """Writes one row a descriptor: within its threshold, then at the precision wanted."""
    names = ("descriptor", "pairs", "same", "AUC", "threshold", "precision %", "recall %")
    rows = table(*names, right=names[1:])
    wanted = [f"{one.wanted:.4g}" for one in result.verdicts[:1]]
    title = f"For a precision of {wanted[0]}" if wanted else None
    other = table(
        "descriptor", "distance up to", "recall %", right=("distance up to", "recall %"), title=title, **TITLE
    )
    for one in result.verdicts:
        auc = "-" if one.auc is None else f"{one.auc:.4f}"
        least = "-" if one.threshold_for is None else distance_text(one.threshold_for)
        figures = distance_text(one.threshold), percent(one.precision), percent(one.recall)
        rows.add_row(visible(one.descriptor), f"{one.pairs:,}", f"{one.same:,}", auc, *figures)
        other.add_row(visible(one.descriptor), least, percent(one.recall_for))
    console.print(rows)
    console.print(other)


def _descriptors(console: Console, result: Evaluation) -> None:
    rates = [rate for rate in RATES if any(one.threshold.get(rate) is not None for one in result.descriptors)]
    names = ("metric", "bytes", "ms", "AUC", "T1", "T2")
    rows = table("descriptor", *names, right=names[1:])
    title = "Distances at a false positive rate"
    near = table("descriptor", *rates, right=rates, title=title, **TITLE)
    for one in result.descriptors:
        figures = [number_text(value) for value in (one.t1, one.t2)]
        time = "-" if one.milliseconds is None else f"{one.milliseconds:.2f}"
        first = one.metric or "-", f"{one.bytes:,}", time, auc_text(mean_auc(result, one))
        rows.add_row(visible(one.label), *first, *figures)
        near.add_row(visible(one.label), *(number_text(one.threshold.get(rate)) for rate in rates))
    console.print(rows)
    if rates:
        console.print(near)


def _shares(console: Console, result: Evaluation, title: str, value: Value, *, least: bool) -> None:
    """A table of shares in percent with their mean and their worst; in parts where it would be too wide."""
    shown = with_values(result, value)
    first = max([len("distortion"), *(len(name) for name in result.distortions)]) + 2
    width = max([WIDE, *(len(one.label) + 2 for one in shown)])
    across = max(1, (console.width - first) // width)
    for at in range(0, len(shown), across):
        _part(console, result, title, value, shown[at : at + across], least)


def _part(
    console: Console, result: Evaluation, title: str, value: Value, shown: Sequence[Measured], least: bool
) -> None:
    names = [visible(one.label) for one in shown]
    rows = table("distortion", *names, right=names, title=title, **TITLE)
    columns = [[value(one) for one in of(result, each)] for each in shown]
    for number, name in enumerate(result.distortions):
        rows.add_row(visible(name), *(_share(column[number], least) for column in columns))
    rows.add_section()
    known = [values_of(column) for column in columns]
    rows.add_row("mean", *(_share(mean(each), least) for each in known))
    rows.add_row("worst", *(_share((min if least else max)(each, default=None), least) for each in known))
    console.print(rows)


def of(result: Evaluation, one: Measured) -> list[Result]:
    """The results of one descriptor."""
    return [each for each in result.results if each.descriptor == one.label]


def with_values(result: Evaluation, value: Value) -> list[Measured]:
    """The descriptors that have something in a table of these values: of a union there are only recalls."""
    return [one for one in result.descriptors if one.key or any(value(each) is not None for each in of(result, one))]


def values_of(some: Iterable[float | None]) -> list[float]:
    """The values that there are."""
    return [value for value in some if value is not None]


def mean(known: Sequence[float]) -> float | None:
    """Their mean; None where there are none."""
    return sum(known) / len(known) if known else None


def _share(value: float | None, least: bool) -> Text:
    """A share in percent; colour says how bad it is."""
    from rich.text import Text

    if value is None:
        return Text("-", style="dim")
    lost = 1 - value if least else value
    return Text(percent(value), style="red" if lost > 0.5 else "yellow" if lost > 0.1 else "")


def percent(value: float | None) -> str:
    """A share in percent with one decimal, or with two where one would make it none or all; a dash for None."""
    if value is None:
        return "-"
    decimals = 1 if 0.0005 <= value < 0.9995 else 2
    return f"{100 * value:.{decimals}f}" if 0 < value < 1 else f"{100 * value:.0f}"


def mean_auc(result: Evaluation, one: Measured) -> float | None:
    """The mean over the distortions of a descriptor's area under the curve; None where there is none."""
    return mean(values_of(each.auc for each in of(result, one)))


def auc_text(value: float | None) -> str:
    """An area under the curve, cut after four decimals: only a perfect one is 1."""
    return "-" if value is None else "1" if value >= 1 else f"{math.floor(value * 1e4) / 1e4:.4f}"


def number_text(value: float | None) -> str:
    """A distance for people, or a dash."""
    return "-" if value is None or value != value else distance_text(value) if value < 1e30 else "inf"
