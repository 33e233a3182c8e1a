"""Trainings as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from statistics import mean, stdev

from dedupe.kit import say
from dedupe_lab.classify.data import Labelled, counts
from dedupe_lab.classify.pixels import SIDE
from dedupe_lab.classify.plan import Plan
from dedupe_lab.classify.run import Result

SMOKE_STEPS = 20
SMOKE_PICTURES = 128
"""Steps, and pictures of each class, of a smoke run."""

UNEQUAL = 3
"""So many times the pictures of another class are worth a word."""

COLUMNS = {
    "train": ("train_accuracy", 100, 1),
    "steps to 90 %": ("steps_to_90", 1, 0),
    "cross-entropy": ("cross_entropy", 1, 3),
    "loss": ("loss", 1, 3),
    "test": ("test_accuracy", 100, 1),
    "distorted": ("on_distorted", 100, 1),
    "seconds": ("seconds", 1, 0),
}
"""By head a figure, what it is multiplied with, and the digits shown."""

HEADS = ("training", "seeds", "steps", *COLUMNS)


def rows(results: Sequence[Result]) -> Iterator[list[str]]:
    """The rows under HEADS: mean and spread over the trainings that differ by the seed alone, the document's in brackets."""
    for name, mine in by_name(results).items():
        first = mine[0]
        yield [
            *(name, str(len(mine)), f"{first['steps']:,}"),
            *(_cell(mine, *column) for column in COLUMNS.values()),
        ]


def _cell(mine: Sequence[Result], figure: str, factor: float, digits: int) -> str:
    document = mine[0]["published"].get(figure)
    ours = over_seeds(mine, figure, factor, digits)
    return ours if document is None else f"{ours} ({document * factor:,.{min(digits, 2)}f})"


def over_seeds(results: Sequence[Result], figure: str, factor: float = 100, digits: int = 1) -> str:
    """A figure's mean and spread over trainings that differ by the seed alone."""
    return spread([one[figure] for one in results], factor, digits)


def spread(values: Sequence[float | None], factor: float = 100, digits: int = 1) -> str:
    """Mean and, of several, standard deviation of values times `factor`, which makes shares percent; - where one is missing."""
    numbers = [factor * value for value in values if value is not None]
    if not numbers or len(numbers) < len(values):
        return "-"
    text = f"{mean(numbers):,.{digits}f}"
    return f"{text} \u00b1 {stdev(numbers):,.{digits}f}" if len(numbers) > 1 else text


def by_name(results: Sequence[Result]) -> dict[str, list[Result]]:
    """The results that differ by the seed alone, together."""
    found: dict[str, list[Result]] = {}
    for one in results:
        found.setdefault(str(one["name"]).rpartition("-seed")[0], []).append(one)
    return found


def short(plans: Sequence[Plan]) -> list[Plan]:
    """The plans, none longer than a smoke run."""
    return [replace(plan, steps=min(plan.steps, SMOKE_STEPS), epochs=0) for plan in plans]


def told(train: Labelled, test: Labelled) -> None:
    """Says what was left out or resized, and where a class has far more pictures than another."""
    for name, part in (("training", train), ("test", test)):
        if part.unreadable:
            say(f"{part.unreadable:,} {name} pictures cannot be read and are left out.")
        if part.resized:
            say(f"{part.resized:,} {name} pictures are not {SIDE}x{SIDE} and were resized.")
        of_each = counts(part)
        if max(of_each.values()) >= UNEQUAL * min(of_each.values()):
            listed = ", ".join(f"{count:,} {label}" for label, count in of_each.items())
            say(
                f"The {name} pictures are very unequal in number ({listed}); accuracies mean little where one class is most."
            )
