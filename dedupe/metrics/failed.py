"""Descriptors whose metric fails: what the others find is given all the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from dedupe.errors import MetricError, Unfinished

R = TypeVar("R")
T = TypeVar("T")


class FailedMetrics:
    """The descriptors of a run whose metric failed, by label."""

    def __init__(self) -> None:
        self._errors: dict[str, MetricError] = {}

    @contextmanager
    def unless_it_fails(self, label: str) -> Iterator[None]:
        """A block that asks a descriptor's metric; where that fails, the block ends and the descriptor is left out."""
        try:
            yield
        except MetricError as error:
            self._errors[label] = error

    def __contains__(self, label: str) -> bool:
        return label in self._errors

    def others(self, items: Iterable[T], label: Callable[[T], str]) -> list[T]:
        """The items, each of a descriptor, without those whose metric failed. Raises the first one's error where none is left."""
        left = [item for item in items if label(item) not in self._errors]
        if self._errors and not left:
            raise next(iter(self._errors.values()))
        return left

    def given(self, result: R) -> R:
        """The result; raises Unfinished, which has it, where a metric failed."""
        if self._errors:
            raise Unfinished(" ".join(self.notes()), result)
        return result

    def notes(self) -> list[str]:
        """A sentence for each whose metric failed."""
        return [
            f"{str(error).removesuffix('.')}; the result is without {name}." for name, error in self._errors.items()
        ]
