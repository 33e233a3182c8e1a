"""What options and arguments say of the files that they name, so that nothing is lost by a command line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from os import fsencode
from pathlib import Path
from typing import Any, ClassVar

from dedupe.errors import UsageError
from dedupe.model.addresses import bare_text, is_address
from dedupe.whole import Kind


def _itself(value: Any) -> Sequence[Path]:
    return [Path(value)]


@dataclass(frozen=True, slots=True)
class Place:
    """Says of an option or argument that it names files: `typer.Option(parser=Place(TEXT))`. Every one that does has one.

    `writes` is the kind of file that the command may replace there, None where it only reads; `files` gives the paths that
    a value names. Before the command runs, the host refuses an output that stands where something else stands or that is
    also an input of the command (SafetyError), and two outputs of one name (UsageError).
    """

    writes: Kind | None = None
    files: Callable[[Any], Sequence[Path]] = _itself
    __name__: ClassVar[str] = "path"  # typer asks each parser

    def __call__(self, value: Any) -> Any:
        """The value as it is: what type it becomes, its annotation says. Raises UsageError for an address to write to."""
        if self.writes is not None and isinstance(value, str) and is_address(fsencode(value)):
            raise UsageError(f"{bare_text(value)} is an address, and dedupe writes to this machine alone; name a file.")
        return value


def _may_be_a_cache(path: Path) -> bool:
    from dedupe.store.database import may_serve

    return may_serve(path)


def _cache_file(value: str) -> Sequence[Path]:
    return [] if value == "none" or Path(value).is_dir() else [Path(value)]


INPUT = Place()
"""What is only read."""

CACHE = Place(Kind("a cache of dedupe", _may_be_a_cache), _cache_file)
"""--cache PATH|none: a run does without a folder or a file that it does not know as a cache, and sets a damaged one
aside."""
