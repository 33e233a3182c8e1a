"""What work in parts asks of whoever runs it: functions of arrays, called elsewhere, whose results stay where they are made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol, TypeAlias

Ref: TypeAlias = Any
"""Stands for a value that lies elsewhere."""


class Tasks(Protocol):
    """Calls functions elsewhere. A function that is called twice, since who called it first is gone, gives the same again."""

    def put(self, value: Any) -> Ref:
        """A value that many calls are given, sent once."""
        ...

    def call(self, function: Callable[..., Any], *given: Any) -> Ref:
        """What `function` gives, called with `given`, in which a Ref stands for its value; functions are a module's own."""
        ...

    def calls(self, count: int, function: Callable[..., Sequence[Any]], *given: Any) -> list[Ref]:
        """The `count` values that `function` gives as one sequence, each by itself."""
        ...

    def get(self, refs: Sequence[Ref]) -> list[Any]:
        """The values, in their order. Raises what a function raised."""
        ...

    def done(self, refs: Sequence[Ref]) -> Iterator[tuple[int, Any]]:
        """The values with their places among the refs, as they are ready."""
        ...
