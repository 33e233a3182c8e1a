"""The one place that reads settings, the environment and the platform: folders, workers, plugin choice, and the constants."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

from dedupe.config.settings_file import NAME, Settings, read
from dedupe.errors import UsageError
from dedupe.model import asked as _asked

WORKING_SIDE = 512
"""Longest side of the working image at most, in pixels."""

DECODED_SIDE = 480
"""Pixels that a JPEG's longest side keeps at least when its decoder reduces it to an eighth, a fourth or a half."""

WORKING = "working512-6"
"""Name and version of the way the working image is made: a part of every descriptor key."""

FILE_TIMEOUT, PIXEL_CAP = _asked.FILE_TIMEOUT, _asked.PIXEL_CAP

WORKER_MEMORY = 2 << 30
"""Bytes of address space that one worker may add to what it starts with."""

DEFAULT_DESCRIPTOR = "pdq"
"""The descriptor of scan, find, compare and describe where none is asked for."""

LEARNED_DESCRIPTOR = "copy256"
"""That of scan and compare beside it: of those that ship it finds most crops, rotations and shears (plugins/README.md)."""

command_line: tuple[str, ...] | None = None
"""The words of the command that runs, which `cli` sets; None where Python code asks."""

settings = Settings()
"""What dedupe.toml gives to the command that runs, which `cli` sets; nothing where Python code asks."""

_NAME = "dedupe-images"


def settings_path() -> Path:
    """Where the user's settings are or would be, which need not be there; nothing is created."""
    return _platform_folder("config") / NAME


def read_settings(asked: str | None = None) -> Settings:
    """The settings in the file that --config asks for, else in the usual one. Raises as `settings_file.read` does."""
    return read(asked, settings_path())


def protected() -> tuple[Path, ...]:
    """The folders that the settings have nothing ever removed from."""
    return tuple(settings.given.get("protect", ()))


def cache_path(warn: Callable[[str], None] | None = None) -> Path:
    """The folder of the cache and of what lies beside it: DEDUPE_CACHE, else the platform's cache folder.

    Where that folder cannot be made or written (no HOME, a read-only one) it is a private temporary folder, which lives
    as long as the system keeps it; `warn` then gets one sentence. Nothing is created for a folder that DEDUPE_CACHE names.
    """
    given = os.environ.get("DEDUPE_CACHE")
    return Path(given) if given else _folder("cache", warn)


def chosen_cache(asked: str | os.PathLike[str] | None, warn: Callable[[str], None]) -> Path | None:
    """The cache that --cache asks for: a path; None for "none", which keeps it in memory; without it the usual one.

    Raises UsageError for an empty name.
    """
    if asked is None:
        return cache_path(warn) / "cache.sqlite3"
    if not str(asked):
        raise UsageError("--cache without a name: give a file, or none.")
    return None if str(asked) == "none" else Path(asked)


def beside_cache(asked: str | os.PathLike[str] | None, suffix: str) -> Path | None:
    """The folder of what searches keep beside the cache that --cache asks for; None where there is no such place."""
    cache = chosen_cache(asked, lambda _: None)
    if cache is None or cache.name in ("", ".."):  # a folder, of which the store says that it is none
        return None
    return cache.with_name(f"{cache.name}.{suffix}")


def data_path(warn: Callable[[str], None] | None = None, *, make: bool = True) -> Path:
    """The folder of what the user made and wants to keep (calibrations, journals): DEDUPE_DATA, else the platform's data
    folder; chosen as `cache_path` is.

    Without `make` it is where that folder is or would be, and nothing is created.
    """
    given = os.environ.get("DEDUPE_DATA")
    if given:
        return Path(given)
    return _folder("data", warn) if make else _platform_folder("data")


def workers(asked: int | None) -> int:
    """How many worker processes run; raises UsageError for less than one."""
    if asked is not None and asked < 1:
        raise UsageError(f"-j {asked}: at least 1 worker is needed.")
    return asked or default_workers()


def default_workers() -> int:
    """How many worker processes run by default: the processors that this process may use, at least 1."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


def plugin_filter() -> tuple[str, ...] | None:
    """The entry points named by DEDUPE_PLUGINS (separated by commas), or None where it is not set: load all."""
    given = os.environ.get("DEDUPE_PLUGINS")
    return None if given is None else tuple(name.strip() for name in given.split(",") if name.strip())


def _folder(kind: str, warn: Callable[[str], None] | None) -> Path:
    """The platform's folder of a kind, made if it was missing, or a private temporary one."""
    folder = _platform_folder(kind)
    if folder.is_absolute() and _usable(folder):
        return folder
    try:
        instead = _private_temporary() / kind
        instead.mkdir(mode=0o700, exist_ok=True)
    except OSError:
        return folder  # nothing can be written anywhere: whoever opens it says so, and does without
    if warn is not None:
        warn(f"The {kind} folder {folder} cannot be used; {instead} stands in for it until the system empties it.")
    return instead


def _platform_folder(kind: str) -> Path:
    from platformdirs import PlatformDirs

    return Path(getattr(PlatformDirs(_NAME, appauthor=False), f"user_{kind}_dir"))


def _usable(folder: Path) -> bool:
    """Whether files can be made in a folder, which is made first where it is missing."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _private_temporary() -> Path:
    """A folder that only this user can enter: the same one each time, or a fresh one if somebody else took its name."""
    user = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    folder = Path(tempfile.gettempdir()) / f"{_NAME}-{user}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder if _is_ours(folder) else Path(tempfile.mkdtemp(prefix=f"{_NAME}-"))
    except OSError:
        return Path(tempfile.mkdtemp(prefix=f"{_NAME}-"))


def _is_ours(folder: Path) -> bool:
    """Whether a folder is a real one of this user's that nobody else may enter (others could plant files in it)."""
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        return False
    return not hasattr(os, "getuid") or (found.st_uid == os.getuid() and not found.st_mode & 0o077)
