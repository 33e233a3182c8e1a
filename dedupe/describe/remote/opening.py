"""What is at an address, for a walk: a container, or the pictures below it as those of a container."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import Any, BinaryIO

from numpy.typing import NDArray

from dedupe.describe.lists.rows import CSV, JSON
from dedupe.describe.remote.fetching import FILE, ONE, TREE, NetworkLife
from dedupe.describe.remote.met import number_of
from dedupe.errors import DedupeError, UsageError, install_hint
from dedupe.magic import SUFFIXES, sniff
from dedupe.model import Container, Entry, Listing, PictureSource, Reader
from dedupe.model.addresses import bare
from dedupe.model.containers import ADDRESS, Remote
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
        words, (head,) = _asked(FILE, url)
        known = next((each for each in mine if _matches(each, head.tobytes())), None)
        if known is not None or not sniff(head.tobytes()):
            return AtUrl(_container(url, words, known or mine[0]), known is not None)
    if name.encode().endswith((*CSV, *JSON)):
        raise UsageError(f"{os.fsdecode(bare(url))}: lists are read from files; fetch it, and name the copy.")
    is_one = name[name.rfind(".") :].encode() in SUFFIXES
    words, (names, size, offset) = _asked(ONE if is_one else TREE, url)
    top = bare(url).rpartition(b"/")[0] if is_one else bare(url).rstrip(b"/")
    split = names.tobytes().split(b"\0") if len(size) else []
    container = Container(top, words["size"], 0, 0, ADDRESS, number_of(top), Below(), _remote(words), by_entry=True)
    return AtUrl(container, listing=Listing(container, split, offset, size, size < 0, [""] * len(split)))


def _container(url: bytes, words: Any, source: PictureSource) -> Container:
    """A container; one of which nothing tells whether it has changed is as new as can be, so that nothing is remembered of it."""
    path, mark = bare(url), number_of(words["mark"])
    changed = words["mtime_ns"] if words["mark"] else time.time_ns()
    return Container(path, words["size"], changed, mark, ADDRESS, number_of(path, mark), source, _remote(words))


def _remote(words: Any) -> Remote:
    return Remote(words["place"], bytes.fromhex(words["key"]), words["number"])


def _asked(what: str, url: bytes) -> tuple[Any, list[NDArray[Any]]]:
    """What the process that fetches says of an address. Raises UsageError and DedupeError."""
    shown = bare(url).decode("utf-8", "surrogateescape")
    if find_spec("fsspec") is None:
        raise UsageError(f"{shown}: addresses need fsspec: {install_hint('remote')}.")
    try:
        words, arrays = fetcher().ask((what, url.decode("utf-8", "surrogateescape")), SECONDS)
    except TimeoutError:
        forget()
        raise DedupeError(f"{shown}: it did not answer within {SECONDS:g} seconds.") from None
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


def _matches(source: PictureSource, head: bytes) -> bool:
    with suppress(Exception):  # a plugin's; what it cannot judge is none of its own
        return source.matches(head)
    return False
