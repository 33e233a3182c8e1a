"""Folders to a described collection: what scan, find, compare and describe have in common."""

from __future__ import annotations

import ctypes
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from dedupe import config, plugins
from dedupe.console import say, warn, warn_once
from dedupe.decode import DECODE_VERSION, SUFFIXES, mark
from dedupe.describe import Collection, describe
from dedupe.describe.choose import Chosen
from dedupe.describe.in_memory import as_files
from dedupe.describe.inside.opening import ByPlugins
from dedupe.describe.portions import here
from dedupe.describe.several import AnyPath as AnyPath
from dedupe.errors import UsageError
from dedupe.model import Batch, Failure, InMemory, Ints, Run, Select, Summary, ToDescribe
from dedupe.plugins import Plugins
from dedupe.store import Store
from dedupe.walk import Opener, Walk, listed

PLAIN = Run()
"""How to go about it where nothing is asked for."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """A walk and what became of its files, with the seconds each stage took, and how many bits hashes have, by label.

    `memory` has the bytes of pictures in memory by their inode; a result that is kept must not keep them.
    """

    walk: Walk
    collection: Collection
    seconds: dict[str, float]
    bits: dict[str, int]
    memory: Mapping[int, bytes] = field(default_factory=dict)

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


def summary(
    found: Gathered,
    rows: Ints,
    *,
    groups: int = 0,
    duplicates: int = 0,
    freeable: int = 0,
    kinds: Mapping[str, int] = MappingProxyType({}),
    not_judged: int = 0,
    protected: int = 0,
    folders: Sequence[Mapping[str, Any]] = (),
) -> Summary:
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
        suffixes=found.walk.suffixes,
        kinds=dict(kinds),
        not_judged=not_judged,
        protected=protected,
        folders=folders or None,
    )


def load_plugins(run: Run = PLAIN) -> Plugins:
    """The installed plugins, or those that DEDUPE_PLUGINS names, and the run's loose files, each tried for as long as a file.

    Raises UsageError as `dedupe.plugins.load` does.
    """
    files = [Path(each) for each in run.plugin]
    loaded = plugins.load(files, config.plugin_filter(), warn=warn, seconds=run.file_timeout)
    return replace(loaded, device=run.device)


def gather(roots: Sequence[AnyPath], chosen: Sequence[Chosen], loaded: Plugins, select: Select, run: Run) -> Gathered:
    """`met` and `described`: walks the roots and describes what it finds."""
    return described(met(roots, loaded, select, run), chosen, loaded, select, run)


@dataclass(frozen=True, slots=True)
class Met:
    """A walk, and the seconds that it took by stage."""

    walk: Walk
    seconds: dict[str, float]


def met(roots: Sequence[AnyPath], loaded: Plugins, select: Select, run: Run) -> Met:
    """Walks the roots, among which may be pictures in memory. Raises DedupeError for a root that cannot be read."""
    seconds: dict[str, float] = {}
    with stage(seconds, "walk"):
        store = lambda: open_store(run.cache, loaded)  # noqa: E731
        opener = ByPlugins(loaded.openers, store, run, select.label, select.follow_rows)
        walked = walk(as_files(roots, run.max_pixels), loaded, select, opener)
    note_links(walked)
    return Met(walked, seconds)


def described(
    found: Met,
    chosen: Sequence[Chosen],
    loaded: Plugins,
    select: Select,
    run: Run,
    *,
    upright_roots: int = 0,
    by: Callable[[ToDescribe], Iterator[Batch]] = here,
) -> Gathered:
    """Describes what a walk has found; of what lies under the first `upright_roots` the upright columns are enough. What has to
    be read is described `by` an engine.

    Raises UsageError for bad settings and for a distance beyond a descriptor's range.
    """
    walked, seconds = found.walk, found.seconds
    columns = [column for each in chosen for column in each.described]
    version = failure_version(loaded, [column.key for column in columns], run)
    with stage(seconds, "describe"), open_store(run.cache, loaded) as store:
        upright = walked.files.root < upright_roots
        collection = describe(
            walked.files, columns, loaded.decoders, store, run, version=version, upright=upright, by=by
        )
    bits = _bits(chosen, collection)
    _refuse_beyond(chosen, bits)
    files = replace(walked.files, held={})  # a result that is kept would keep the pictures
    collection = _large_enough(replace(collection, files=files), select.min_pixels)
    return Gathered(replace(walked, files=files), collection, seconds, bits, walked.files.held)


def _large_enough(found: Collection, min_pixels: int) -> Collection:
    """The collection without files that have fewer pixels than asked for."""
    contents, rows = found.contents, found.rows
    if not min_pixels or not len(contents):
        return found
    small = contents["width"].astype(np.int64) * contents["height"] < min_pixels
    dropped = (rows >= 0) & small[rows]
    others = found.others + Counter({"too few pixels": int(dropped.sum())})
    return replace(found, rows=np.where(dropped, -1, rows), others=others)


def _bits(chosen: Sequence[Chosen], found: Collection) -> dict[str, int]:
    """How many bits the descriptors have that are compared by Hamming distance, by label; those without a row are left out."""
    matrices = iter(found.matrices)
    widths = [(each, [next(matrices).X.shape[1] for _ in each.described]) for each in chosen]
    return {each.label: 8 * width for each, (width, *_) in widths if width and each.descriptor.metric == "hamming"}


def _refuse_beyond(chosen: Sequence[Chosen], bits: Mapping[str, int]) -> None:
    """Raises UsageError where a distance that was given is so many bits as a descriptor has: all would be near each other."""
    for each in chosen:
        if each.label in bits and each.threshold >= bits[each.label]:
            raise UsageError(
                f"-t {each.label}={each.threshold:g}: {each.label} has {bits[each.label]} bits, so that all pictures would be "
                "near each other; give a smaller number of bits, or a false-match rate, as fpr=1e-6."
            )


def open_store(cache: str | os.PathLike[str] | None, loaded: Plugins) -> Store:
    """The cache, of which what other decoders than these have read does not count."""
    return Store.open(
        config.chosen_cache(cache, warn_once),
        warn_once,
        {0, *map(mark, loaded.decoders)},
    )


def walk(roots: Iterable[bytes | InMemory], loaded: Plugins, select: Select, opener: Opener | None = None) -> Walk:
    """The files that are asked for, by suffixes that the host or a decoder of a plugin claims."""
    return listed(select.files_from or (), known_suffixes(loaded), select, roots=list(roots), opener=opener)


def note_idle(patterns: Sequence[str], option: str = "--exclude") -> None:
    """Says which patterns of an option matched nothing: they may not mean what was meant."""
    for pattern in patterns:
        say(f"{option} {pattern} matched nothing.")


def note_links(walked: Walk) -> None:
    """Says where a walk found nothing else that links were passed over: folders made of links look full."""
    links = walked.others.get("symlinks", 0)
    if links and not len(walked.files):
        counted = "1 symbolic link was" if links == 1 else f"{links:,} symbolic links were"
        say(f"No picture was found; {counted} passed over, since links are not followed: name what they lead to.")


def known_suffixes(loaded: Plugins) -> frozenset[bytes]:
    """The suffixes that the host or a plugin's decoder claims, lower case."""
    return SUFFIXES | {suffix.encode() for each in loaded.decoders for suffix in each.suffixes}


def failure_version(loaded: Plugins, keys: Sequence[str], run: Run) -> str:
    """What a remembered failure holds for: the decoders and descriptors that met it, and the limits it met them within."""
    decoders = [f"{each.name}@{each.version}" for each in loaded.decoders]
    limits = f"pixels<={run.max_pixels}", f"seconds<={run.file_timeout:g}"
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
