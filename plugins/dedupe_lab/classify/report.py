"""Trainings as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from statistics import mean, stdev
from typing import Any

from dedupe_lab.classify.data import SIDE, Labelled
from dedupe_lab.classify.plan import Plan
from dedupe_lab.output import note

SMOKE_STEPS = 20
SMOKE_PICTURES = 128
"""Steps, and pictures of each class, of a smoke run."""

Result = dict[str, Any]

HEADS = (
    *(
        "training",
        "seeds",
        "steps",
        "train",
        "document",
        "steps to 90 %",
        "cross-entropy",
        "loss",
        "test",
        "document",
        "distorted",
    ),
    "processor seconds",
)


def rows(results: Sequence[Result]) -> Iterator[list[str]]:
    """The rows under HEADS; accuracies in percent. Trainings that differ by the seed alone share one: mean and spread."""
    for mine in by_name(results).values():
        published = mine[0]["published"]
        steps = [one["steps_to_90"] for one in mine]
        yield [
            *(name_of(mine[0]), str(len(mine)), f"{mine[0]['steps']:,}", spread(mine, "train_accuracy", 100, 1)),
            *(percent(published["train_accuracy"]), "-" if None in steps else spread(mine, "steps_to_90", 1, 0)),
            *(spread(mine, "cross_entropy", 1, 3), spread(mine, "loss", 1, 3), spread(mine, "test_accuracy", 100, 1)),
            *(percent(published["test_accuracy"]), spread(mine, "on_distorted", 100, 1)),
            spread(mine, "seconds", 1, 0),
        ]


def by_name(results: Sequence[Result]) -> dict[str, list[Result]]:
    """The results that differ by the seed alone, together."""
    found: dict[str, list[Result]] = {}
    for one in results:
        found.setdefault(name_of(one), []).append(one)
    return found


def name_of(one: Result) -> str:
    """What a training is called, its seed apart."""
    return str(one["name"]).rpartition("-seed")[0]


def spread(mine: Sequence[Result], name: str, factor: float, digits: int) -> str:
    """A figure's mean and standard deviation over seeds; - where one has none."""
    values = [one[name] for one in mine]
    if None in values:
        return "-"
    numbers = [factor * value for value in values]
    text = f"{mean(numbers):,.{digits}f}"
    return f"{text} \u00b1 {stdev(numbers):,.{digits}f}" if len(numbers) > 1 else text


def percent(share: float | None) -> str:
    """A share in percent, - for none."""
    return "-" if share is None else f"{100 * share:.1f}"


def short(plans: Sequence[Plan]) -> list[Plan]:
    """The plans, none longer than a smoke run."""
    return [replace(plan, steps=min(plan.steps, SMOKE_STEPS), epochs=0) for plan in plans]


def told(train: Labelled, test: Labelled) -> None:
    """Says what was left out or resized."""
    for name, part in (("training", train), ("test", test)):
        if part.unreadable:
            note(f"{part.unreadable:,} {name} pictures cannot be read and are left out.")
        if part.resized:
            note(f"{part.resized:,} {name} pictures are not {SIDE}x{SIDE} and were resized.")
