"""Where machine code is kept between runs: checksummed files in a folder that is this user's own."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from copy import copy
from functools import cache
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import numpy as np
from blake3 import blake3

from dedupe import owned
from dedupe.installed import version

FORMAT = 1
"""Changes with what a file holds and how machine code is called."""

BESIDE = "__pycache__"
"""The folder beside a kernel's source where its machine code is kept if possible."""


class KernelFile:
    """The file of one kernel. Its name and its first line are made of every cause of the machine code: sources, options,
    versions, processor, and what generates, packs and calls it.
    """

    def __init__(self, function: Callable[..., Any], options: str, warn: Callable[[], None]) -> None:
        self.folder = cache_folder(Path(function.__code__.co_filename).parent)
        if self.folder is None:
            warn()
        key = blake3(f"{FORMAT} {_generator()} {options} {_machine()} {_sources(function)}".encode()).hexdigest()
        self._stem = f"{function.__module__}.{function.__qualname__}-{key[:24]}"
        self._head = f"dedupe kernel {FORMAT} {_generator()} {key}\n".encode()

    @property
    def name(self) -> str:
        """The file's name in its folder."""
        return f"{self._stem}.kernel"

    def read(self) -> bytes | None:
        """The content that was written, or None where there is no sound file; whatever is damaged is not there."""
        if self.folder is None:
            return None
        with contextlib.suppress(OSError), owned.reading(self.folder, self.name) as stream:
            digest, rest = stream.read(32), stream.read()
            if blake3(rest).digest() == digest and rest.startswith(self._head):
                return rest[len(self._head) :]
        return None

    def write(self, content: bytes) -> None:
        """Keeps the content, whole or not at all; a full disk is no error."""
        if self.folder is None:
            return
        with contextlib.suppress(OSError), owned.writing(self.folder, self.name) as stream:
            stream.write(blake3(self._head + content).digest() + self._head + content)

    def part(self, key: str) -> KernelFile:
        """A file beside this one, told apart by `key`."""
        other = copy(self)
        digest = blake3(key.encode()).hexdigest()
        other._stem, other._head = f"{self._stem}.{digest[:12]}", self._head[:-1] + f" {digest}\n".encode()
        return other


@cache
def cache_folder(beside: Path) -> Path | None:
    """Where kernels of the source folder `beside` are kept: the first that this process can write, and nobody else, of its
    __pycache__, the platform's cache folder and one in the temporary folder; else None.
    """
    return beside / BESIDE if _made(beside / BESIDE, parents=False) else _own_folder()


@cache
def _own_folder() -> Path | None:
    return next((folder for folder in own_folders() if _made(folder, parents=True)), None)


def own_folders() -> Iterator[Path]:
    """The folders for what cannot be kept beside its source, in the order in which they are tried; they may be missing."""
    import platformdirs

    user = os.geteuid() if hasattr(os, "geteuid") else ""
    with contextlib.suppress(OSError, RuntimeError):  # no home folder
        yield platformdirs.user_cache_path("dedupe") / "kernels"
    with contextlib.suppress(OSError):  # no temporary folder
        yield Path(tempfile.gettempdir()) / f"dedupe-kernels-{user}"


_confined = False


def confined() -> None:
    """From now on the modes of folders tell which can be used: trying would say no in a process that is confined, and
    the kernels that are there would not be found.
    """
    global _confined
    _confined = True


def _made(folder: Path, parents: bool) -> bool:
    """Makes a folder where it is missing; whether it can be used."""
    if _confined:
        return owned.ours(folder)
    with contextlib.suppress(OSError):
        folder.mkdir(mode=0o700 if parents else 0o755, parents=parents, exist_ok=True)
    return owned.usable(folder)


@cache
def _machine() -> str:
    """Versions and processor, and numba's settings, which come through the environment and a file in the working folder."""
    from llvmlite import binding  # type: ignore[import-untyped]

    settings = sorted((name, value) for name, value in os.environ.items() if name.startswith("NUMBA_"))
    with contextlib.suppress(OSError):
        settings.append(("", Path(".numba_config.yaml").read_text(errors="replace")))
    versions = [version(name) for name in ("numba", "llvmlite", "numpy")]
    processor = binding.get_host_cpu_name(), binding.get_host_cpu_features().flatten()
    return f"{settings} {versions} {sys.version} {processor}"


@cache
def _generator() -> str:
    """A digest of what generates, packs and calls machine code: the modules beside this one."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return blake3(" ".join(_digest(str(path)) for path in sources).encode()).hexdigest()


def _sources(function: Callable[..., Any]) -> str:
    """What the machine code is made from: source files of the function, of the helpers and kernels that it calls and of
    modules that it names, and the numbers that it takes from elsewhere.
    """
    found: set[str] = set()
    waiting, seen = [function], {function}
    while waiting:
        here = waiting.pop()
        found.add(_digest(here.__code__.co_filename))
        used = {name: here.__globals__[name] for name in _names(here.__code__) if name in here.__globals__}
        found |= {f"{name}={_value(value)}" for name, value in used.items() if isinstance(value, _VALUES)}
        modules = {str(getattr(value, "__file__", "")) for value in used.values() if isinstance(value, ModuleType)}
        found |= {_digest(path) for path in modules if path.endswith(".py")}
        called = {value.py_func for value in used.values() if hasattr(value, "py_func")}
        waiting += called - seen
        seen |= called
    return " ".join(sorted(found))


_VALUES = (int, float, complex, str, bytes, tuple, np.generic, np.ndarray)


def _value(value: Any) -> str:
    return f"{value.dtype}{value.shape}{value.tobytes().hex()}" if isinstance(value, np.ndarray) else repr(value)


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
