"""Pictures in memory among the paths that a verb is given."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import wraps
from inspect import signature
from itertools import count
from typing import Any, ParamSpec, TypeVar

import numpy as np

from dedupe.describe.several import AnyPath
from dedupe.errors import PictureError, UsageError
from dedupe.model import Failure, InMemory

P = ParamSpec("P")
R = TypeVar("R")

TAKEN = "an image of PIL, the bytes of a file, or an array: uint8 (h,w), (h,w,3) or (h,w,4), uint16 (h,w)"
_SHAPES = {("uint8", 2): ((),), ("uint8", 3): ((3,), (4,)), ("uint16", 2): ((),)}


def takes_pictures(*parameters: str, one: Collection[str] = ()) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """For a verb: what is given as one of these parameters becomes a list, and as one in `one` itself, of paths as they are
    and of pictures in memory as `InMemory`. Those that come without a name are numbered. Raises UsageError for anything else.
    """

    def of(verb: Callable[P, R]) -> Callable[P, R]:
        takes = signature(verb)

        @wraps(verb)
        def run(*args: P.args, **settings: P.kwargs) -> R:
            call = takes.bind(*args, **settings)
            given = {name: call.arguments[name] for name in takes.parameters if name in call.arguments}
            found = named({name: given[name] for name in given if name in parameters or name in one})
            call.arguments.update({name: _only(each) if name in one else each for name, each in found.items()})
            return verb(*call.args, **call.kwargs)

        return run

    return of


def named(given: Mapping[str, Any]) -> dict[str, list[AnyPath | InMemory]]:
    """What parameters were given, each taken apart; the names of pictures without one, "picture 1" and so on, run through all
    and sort by their numbers.
    """
    found = {name: list(_taken_apart(value)) for name, value in given.items()}
    digits = len(str(sum(_is_unnamed(each) for part in found.values() for each in part)))
    numbers = count(1)

    def numbered(each: AnyPath | InMemory) -> AnyPath | InMemory:
        if not isinstance(each, InMemory) or each.name:
            return each
        return replace(each, name=b"picture %0*d" % (digits, next(numbers)))

    return {name: list(map(numbered, part)) for name, part in found.items()}


def as_files(roots: Sequence[AnyPath], max_pixels: int) -> list[bytes | InMemory]:
    """Paths as bytes; pictures in memory as the bytes of a file, or the Failure that it has none."""
    return [_as_file(each, max_pixels) if isinstance(each, InMemory) else os.fsencode(each) for each in roots]


def _as_file(given: InMemory, max_pixels: int) -> InMemory:
    from dedupe.decode.lossless import file_of

    try:
        return replace(given, content=file_of(given.content, max_pixels))
    except PictureError as error:
        return replace(given, content=Failure(given.name, "decode", error.reason, str(error)))


def _only(found: Sequence[AnyPath | InMemory]) -> AnyPath | InMemory:
    if len(found) != 1:
        raise UsageError(f"{len(found)} pictures are given where one has to be; give a path or one picture.")
    return found[0]


def _taken_apart(given: Any) -> Iterator[AnyPath | InMemory]:
    """Each path as it is, each picture with its name, which is empty where it has none."""
    one = _is_path(given) or isinstance(given, Mapping | bytes | bytearray | memoryview | np.ndarray)
    opened = hasattr(given, "read")  # an open file gives out lines, which are no paths
    for each in [given] if one or opened or not isinstance(given, Iterable) else given:
        if isinstance(each, Mapping):
            yield from (InMemory(_name(name), _picture(value)) for name, value in each.items())
        elif _is_path(each):
            yield each
        else:
            yield InMemory(b"", _picture(each))


def _is_path(given: Any) -> bool:
    """Bytes with a NUL in them are no path on any system, and no file of a picture is without one."""
    return isinstance(given, str | os.PathLike) or (isinstance(given, bytes) and b"\0" not in given)


def _is_unnamed(each: AnyPath | InMemory) -> bool:
    return isinstance(each, InMemory) and not each.name


def _name(given: Any) -> bytes:
    try:
        name = os.fsencode(given)
    except (TypeError, UnicodeEncodeError):
        name = b""
    if not name or b"\0" in name:
        raise UsageError(f"{given!r} cannot be the name of a picture; give text without a NUL character.")
    return name


def _picture(given: Any) -> Any:
    """What was given, made sure of; bytes of any kind as bytes."""
    if isinstance(given, bytes | bytearray | memoryview):
        return bytes(given)
    if isinstance(given, np.ndarray):
        if given.shape[2:] in _SHAPES.get((given.dtype.name, given.ndim), ()):
            return given
        raise UsageError(f"An array of {given.dtype} {given.shape} is no picture in memory; those are {TAKEN}.")
    from PIL import Image

    if isinstance(given, Image.Image):
        return given
    raise UsageError(f"{type(given).__name__} is no picture in memory; those are {TAKEN}.")
