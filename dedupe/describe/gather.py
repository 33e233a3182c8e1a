"""Folders to a described collection: what scan, find, compare and describe have in common."""

from __future__ import annotations

import ctypes
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from dedupe import config, plugins
from dedupe.console import Progress, say, warn, warn_once
from dedupe.decode import DECODE_VERSION, SUFFIXES, format_name, mark
from dedupe.describe import Collection, describe
from dedupe.describe.choose import Chosen
from dedupe.describe.several import AnyPath as AnyPath
from dedupe.describe.several import Paths, several
from dedupe.errors import UsageError
from dedupe.model import NO_DATE, Failure, File, Summary
from dedupe.plugins import Plugins
from dedupe.store import Store
from dedupe.walk import Walk, WalkOptions, listed

Ints = NDArray[np.int64]

CHUNK = 4096
"""Files that are made ready to be shown at a time."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """A walk and what became of its files, with the seconds each stage took."""

    walk: Walk
    collection: Collection
    seconds: dict[str, float]

    @property
    def failures(self) -> list[Failure]:
        """Failures of the walk and of the files, the walk's first."""
        return [*self.walk.failures, *self.collection.failures]

    @property
    def others(self) -> dict[str, int]:
        """Files left out, by reason."""
        counts = dict(self.walk.others)
        for reason, count in self.collection.others.items():
            counts[reason] = counts.get(reason, 0) + count
        return counts


def summary(found: Gathered, rows: Ints, *, groups: int = 0, duplicates: int = 0, freeable: int = 0) -> Summary:
    """The counts of a run; `rows` int64 (files,) are the contents used, -1 for files left out."""
    used = rows[rows >= 0]
    return Summary(
        files=len(used),
        contents=int(np.count_nonzero(np.bincount(used))) if len(used) else 0,
        described=found.collection.described,
        groups=groups,
        duplicates=duplicates,
        freeable=freeable,
        failures=dict(Counter(failure.reason for failure in found.failures)),
        others=found.others,
        seconds=found.seconds,
    )


def load_plugins(files: Paths = (), file_timeout: float | None = None) -> Plugins:
    """The installed plugins, or those that DEDUPE_PLUGINS names, and loose files, each tried for at most so many seconds.

    Raises UsageError as `dedupe.plugins.load` does, and for a timeout that is none.
    """
    paths = [Path(os.fsdecode(file)) for file in several(files)]
    seconds = _some_time(config.FILE_TIMEOUT if file_timeout is None else file_timeout)
    return plugins.load(paths, config.plugin_filter(), warn=warn, seconds=seconds)


def _some_time(file_timeout: float) -> float:
    if not file_timeout > 0:
        raise UsageError(f"--file-timeout {file_timeout:g}: give a number of seconds above 0.")
    return file_timeout


def gather(
    roots: Sequence[AnyPath],
    chosen: Sequence[Chosen],
    loaded: Plugins,
    *,
    files_from: Iterator[bytes] | None = None,
    options: WalkOptions | None = None,
    workers: int | None = None,
    cache: str | Path | None = None,
    file_timeout: float = config.FILE_TIMEOUT,
    pixel_cap: int = config.PIXEL_CAP,
    upright_roots: int = 0,
    progress: Progress = lambda *_: None,
) -> Gathered:
    """Walks the roots and describes what it finds; `cache` is a path, "none", or None for the platform's place.

    Of what is found under the first `upright_roots` the upright columns are enough.
    Raises UsageError for bad settings and for a distance beyond a descriptor's range, DedupeError for a root that cannot be
    read.
    """
    seconds: dict[str, float] = {}
    columns = [column for each in chosen for column in each.columns]
    settings = worker_settings(workers, file_timeout, pixel_cap)
    with stage(seconds, "walk"):
        walked = _walk([os.fsencode(root) for root in roots], files_from, loaded, options or WalkOptions())
    note_links(walked)
    with stage(seconds, "describe"), open_store(cache, loaded) as store:
        version = failure_version(loaded, [column.key for column in columns], settings)
        upright = walked.files.root < upright_roots
        found = describe(
            walked.files,
            columns,
            loaded.decoders,
            store,
            version=version,
            settings=settings,
            progress=progress,
            upright=upright,
        )
    _refuse_beyond(chosen, found)
    return Gathered(walked, found, seconds)


def _refuse_beyond(chosen: Sequence[Chosen], found: Collection) -> None:
    """Raises UsageError where a distance that was given is so many bits as a descriptor has: all would be near each other."""
    matrices = iter(found.matrices)
    for each in chosen:
        columns = [next(matrices) for _ in each.columns]
        bits = 8 * columns[0].X.shape[1]
        if each.descriptor.metric == "hamming" and bits and each.threshold >= bits:
            raise UsageError(
                f"-t {each.label}={each.threshold:g}: {each.label} has {bits} bits, so that all pictures would be near each "
                "other; give a smaller number of bits, or a share of unrelated pairs, as fpr=1e-6."
            )


