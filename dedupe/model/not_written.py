"""What a result that was read back does not have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dedupe.errors import UsageError


class NotWritten:
    """Stands where a result that was read back has something that its lines do not have."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __len__(self) -> int:
        raise UsageError(self._what)

    def __iter__(self) -> Iterator[Any]:
        raise UsageError(self._what)

    def __getitem__(self, index: Any) -> Any:
        raise UsageError(self._what)
