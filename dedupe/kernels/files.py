"""Where machine code is kept between runs: checksummed files in a folder that is this user's own."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from copy import copy
from functools import cache
from pathlib import Path
from types import CodeType
from typing import Any

from blake3 import blake3

from dedupe.installed import version


class Entry:
    """The file of one kernel, its name made of every cause of the machine code: sources, options, versions, processor."""

    def __init__(self, function: Callable[..., Any], options: str, warn: Callable[[], None]) -> None:
        folder = cache_folder(Path(function.__code__.co_filename).parent)
        self.path: Path | None = None
        if folder is None:
            warn()
        else:
            key = blake3(f"{options} {_machine()} {_sources(function)}".encode()).hexdigest()
            self.path = folder / f"{function.__module__}.{function.__qualname__}-{key[:24]}.kernel"

    def read(self) -> bytes | None:
        """The content that was written, or None where there is no sound file; whatever is damaged is not there."""
        with contextlib.suppress(OSError):
            found = self.path.read_bytes() if self.path else b""
            if found and blake3(found[32:]).digest() == found[:32]:
                return found[32:]
        return None

    def write(self, content: bytes) -> None:
        """Writes beside the file's place and moves it there, so that nobody reads half of it; a full disk is no error."""
        if self.path is None:
            return
        temporary = self.path.with_suffix(f".{uuid.uuid4().hex}")
        with contextlib.suppress(OSError):
            try:
                temporary.write_bytes(blake3(content).digest() + content)
                temporary.replace(self.path)
            finally:
                temporary.unlink(missing_ok=True)

    def part(self, key: str) -> Entry:
        """An entry beside this one, told apart by `key`."""
        other = copy(self)
        if self.path is not None:
            other.path = self.path.with_suffix(f".{blake3(key.encode()).hexdigest()[:12]}.kernel")
        return other


@cache
def cache_folder(beside: Path) -> Path | None:
    """Where kernels of the source folder `beside` are kept: the first that can be written of its __pycache__, the
    platform's cache folder and one in the temporary folder, the last two only if they are this user's own; else None.
    """
    if _writable(beside / "__pycache__"):
        return beside / "__pycache__"
    return _own_folder()


@cache
def _own_folder() -> Path | None:
    import platformdirs

    user = os.geteuid() if hasattr(os, "geteuid") else ""
    places: tuple[Callable[[], Path], ...] = (
        lambda: platformdirs.user_cache_path("dedupe") / "kernels",
        lambda: Path(tempfile.gettempdir()) / f"dedupe-kernels-{user}",
    )
    for place in places:
        with contextlib.suppress(OSError, RuntimeError):  # no home folder, no temporary folder
            folder = place()
            if _private(folder) and _writable(folder):
                return folder
    return None


def _private(folder: Path) -> bool:
    """Makes a folder for this user only; whether it is one: code that anybody else put there would be run as ours."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    own = not hasattr(os, "geteuid") or (found.st_uid == os.geteuid() and not found.st_mode & 0o022)
    return stat.S_ISDIR(found.st_mode) and own


_confined = False


def confined() -> None:
    """From now on the modes of folders tell which can be written: trying would say no in a process that is confined, and
    the kernels that are there would not be found.
    """
    global _confined
    _confined = True


def _writable(folder: Path) -> bool:
    if _confined:
        return os.access(folder, os.W_OK)
    with contextlib.suppress(OSError):
        folder.mkdir(exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
        return True
    return False


@cache
def _machine() -> str:
    """Versions and processor; numba's settings come through the environment."""
    from llvmlite import binding  # type: ignore[import-untyped]

    settings = sorted((name, value) for name, value in os.environ.items() if name.startswith("NUMBA_"))
    versions = [version(name) for name in ("numba", "llvmlite")]
    processor = binding.get_host_cpu_name(), binding.get_host_cpu_features().flatten()
    return f"{settings} {versions} {sys.version} {processor}"


def _sources(function: Callable[..., Any]) -> str:
    """What the machine code is made from: source files of the function and of the helpers and kernels that it calls, and
    the numbers that it takes from elsewhere.
    """
    found: set[str] = set()
    waiting, seen = [function], {function}
    while waiting:
        here = waiting.pop()
        found.add(_digest(here.__code__.co_filename))
        used = {name: here.__globals__[name] for name in _names(here.__code__) if name in here.__globals__}
        found |= {f"{name}={value!r}" for name, value in used.items() if isinstance(value, int | float | str | tuple)}
        called = {value.py_func for value in used.values() if hasattr(value, "py_func")}
        waiting += called - seen
        seen |= called
    return " ".join(sorted(found))


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


@cache
def _digest(source: str) -> str:
    with contextlib.suppress(OSError):
        return blake3(Path(source).read_bytes()).hexdigest()
    return source
