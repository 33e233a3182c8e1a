"""What is known already: files by folder, contents by digest, vectors by content and descriptor key, in SQLite.

Every row carries a check. A row that fails it is as good as missing, and its file is described again.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from dedupe.errors import DedupeError
from dedupe.model import Bools, Failure, Files, Ints
from dedupe.store import contents as _contents
from dedupe.store import database, listings, lookup, verdicts
from dedupe.store.contents import MEMORY_IDS
from dedupe.store.database import reading, writing
from dedupe.store.database import remove as clear
from dedupe.store.folders import PART, failed_rows, merge, read_rows, save_files
from dedupe.store.index import CONTENT, DigestIndex
from dedupe.store.lookup import Known
from dedupe.store.row_table import unique_ids
from dedupe.store.trouble import TROUBLE, in_words, is_damage
from dedupe.store.verdicts import Verdict

if TYPE_CHECKING:
    from dedupe.store.upkeep import CacheInfo, Pruned

__all__ = ["TRANSIENT", "Known", "Store", "clear"]

Result = TypeVar("Result")
Readers = Collection[int] | None

TRANSIENT = frozenset(["unreadable", "vanished", "changed", "interrupted"])
"""Reasons of failures that may pass by themselves, and are not remembered."""


class Store:
    """The cache. Any trouble with its file costs one warning, after which this run goes on in memory.

    Then ids that were given before may be missing from `contents` and `vectors`; ids given later are new ones.
    """

    def __init__(
        self, db: sqlite3.Connection, path: Path | None, warn: Callable[[str], None] | None, readers: Readers = None
    ) -> None:
        self._db, self._path, self._warn, self._readers = db, path, warn, readers
        self._least = 1 if path is not None else MEMORY_IDS
        self._opened_ns = time.time_ns()
        self._process = os.getpid()
        self._fresh: Counter[bytes] = Counter()  # rows added to each folder since its parts were last merged
        self._index = DigestIndex(readers)
        self._read: tuple[Ints, NDArray[np.void]] | None = None

    @classmethod
    def open(cls, path: Path | None, warn: Callable[[str], None], readers: Readers = None) -> Store:
        """Opens the cache at `path`, made where it is missing; None keeps it in memory. Contents that a plugin's decoder
        read count only if its mark (`decode.mark`) is among `readers`; None: all count.

        A damaged file is renamed to `*.broken-TIME` and replaced by a new one; one that cannot be used (a folder, a newer
        version's, read-only, a full disk) is left alone and done without. Either costs one sentence to `warn`.
        Raises SafetyError for a database of another program.
        """
        if path is None:
            return cls(database.connect(None), None, warn, readers)
        for _ in range(2):  # another process may just be replacing a damaged one
            try:
                return cls(database.connect(path), path, warn, readers)
            except TROUBLE as error:
                if not is_damage(error):
                    warn(f"The cache {path} {in_words(error)}; this run does without it.")
                    return cls(database.connect(None), None, warn, readers)
        return cls._instead(path, warn, readers)

    @classmethod
    def sound(cls, path: Path) -> Store:
        """Opens the cache at `path` for what only a sound one can be asked for.

        Raises DedupeError for one that cannot be used, now or later, which is left as it is; SafetyError as `open` does.
        """
        try:
            return cls(database.connect(path), path, None)
        except TROUBLE as error:
            raise _unsound(path, error) from error

    @classmethod
    def _instead(cls, path: Path, warn: Callable[[str], None], readers: Readers) -> Store:
        """A new cache in place of a damaged one."""
        try:
            aside = database.set_aside(path)
            store = cls(database.connect(path), path, warn, readers)
        except (*TROUBLE, OSError) as error:
            warn(f"The cache {path} is damaged and cannot be replaced ({in_words(error)}); this run does without it.")
            return cls(database.connect(None), None, warn, readers)
        warn(
            f"The cache {path} is damaged or an earlier version's; it was set aside as {aside.name}, and a new one begun."
        )
        return store

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Tidies up the folders that grew and closes the file; in a forked process it does nothing."""
        if os.getpid() != self._process:
            return
        with suppress(*TROUBLE):
            for folder in [folder for folder, count in self._fresh.items() if count]:
                with writing(self._db):
                    merge(self._db, folder)
        self._fresh.clear()
        self._db.close()

    @property
    def lasting(self) -> bool:
        """Whether what is saved is there after this run: it is in a file, not in memory."""
        return self._path is not None

    # --- reading

    def lookup(self, files: Files, version: str = "") -> Known:
        """Which files are as they were when they were last read, and which of those could not be used by `version`."""
        return self._safely(lambda: self._lookup(files, version))

    def _lookup(self, files: Files, version: str) -> Known:
        with reading(self._db):
            content, failures, parts = lookup.unchanged(self._db, files, version)
            ids = unique_ids(content[content >= 0])
            have, rows = _contents.read_contents(self._db, ids)
            good = self._index.good(rows)
        have[have], rows = good, rows if good.all() else rows[good]  # a copy of a million takes 88 MB
        if not have.all():
            content[~np.isin(content, ids[have])] = -1
        self._read = (ids[have], rows)  # most often what is asked for next
        self._fresh.update({folder: 1 for folder, count in parts.items() if count > 16})
        return Known(content, failures)

    def contents(self, ids: Ints) -> NDArray[np.void]:
        """Contents of ids int64 (n,), structured (n,) of `model.CONTENT_FIELDS`; all zeros where there is none."""
        kept, self._read = self._read, None
        if kept is not None and np.array_equal(kept[0], ids):
            return kept[1]
        have, rows = self._safely(lambda: _contents.read_contents(self._db, ids))
        if have.all():
            return rows
        found = np.zeros(len(ids), CONTENT)
        found[have] = rows
        return found

    def find_digests(self, digests: NDArray[np.void]) -> Ints:
        """The content ids int64 (n,) of digests V32 (n,), -1 where none is known."""
        return self._safely(lambda: _contents.find_digests(self._db, self._index, digests))

    def known_prefixes(self, keys: Sequence[str]) -> tuple[NDArray[np.uint64], NDArray[np.uint32]]:
        """First 8 bytes of all known digests as little-endian numbers, u64 (m,) sorted, unique; and as u32 (m,) which of
        at most 32 `keys` are stored for each, bit i for key i. A hint: `find_digests` and `vectors` have the last word.
        """
        return self._safely(lambda: _contents.known_prefixes(self._db, self._index, keys))

    def vectors(self, key: str, ids: Ints) -> tuple[Bools, NDArray[Any]]:
        """Which of the contents ids int64 (n,) have a vector of `key`, bool (n,), and those vectors (k,d) in this order."""

        def read() -> tuple[Bools, NDArray[Any]]:
            with reading(self._db):
                return _contents.read_vectors(self._db, key, ids)

        return self._safely(read)

    # --- writing

    def add(
        self,
        files: Files,
        index: Ints,
        stat: Ints,
        contents: NDArray[np.void],
        decoded: Bools,
        vectors: Iterable[tuple[str, Ints, NDArray[Any]]] = (),
        failures: Mapping[int, Failure] | Iterable[tuple[int, Failure]] = (),
        version: str = "",
    ) -> Ints:
        """Saves a batch in one transaction; returns content ids int64 (k,), -1 for digests that turned out unknown.

        `index` (k,) are rows of `files`, `stat` int64 (k,6) is size, mtime_ns, ctime_ns, device, inode, read_ns of what
        was read, `contents` structured (k,) counts only by its digest where `decoded` (k,) is False. `vectors` holds
        (key, rows (r,) of the batch, X (r,d)). `failures` by row of `files` are remembered for `version`, as the files
        were walked, unless their reason is in TRANSIENT.
        Raises DedupeError if a key's vectors have changed their shape.
        """
        refused = {i: failure for i, failure in dict(failures).items() if failure.reason not in TRANSIENT}
        given = list(vectors)

        def save() -> Ints:
            with writing(self._db):
                ids = _contents.save_contents(self._db, self._index, contents, decoded, self._least)
                for key, rows, X in given:
                    known = ids[rows] >= 0
                    _contents.save_vectors(self._db, key, ids[rows][known], X[known])
                entries = read_rows(index, stat, ids) | failed_rows(files, refused, version, self._opened_ns)
                for folder, count in save_files(self._db, files, entries).items():
                    self._grown(folder, count)
            return ids

        return self._safely(save)

    def _grown(self, folder: bytes, count: int) -> None:
        """Merges the parts of a folder now and then, so that it is not written again and again with each batch."""
        self._fresh[folder] += count
        if self._fresh[folder] >= PART:
            merge(self._db, folder)
            self._fresh[folder] = 0

    # --- verdicts

    def verdicts(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """What a judge has said of pairs, by keys of 16 bytes; of others nothing."""
        return self._safely(lambda: verdicts.read(self._db, keys))

    def add_verdicts(self, said: Collection[Verdict]) -> None:
        """Saves what a judge said of pairs: a key, the digests of both contents one after the other, the words."""
        self._safely(lambda: verdicts.save(self._db, said))

    # --- containers

    def listing(self, path: bytes, key: bytes) -> bytes | None:
        """What was said of the container at an absolute path under that key of 16 bytes, None where nothing was."""
        return self._safely(lambda: listings.read(self._db, path, key))

    def add_listing(self, path: bytes, key: bytes, said: bytes) -> None:
        """Saves what a container holds."""
        self._safely(lambda: listings.save(self._db, path, key, said))

    # --- upkeep

    def info(self) -> CacheInfo:
        """What the cache holds."""
        from dedupe.store import upkeep

        return self._safely(lambda: upkeep.info(self._db, self._path))

    def prune(self, *, keys: Collection[str] = (), unmounted: bool = False) -> Pruned:
        """Drops what is of no more use: see `upkeep.prune`."""
        from dedupe.store import upkeep

        return self._safely(lambda: upkeep.prune(self._db, keys=keys, unmounted=unmounted))

    def clear(self) -> int:
        """Deletes the cache's file and goes on in memory; returns the bytes freed. Raises OSError where it cannot."""
        path, self._path = self._path, None
        self._db.close()
        self._restart()
        return 0 if path is None else database.remove(path)

    # --- trouble

    def _safely(self, work: Callable[[], Result]) -> Result:
        """Does something with the database, and if that fails once more with an empty one in memory."""
        try:
            return work()
        except TROUBLE as error:
            if self._path is None:
                raise DedupeError(f"The cache in memory has failed ({error}).") from error
            self._give_up(error)
        return work()

    def _give_up(self, error: Exception) -> None:
        path, self._path = self._path, None
        assert path is not None
        if self._warn is None:
            raise _unsound(path, error) from error
        what = in_words(error)
        with suppress(sqlite3.Error):
            self._db.close()
        if is_damage(error):
            with suppress(OSError):
                what += f" and was set aside as {database.set_aside(path).name}"
        self._warn(f"The cache {path} {what}; this run goes on without it.")
        self._restart()

    def _restart(self) -> None:
        self._db, self._least, self._read = database.connect(None), MEMORY_IDS, None
        self._index = DigestIndex(self._readers)
        self._fresh.clear()


def _unsound(path: Path, error: Exception) -> DedupeError:
    return DedupeError(f"The cache {path} {in_words(error)}.")
