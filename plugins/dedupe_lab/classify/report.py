"""Trainings as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from dedupe_lab.classify.data import SIDE, Labelled
from dedupe_lab.classify.plan import Plan
from dedupe_lab.output import note

HEADS = (
    *(
        "training",
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


def rows(results: Sequence[dict[str, Any]]) -> Iterator[list[str]]:
    """The rows under HEADS; accuracies in percent."""
    for one in results:
        published = one["published"]
        yield [
            *(one["name"], f"{one['steps']:,}", _percent(one["train_accuracy"]), _percent(published["train_accuracy"])),
            *("-" if one["steps_to_90"] is None else f"{one['steps_to_90']:,}", f"{one['cross_entropy']:.3f}"),
            *(f"{one['loss']:.3f}", _percent(one["test_accuracy"]), _percent(published["test_accuracy"])),
            *(_percent(one["on_distorted"]), f"{one['seconds']:.0f}"),
        ]


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}"


def short(plans: Sequence[Plan], steps: int) -> list[Plan]:
    """The plans, none longer than so many steps."""
    return [replace(plan, steps=min(plan.steps, steps), epochs=0) for plan in plans]


def told(train: Labelled, test: Labelled) -> None:
    """Says what was left out or resized."""
    for name, part in (("training", train), ("test", test)):
        if part.unreadable:
            note(f"{part.unreadable:,} {name} pictures cannot be read and are left out.")
        if part.resized:
            note(f"{part.resized:,} {name} pictures are not {SIDE}x{SIDE} and were resized.")
