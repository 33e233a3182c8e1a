"""What opens containers for a walk: sources that plugins have, and what the cache knows of a container."""

# ruff: noqa: PTH114, PTH116 -- paths are bytes here, which pathlib does not take

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

import numpy as np
from blake3 import blake3

from dedupe.describe.inside.listing import container_at, known_by, listing, no_container, understood
from dedupe.describe.lists import is_list, path_list
from dedupe.errors import DedupeError
from dedupe.magic import sniff
from dedupe.model import MARK, Container, File, Listing, MemberPlace, PictureSource, Run
from dedupe.model.addresses import is_address
from dedupe.model.containers import HEAD
from dedupe.model.lists import PathList
from dedupe.plugins import identity
from dedupe.processes.messages import packed, unpacked
from dedupe.store import Store
from dedupe.store.folders import absolute, here
from dedupe.store.lookup import SETTLED
from dedupe.walk.inside import names_one


class ByPlugins:
    """Opens what the sources claim, the first that does; `store` is asked for the cache when one is met."""

    def __init__(
        self,
        sources: Sequence[PictureSource],
        store: Callable[[], Store],
        run: Run,
        label: str = "",
        follow: bool = False,
    ) -> None:
        """`label` is the column with labels, `follow` whether rows of lists may lead out of their folder."""
        self._sources, self._store, self._run = _labelled(sources, label), store, run
        self._label, self._follow = label, follow
        self._seen: dict[bytes, tuple[Listing | None, dict[bytes, int]]] = {}

    @property
    def suffixes(self) -> tuple[bytes, ...]:
        """Those of the files that it opens."""
        return tuple(suffix.encode() for each in self._sources for suffix in each.suffixes)

    def named(self, path: bytes) -> Sequence[Listing]:
        """What a path that was given holds, or the one picture in it that it names, or what a data set's containers hold."""
        if is_address(path):
            return self._at_address(path)
        one = names_one(path)
        if one is None:
            found = [self._found(each)[0] for each in (path, *self._of_folder(path))]
            return [each for each in found if each is not None]
        whole, numbers = self._found(one[0])
        return [] if whole is None else [_only(whole, numbers.get(one[1]))]

    def _at_address(self, url: bytes) -> list[Listing]:
        """What is at an address, or the one picture in it that is named."""
        from dedupe.describe.remote.opening import at_url

        url, mark, name = url.partition(MARK)
        found = at_url(url, self._sources)
        whole = found.listing or (self._listed(found.container) if found.known else no_container(found.container))
        numbers = {each: at for at, each in enumerate(whole.names)} if mark else {}
        return [_only(whole, numbers.get(name)) if mark else whole]

    def listed(self, path: bytes) -> PathList | None:
        """What a list names."""
        if not is_list(path):
            return None
        found = path_list(path, self._label, self._follow)
        if not found.addresses:
            return found
        from dedupe.describe.remote.opening import at_rows  # with what fetches, which few runs need

        return at_rows(path, found)

    def _of_folder(self, path: bytes) -> list[bytes]:
        """The containers that a folder is made of, if it is one data set to a source."""
        asked = [each.of_folder for each in self._sources if hasattr(each, "of_folder")]
        with suppress(Exception):  # a plugin's, and reads what may be damaged
            return [each for of_folder in asked for each in of_folder(path)]
        return []

    def _found(self, path: bytes) -> tuple[Listing | None, dict[bytes, int]]:
        """What a path holds, and the numbers of names there."""
        if path not in self._seen:
            container, ours = _claimed(path, self._sources)
            found = None if container is None else self._listed(container) if ours else no_container(container)
            self._seen[path] = found, {} if found is None else {name: at for at, name in enumerate(found.names)}
        return self._seen[path]

    def _listed(self, container: Container) -> Listing:
        """What is in it: the cache has it of one that is as it was, where it could be looked through to its end."""
        path, key = absolute(container.path, here()), _key(container)
        with self._store() as store:
            before = store.listing(path, key)
            if before is not None:
                with suppress(ValueError):
                    return understood(container, *unpacked(before))
        self._run.progress("looking through archives", 0, 1)
        settled = container.mtime_ns <= time.time_ns() - SETTLED
        found, words, arrays = listing(container, self._run.file_timeout)
        self._run.progress("looking through archives", 1, 1)
        if found.failure is None and settled:
            with self._store() as store:
                store.add_listing(path, key, packed(words, *arrays))
        return found


def _labelled(sources: Sequence[PictureSource], label: str) -> Sequence[PictureSource]:
    """The sources, with the labels of that column where they have columns."""
    return [each.labelled(label) if label and hasattr(each, "labelled") else each for each in sources]


def container_of(path: bytes, sources: Sequence[PictureSource]) -> Container | None:
    """The container at a path, by its suffix and its first bytes; None where no source claims it."""
    if is_address(path):
        from dedupe.describe.remote.opening import at_url

        with suppress(DedupeError):  # it cannot be reached now
            found = at_url(path, sources)
            return found.container if found.known else None
        return None
    claimed, ours = _claimed(path, sources)
    return claimed if ours else None


def _claimed(path: bytes, sources: Sequence[PictureSource]) -> tuple[Container | None, bool]:
    """The regular file at a path that has the suffix of a container and is no picture, and whether a source knows it by its
    first bytes.
    """
    name = os.fsdecode(os.path.basename(path)).lower()
    mine = [each for each in sources if name.endswith(each.suffixes)]
    if mine:
        with suppress(OSError, ValueError):
            path = os.path.realpath(path) if os.path.islink(path) else path
            found = os.stat(path)
            if stat.S_ISREG(found.st_mode):
                with open(path, "rb") as file:
                    head = file.read(HEAD)
                known = known_by(mine, head)
                if known is not None or not sniff(head):
                    return container_at(path, found, known or mine[0]), known is not None
    return None, False


def _only(found: Listing, number: int | None) -> Listing:
    """The listing of that one picture, which somebody named, so that it counts whatever its suffix; or that it is not there."""
    at = np.array([] if number is None else [number], np.int64)
    names, labels = [found.names[i] for i in at.tolist()], [found.labels[i] for i in at.tolist()]
    failure = None if len(at) else found.failure or ("vanished", "It holds no such picture.")
    whole = np.ones(len(at), np.bool_)
    return replace(
        found,
        names=names,
        offset=found.offset[at],
        size=found.size[at],
        picture=whole,
        labels=labels,
        skipped={},
        failure=failure,
    )


def _key(container: Container) -> bytes:
    """Says which container, as it was when, was looked through by which version of what, 16 bytes."""
    one = container
    words = f"{identity(one.source)} {one.size} {one.mtime_ns} {one.ctime_ns} {one.device} {one.inode}"
    return blake3(words.encode()).digest(length=16)


class MemberPlaces:
    """Where pictures of results are read that are in containers; `folder` is the one that relative paths begin in."""

    def __init__(self, sources: Sequence[PictureSource], folder: bytes = b"") -> None:
        self._sources, self._folder = sources, folder
        self._containers: dict[bytes, Container | None] = {}

    def of(self, file: File) -> MemberPlace | None:
        """The place of a picture, None where it is in no container, or that is gone or no longer one."""
        if file.within is None:
            return None
        path = (
            file.within.container
            if is_address(file.within.container)
            else os.path.join(self._folder, file.within.container)
        )
        if path not in self._containers:
            self._containers[path] = container_of(path, self._sources)
        container = self._containers[path]
        return None if container is None else MemberPlace(container, file.within.offset, file.size)
