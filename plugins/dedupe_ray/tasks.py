"""Ray's tasks as what a join in parts asks for: plain functions of arrays, whose results lie in Ray's object store.

A task whose worker or node is gone is done again by another one, and so is what it was given, if that is lost too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

import ray
from ray.exceptions import RayError, RayTaskError

from dedupe import DedupeError
from dedupe.engines import Interrupts
from dedupe.errors import Interrupted

Ref: TypeAlias = Any
"""Ray's ObjectRef."""

TRIES = 100
"""Workers that may be lost with one task before the scan gives up: more than chance takes, as with too little memory."""

TICK = 0.5
"""Seconds after which the user is heard at the latest."""


class RayTasks:
    """Each call takes one processor."""

    def __init__(self) -> None:
        self._task = ray.remote(num_cpus=1, max_retries=TRIES)(_called)

    def put(self, value: Any) -> Ref:
        """A value in the object store, once for all that are given it."""
        return ray.put(value)

    def call(self, function: Callable[..., Any], *given: Any) -> Ref:
        """What the function gives."""
        return self._named(function, 1).remote(function, False, *given)

    def calls(self, count: int, function: Callable[..., Sequence[Any]], *given: Any) -> list[Ref]:
        """The values that the function gives, each by itself."""
        alone = count == 1  # of one value Ray would take the sequence itself
        found = self._named(function, count).remote(function, alone, *given)
        return [found] if alone else list(found)

    def get(self, refs: Sequence[Ref]) -> list[Any]:
        """The values. Raises what a function raised, and DedupeError where Ray cannot go on."""
        found = dict(self.done(refs))
        return [found[number] for number in range(len(refs))]

    def done(self, refs: Sequence[Ref]) -> Iterator[tuple[int, Any]]:
        """The values as they are ready; raises Interrupted after SIGINT."""
        place, left = {ref: number for number, ref in enumerate(refs)}, list(refs)
        with Interrupts() as interrupts:
            try:
                while left and not interrupts.asked:
                    ready, left = ray.wait(left, num_returns=1, timeout=TICK)
                    for ref in ready:
                        yield place[ref], _value(ref)
            except KeyboardInterrupt:
                raise Interrupted("Stopped.") from None
            finally:
                for ref in left:
                    ray.cancel(ref)
        if interrupts.asked:
            raise Interrupted("Interrupted.")

    def _named(self, function: Callable[..., Any], count: int) -> Any:
        """The task under the name by which Ray shows it."""
        return self._task.options(num_returns=count, name=f"dedupe{getattr(function, '__name__', '')}")


def _called(function: Callable[..., Any], alone: bool, *given: Any) -> Any:
    found = function(*given)
    return found[0] if alone else found


def _value(ref: Ref) -> Any:
    try:
        return ray.get(ref)
    except RayTaskError as error:
        raise error.cause from None
    except RayError as error:
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise DedupeError(f"Ray cannot go on: {first[:300]}") from error
