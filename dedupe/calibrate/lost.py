"""Descriptors whose metric fails: what the others find is given all the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from dedupe.calibrate.limits import Limits
from dedupe.errors import MetricError, Unfinished

R = TypeVar("R")
T = TypeVar("T")


class Lost:
    """The descriptors of a run whose metric failed, by label."""

    def __init__(self) -> None:
        self._errors: dict[str, MetricError] = {}

    @contextmanager
    def unless_it_fails(self, label: str) -> Iterator[None]:
        """A block that asks a descriptor's metric; where that fails, the block ends and the descriptor is lost."""
        try:
            yield
        except MetricError as error:
            self._errors[label] = error

    def __contains__(self, label: str) -> bool:
        return label in self._errors

    def among(self, items: Iterable[T], label: Callable[[T], str]) -> list[T]:
        """The items, each of a descriptor, without those that are lost. Raises the first one's error where none is left."""
        left = [item for item in items if label(item) not in self._errors]
        if self._errors and not left:
            raise next(iter(self._errors.values()))
        return left

    def left(self, limits: Limits) -> Limits:
        """The limits without those that are lost, with a note of each. Raises the first one's error where none is left."""
        each = self.among(limits.each, lambda limit: limit.chosen.label)
        return Limits(each, [*limits.notes, *self.notes()])

    def given(self, result: R) -> R:
        """The result; raises Unfinished, which has it, where a descriptor is lost."""
        if self._errors:
            raise Unfinished(" ".join(self.notes()), result)
        return result

    def notes(self) -> list[str]:
        """A sentence for each that is lost."""
        return [
            f"{str(error).removesuffix('.')}; the result is without {name}." for name, error in self._errors.items()
        ]
