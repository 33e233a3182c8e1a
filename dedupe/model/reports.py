"""What writes results."""

from __future__ import annotations

from typing import Any, Protocol, TextIO, runtime_checkable


@runtime_checkable
class Report(Protocol):
    """A form of results, asked for as --format NAME or by a file's suffix. Parameters are keyword arguments, kept as attributes
    of the same names.

    `suffixes` are lower case with the dot; `commands` the verbs whose results it writes, as ("scan", "find").
    """

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def suffixes(self) -> tuple[str, ...]: ...
    @property
    def commands(self) -> tuple[str, ...]: ...

    def write(self, result: Any, stream: TextIO) -> None:
        """Writes a result, such as a `Scan`, to a stream of text, which it leaves open."""
        ...
