"""What a caller may give one of or many of."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

AnyPath: TypeAlias = str | bytes | os.PathLike[str]
Paths: TypeAlias = AnyPath | Sequence[AnyPath]
Words: TypeAlias = str | Sequence[str]
Listed: TypeAlias = AnyPath | Iterable[AnyPath]
Thresholds: TypeAlias = str | float | Sequence[str | float]


def several(given: Any) -> list[Any]:
    """A list of what was given; of one word, path or number alone, which Python could take apart or not at all."""
    one = isinstance(given, str | bytes | os.PathLike) or not isinstance(given, Iterable)
    return [given] if one else list(given)


def words(given: Words | Thresholds) -> list[str]:
    """The same as text, numbers as they are written on the command line."""
    return [str(each) for each in several(given)]


def paths_of(given: Any) -> Iterator[bytes] | None:
    """The paths of a list of files one by one, as bytes; None where there is no list."""
    if given is None:
        return None
    return map(os.fsencode, several(given) if isinstance(given, str | bytes | os.PathLike) else given)