def open_store(cache: str | Path | None, loaded: Plugins) -> Store:
    """The cache, of which what other decoders than these have read does not count."""
    return Store.open(config.chosen_cache(cache, warn_once), warn_once, {0, *map(mark, loaded.decoders)})


def _walk(roots: Sequence[bytes], files_from: Iterator[bytes] | None, loaded: Plugins, options: WalkOptions) -> Walk:
    return listed(files_from or (), known_suffixes(loaded), options, roots=roots)


def note_idle(globs: Sequence[str]) -> None:
    """Says which globs to leave out files by matched nothing: they may not mean what was meant."""
    for glob in globs:
        say(f"--exclude {glob} matched nothing.")


def note_links(walked: Walk) -> None:
    """Says where a walk found nothing else that links were passed over: folders made of links look full."""
    links = walked.others.get("symlinks", 0)
    if links and not len(walked.files):
        counted = "1 symbolic link was" if links == 1 else f"{links:,} symbolic links were"
        say(f"No picture was found; {counted} passed over, since links are not followed: name what they lead to.")


def known_suffixes(loaded: Plugins) -> frozenset[bytes]:
    """The suffixes that the host or a plugin's decoder claims, lower case."""
    return SUFFIXES | {suffix.encode() for each in loaded.decoders for suffix in each.suffixes}


def worker_settings(workers: int | None, file_timeout: float, pixel_cap: int) -> dict[str, Any]:
    """What `describe` hands to the workers; raises UsageError for a number that no picture could satisfy."""
    if pixel_cap < 1:
        raise UsageError(f"--max-pixels {pixel_cap}: at least 1 pixel has to be allowed.")
    return {
        "workers": config.workers(workers),
        "timeout": _some_time(file_timeout),
        "memory": config.WORKER_MEMORY,
        "pixel_cap": pixel_cap,
        "notify": say,
    }


def failure_version(loaded: Plugins, keys: Sequence[str], settings: Mapping[str, Any]) -> str:
    """What a remembered failure holds for: the decoders and descriptors that met it, and the limits it met them within."""
    decoders = [f"{each.name}@{each.version}" for each in loaded.decoders]
    limits = f"pixels<={settings['pixel_cap']}", f"seconds<={settings['timeout']:g}"
    return " ".join([DECODE_VERSION, *limits, *sorted(decoders), *sorted(keys)])


@contextmanager
def stage(seconds: dict[str, float], name: str) -> Iterator[None]:
    """Adds the time that the block takes to `seconds[name]`; what memory it leaves unused goes back to the system."""
    start = time.perf_counter()
    try:
        yield
        _trim()
    finally:
        seconds[name] = seconds.get(name, 0.0) + time.perf_counter() - start


def _trim() -> None:
    """glibc keeps freed blocks below the last one in use: after a million files some 200 MB."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # another C library has no malloc_trim
            ctypes.CDLL(None).malloc_trim(0)


def file_at(found: Gathered, rows: Ints, index: int) -> File:
    """The file with that index as it is shown."""
    return next(files_at(found, rows, np.array([index])))


def files_at(found: Gathered, rows: Ints, indices: Ints) -> Iterator[File]:
    """The files with these indices, int64 (k,), as they are shown; `rows` int64 (files,) are their contents."""
    files, links = found.walk.files, found.walk.links
    for start in range(0, len(indices), CHUNK):  # one by one, a million would take the minute
        some = indices[start : start + CHUNK]
        content = found.collection.contents[rows[some]]
        digests = content["digest"].tobytes().hex()
        columns = [content[name].tolist() for name in ("width", "height", "format", "taken")]
        given = zip(some.tolist(), files.size[some].tolist(), *columns, strict=True)
        for i, (index, size, width, height, form, taken) in enumerate(given):
            yield File(
                path=files.path(index),
                size=size,
                width=width,
                height=height,
                format=format_name(form.decode("ascii", "replace")),
                digest="blake3:" + digests[64 * i : 64 * i + 64],
                taken=None if taken == NO_DATE else taken,
                links=links.get(index, ()),
            )


class FilesAt(Sequence[File]):
    """The files with these indices, int64 (k,), each made when it is asked for; `rows` int64 (files,) are their contents."""

    def __init__(self, found: Gathered, rows: Ints, indices: Ints) -> None:
        self._found, self._rows, self._indices = found, rows, indices

    def __len__(self) -> int:
        return len(self._indices)

    @overload
    def __getitem__(self, index: int) -> File: ...
    @overload
    def __getitem__(self, index: slice) -> FilesAt: ...
    def __getitem__(self, index: int | slice) -> File | FilesAt:
        if isinstance(index, slice):
            return FilesAt(self._found, self._rows, self._indices[index])
        return file_at(self._found, self._rows, int(self._indices[index]))

    def __iter__(self) -> Iterator[File]:
        return files_at(self._found, self._rows, self._indices)
