"""What a caller may give one of or many of."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import wraps
from inspect import Parameter, signature
from numbers import Real
from typing import TYPE_CHECKING, Any, ParamSpec, TypeAlias, TypeVar

from dedupe import config
from dedupe.errors import UsageError
from dedupe.model import Progress, Run, Select
from dedupe.model.asked import CPU, DEVICES
from dedupe.model.asked import several as several

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

P = ParamSpec("P")
R = TypeVar("R")

AnyPath: TypeAlias = str | bytes | os.PathLike[str]
Paths: TypeAlias = AnyPath | Sequence[AnyPath]
InMemory: TypeAlias = "Image | NDArray[Any] | bytes | bytearray | memoryview"
Picture: TypeAlias = "AnyPath | InMemory | Mapping[str, InMemory]"
Pictures: TypeAlias = "Picture | Sequence[Picture]"
Words: TypeAlias = str | Sequence[str]
Listed: TypeAlias = AnyPath | Iterable[AnyPath]
Thresholds: TypeAlias = str | float | Sequence[str | float] | Mapping[str, float]


NUMBERS = "int", "int | None", "float"
"""How the types of values that are numbers are written."""


def words(given: Words | Thresholds) -> list[str]:
    """The same as text, as it is written on the command line: 10, and {"pdq": 10} as pdq=10."""
    if isinstance(given, Mapping):
        return [f"{name}={value}" for name, value in given.items()]
    return [str(each) for each in several(given)]


def paths_of(given: Any) -> Iterator[bytes] | None:
    """The paths of a list of files one by one, as bytes; None where there is no list."""
    if given is None:
        return None
    return map(os.fsencode, several(given) if isinstance(given, str | bytes | os.PathLike) else given)


def asked(
    workers: int | None,
    cache: AnyPath | None,
    plugin: Paths,
    file_timeout: float,
    max_pixels: int,
    progress: Progress,
    device: str = CPU,
) -> Run:
    """How a run goes about it, of what a caller gave. Raises UsageError for a number that no picture could satisfy, and for a
    device that has another name.
    """
    if device not in DEVICES:
        raise UsageError(f"--device {device}: choose from {', '.join(DEVICES)}.")
    if not file_timeout > 0:
        raise UsageError(f"--file-timeout {file_timeout:g}: give a number of seconds above 0.")
    if max_pixels < 1:
        raise UsageError(f"--max-pixels {max_pixels}: at least 1 pixel has to be allowed.")
    config.workers(workers)
    files = tuple(os.fsdecode(each) for each in several(plugin))
    place = None if cache is None else os.fsdecode(cache)
    return Run(workers, place, files, file_timeout, max_pixels, progress, device)


def selected(
    exclude: Words = (),
    min_size: int = 0,
    min_pixels: int = 0,
    recursive: bool = True,
    all_files: bool = False,
    files_from: Listed | None = None,
    label: str = "",
    follow_rows: bool = False,
) -> Select:
    """Which files take part, of what a caller gave."""
    some = tuple(words(exclude)), min_size, min_pixels, recursive, all_files
    return Select(*some, paths_of(files_from), label, follow_rows)


def _check(verb: str, takes: Mapping[str, Parameter], given: Mapping[str, Any]) -> None:
    """Raises TypeError for a keyword that a verb has not, UsageError for what is no number."""
    for name, value in given.items():
        if name not in takes:
            from difflib import get_close_matches

            near = get_close_matches(name, takes, 1)
            rest = f"do you mean {near[0]}?" if near else f"there are {', '.join(takes)}."
            raise TypeError(f"dedupe.{verb} has no keyword {name}; {rest}")
        wanted = takes[name].annotation
        none = value is None and wanted == "int | None"
        if wanted in NUMBERS and not (none or isinstance(value, Real)):
            raise UsageError(f"{name}={value!r}: give a number.")


def formerly(**names: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Lets keywords of a function be given by former names, for one release: former name = name. Those that it has not, and
    values that are no numbers where it wants one, it refuses in a sentence.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        takes = signature(function).parameters

        @wraps(function)
        def called(*args: P.args, **given: P.kwargs) -> R:
            if twice := next((name for name in given if names.get(name, name) != name and names[name] in given), None):
                raise TypeError(
                    f"dedupe.{function.__name__} was given {names[twice]} and {twice}, which are one; leave one out."
                )
            settings: dict[str, Any] = {names.get(name, name): value for name, value in given.items()}
            _check(function.__name__, takes, settings)
            return function(*args, **settings)

        return called

    return decorate
