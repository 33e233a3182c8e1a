"""`Tasks` in this process: one call after the other, its values pickled as on the way to another process."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Sequence
from typing import Any


class Here:
    """Counts the calls."""

    def __init__(self) -> None:
        self.count = 0

    def put(self, value: Any) -> bytes:
        return pickle.dumps(value)

    def call(self, function: Callable[..., Any], *given: Any) -> bytes:
        self.count += 1
        return pickle.dumps(function(*(pickle.loads(each) if isinstance(each, bytes) else each for each in given)))

    def calls(self, count: int, function: Callable[..., Sequence[Any]], *given: Any) -> list[bytes]:
        found = pickle.loads(self.call(function, *given))
        assert len(found) == count
        return [pickle.dumps(each) for each in found]

    def get(self, refs: Sequence[bytes]) -> list[Any]:
        return [pickle.loads(ref) for ref in refs]

    def done(self, refs: Sequence[bytes]) -> Iterator[tuple[int, Any]]:
        return reversed(list(enumerate(self.get(refs))))
