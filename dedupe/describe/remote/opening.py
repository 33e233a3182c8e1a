"""What is at an address, for a walk: a container, or the pictures below it as those of a container."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.util import find_spec
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from dedupe.describe.inside.listing import known_by
from dedupe.describe.lists.rows import CSV, JSON
from dedupe.describe.remote.fetching import FILE, ONE, ROWS, TREE, NetworkLife
from dedupe.describe.remote.met import number_of
from dedupe.errors import DedupeError, UsageError, install_hint
from dedupe.magic import SUFFIXES, sniff
from dedupe.model import Container, Entry, Failure, Listing, PictureSource, Reader
from dedupe.model.addresses import bare
from dedupe.model.containers import ADDRESS, Remote
from dedupe.model.lists import PathList
from dedupe.processes import Child, ChildLost

SECONDS = 600.0
"""That an address may take to be met: a bucket with millions of names takes minutes to list."""


@cache
def fetcher() -> Child:
    """The process that fetches, one for all addresses."""
    return Child(NetworkLife())


def forget() -> None:
    """Ends it; the next address starts another one."""
    if fetcher.cache_info().currsize:
        fetcher().kill()
        fetcher().close()
        fetcher.cache_clear()


class Below:
    """What stands for the source of pictures that lie below an address: an entry is a file, read whole."""

    name, version, suffixes = "address", "1", ()

    def matches(self, head: bytes) -> bool:
        """No file is one."""
        del head
        return False

    def entries(self, stream: BinaryIO) -> Iterator[Entry]:
        """They were listed already."""
        del stream
        return iter(())

    def reader(self, stream: Any) -> Reader:
        """Asks for each."""
        ask: Reader = stream.ask
        return ask


@dataclass(frozen=True, slots=True)
class AtUrl:
    """A file at an address, `known` to its source by its first bytes; or a `listing` of what is below it."""

    container: Container
    known: bool = True
    listing: Listing | None = None


def at_url(url: bytes, sources: Sequence[PictureSource]) -> AtUrl:
    """What is at an address. Raises UsageError without fsspec or what it needs, DedupeError where it cannot be read."""
    name = bare(url).rpartition(b"/")[2].lower().decode("utf-8", "surrogateescape")
    mine = [each for each in sources if name.endswith(each.suffixes)]
    if mine:
        words, (head,) = _asked(FILE, [os.fsdecode(url)], bare(url))
        known = known_by(mine, head.tobytes())
        if known is not None or not sniff(head.tobytes()):
            return AtUrl(_container(url, words, known or mine[0]), known is not None)
    if name.encode().endswith((*CSV, *JSON)):
        raise UsageError(f"{os.fsdecode(bare(url))}: lists are read from files; fetch it, and name the copy.")
    is_one = name[name.rfind(".") :].encode() in SUFFIXES
    words, (names, size, offset) = _asked(ONE if is_one else TREE, [os.fsdecode(url)], bare(url))
    top = bare(url).rpartition(b"/")[0] if is_one else bare(url).rstrip(b"/")
    split = names.tobytes().split(b"\0") if len(size) else []
    container = Container(top, words["size"], 0, 0, ADDRESS, number_of(top), Below(), _remote(words), by_entry=True)
    return AtUrl(container, listing=Listing(container, split, offset, size, size < 0, [""] * len(split)))


def at_rows(path: bytes, named: PathList) -> PathList:
    """A list, with what is at its addresses. Raises UsageError without fsspec, DedupeError where nothing can be fetched."""
    words, (size, offset) = _asked(ROWS, [os.fsdecode(url) for url, _ in named.addresses], path)
    lost = {number: Failure(bare(named.addresses[number][0]), "walk", *why) for number, *why in words["failures"]}
    some = np.array([at for at in range(len(size)) if at not in lost], np.int64)
    names = _apart([bare(named.addresses[at][0]) for at in some.tolist()])
    container = Container(path, words["size"], 0, 0, ADDRESS, number_of(path), Below(), _remote(words), by_entry=True)
    labels = [named.addresses[at][1] for at in some.tolist()]
    inside = Listing(container, names, offset[some], size[some], size[some] >= 0, labels)
    return replace(named, inside=inside, failures=[*named.failures, *lost.values()])


def _apart(names: list[bytes]) -> list[bytes]:
    """Names, of which those that are there already get a number: addresses may differ by their queries alone."""
    found: dict[bytes, None] = {}
    for number, name in enumerate(names, 1):
        found[name if name not in found else b"%s (%d)" % (name, number)] = None
    return list(found)


def _container(url: bytes, words: Any, source: PictureSource) -> Container:
    """A container; one of which nothing tells whether it has changed is as new as can be, so that nothing is remembered of it."""
    path, mark = bare(url), number_of(words["mark"])
    changed = words["mtime_ns"] if words["mark"] else time.time_ns()
    return Container(path, words["size"], changed, mark, ADDRESS, number_of(path, mark), source, _remote(words))


def _remote(words: Any) -> Remote:
    return Remote(words["place"], bytes.fromhex(words["key"]), words["number"])


def _asked(what: str, urls: Sequence[str], name: bytes) -> tuple[Any, list[NDArray[Any]]]:
    """What the process that fetches says of an address, or of many, which are shown by a name. Raises UsageError and
    DedupeError.
    """
    shown, seconds = os.fsdecode(name), SECONDS + len(urls)
    if find_spec("fsspec") is None:
        raise UsageError(f"{shown}: addresses need fsspec: {install_hint('remote')}.")
    try:
        words, arrays = fetcher().ask((what, urls), seconds)
    except TimeoutError:
        forget()
        raise DedupeError(f"{shown}: it did not answer within {seconds:g} seconds.") from None
    except ChildLost as error:
        forget()
        raise DedupeError(f"{shown}: it {error}.") from None
    match words:
        case dict():
            return words, arrays
        case ["codec_missing", str(message)]:
            raise UsageError(f"{shown}: {message}")
        case [str(), str(message)]:
            raise DedupeError(f"{shown}: {message}")
    raise DedupeError(f"{shown}: what fetches it gave no answer.")
