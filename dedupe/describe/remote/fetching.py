"""The life of the process that fetches: it meets addresses for its parent, and gives their bytes to workers."""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Listener
from multiprocessing.pool import ThreadPool
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe import config
from dedupe.describe.remote.met import UNKNOWN, AtAddress, Reading, mark_of, number_of, time_of, up_to
from dedupe.describe.remote.stream import ASKED, GIVEN, REFUSED, STILL
from dedupe.describe.remote.trouble import patiently, refusal
from dedupe.describe.remote.web import options, refuse_private
from dedupe.describe.workers.opened import LARGEST
from dedupe.errors import PictureError, said
from dedupe.model.addresses import bare_text
from dedupe.model.containers import HEAD
from dedupe.processes import Bounds, Slot
from dedupe.processes.messages import packed

MOST = 10_000_000
"""Files below an address."""

FILE, ONE, TREE, ROWS = "file", "one", "tree", "rows"
"""What an address is taken for: a container, one picture, or all that is below it; and many addresses."""

UPWARDS = re.compile(r"/(?:\.|%2e){1,2}(?:/|$)", re.IGNORECASE)
"""What a link leads out of its folder with, or round and round in it."""

SIDE_BY_SIDE = 16
"""Of many, how many are met at a time."""

MEMORY = 4 * config.WORKER_MEMORY

WAITING = 128
"""Workers that may ask to be heard at a time."""


@dataclass(frozen=True, slots=True)
class NetworkLife:
    """It is not confined, for it has to reach what it fetches from; it decodes nothing."""

    @property
    def bounds(self) -> Bounds:
        """Memory: what servers send may have no end."""
        return Bounds(MEMORY)

    def begun(self, slot: Slot, say: Callable[[bytes], None]) -> Callable[[tuple[str, list[str]]], None]:
        """Begins to listen to workers."""
        del slot
        logging.disable()  # libraries log addresses with their secrets, and what is said in a sentence here
        served = _Served()
        threading.Thread(target=served.serve, daemon=True).start()

        def work(task: tuple[str, list[str]]) -> None:
            try:
                say(served.met(*task))
            except PictureError as error:
                say(packed([error.reason, str(error)]))
            except Exception as error:  # a library's, of any kind
                say(packed(["unreadable", f"It cannot be read: {bare_text(said(error))[:250]}"]))

        return work


class _Served:
    """What was met, by number, and the way to it."""

    def __init__(self) -> None:
        self._key = os.urandom(16)
        place = f"\0dedupe-{os.urandom(12).hex()}" if sys.platform == "linux" else None
        self._listener = Listener(place, backlog=WAITING, authkey=self._key)
        self._place = place or self._listener.address
        self._met: list[AtAddress] = []
        self._readings: dict[int, Reading] = {}

    def met(self, what: str, urls: list[str]) -> bytes:
        """Meets an address, or many: as a message where it can be read, and its facts. Raises PictureError."""
        if what == ROWS:
            at, failures, arrays = _rows(urls)
        else:
            fs, path = _file_system(urls[0])
            failures, (at, arrays) = [], patiently(lambda: {FILE: _file, ONE: _one, TREE: _tree}[what](fs, path))
        self._met.append(at)
        ways = {"place": self._place, "key": self._key.hex(), "number": len(self._met) - 1}
        facts = {"size": at.size, "mark": at.mark, "mtime_ns": at.mtime_ns, "failures": failures}
        return packed({**ways, **facts}, *arrays)

    def serve(self) -> None:
        """Hears every worker that asks."""
        while True:
            with suppress(Exception):  # one that is not ours, or has ended
                threading.Thread(target=self._hear, args=(self._listener.accept(),), daemon=True).start()

    def _hear(self, ways: Any) -> None:
        with closing(ways), suppress(OSError, EOFError):
            while True:
                number, offset, size = ASKED.unpack(ways.recv_bytes(ASKED.size))
                try:
                    data = self._read(number, offset, size)
                except PictureError as error:
                    ways.send_bytes(REFUSED + json.dumps([error.reason, str(error)]).encode())
                else:
                    ways.send_bytes(GIVEN + data)

    def _read(self, number: int, offset: int, size: int) -> bytes:
        at = self._met[number]
        if offset == STILL:
            at.still()
            return b""
        if not 0 <= size <= LARGEST:
            raise PictureError("too_large", f"Its {size:,} bytes are more than the {LARGEST:,} that are read.")
        if at.entries:
            return at.entry(offset, size)
        return self._readings.setdefault(number, Reading(at)).read(offset, size)


def _file_system(url: str, named: str | None = None) -> tuple[Any, str]:
    """The file system of an address, and the path in it; `named` is the host that may be private, if not its own. Raises
    PictureError (`codec_missing`).
    """
    from fsspec.core import url_to_fs

    scheme = _scheme(url)
    try:
        fs, path = url_to_fs(url, **(options(url, named) if scheme in ("http", "https") else {}))
    except (ImportError, ValueError) as error:
        raise PictureError(
            "codec_missing", f"{scheme}:// cannot be read: {bare_text(str(error)).strip(' .')}."
        ) from None
    return fs, str(path)


def _scheme(url: str) -> str:
    return url.partition("://")[0].lower()


def _system_or_why(scheme: str) -> Any:
    """The file system of a scheme, for addresses that nobody has named, or why there is none."""
    try:
        return _file_system(f"{scheme}://x/x", "")[0]
    except Exception as error:  # a library's, of any kind
        return refusal(error)


def _rows(urls: list[str]) -> tuple[AtAddress, list[tuple[int, str, str]], tuple[NDArray[Any], ...]]:
    """Files at addresses that a list names, of which none may be of a private network, or of this machine."""
    failures = list[tuple[int, str, str]]()
    sizes, offsets = np.full(len(urls), UNKNOWN, np.int64), np.zeros(len(urls), np.int64)
    entries: dict[int, tuple[Any, str]] = {}
    systems = {scheme: _system_or_why(scheme) for scheme in sorted(set(map(_scheme, urls)))}

    def meet(number: int) -> None:
        try:
            refuse_private(urls[number])
            fs = systems[_scheme(urls[number])]
            if isinstance(fs, PictureError):
                raise fs
            path = str(fs._strip_protocol(urls[number]))
            info = _whole(fs, path, {})
            sizes[number], offsets[number] = info["size"], number_of(path, mark_of(info) or os.urandom(8))
            entries[int(offsets[number])] = fs, path
        except Exception as error:  # a library's, of any kind
            why = refusal(error)
            failures.append((number, why.reason, str(why)))

    with ThreadPool(SIDE_BY_SIDE) as pool:
        pool.map(meet, range(len(urls)))
    return AtAddress(None, "", int(sizes[sizes > 0].sum()), entries=entries), sorted(failures), (sizes, offsets)


def _file(fs: Any, path: str) -> tuple[AtAddress, tuple[NDArray[Any], ...]]:
    info = fs.info(path)
    size = UNKNOWN if info.get("size") is None else int(info["size"])
    at = AtAddress(fs, path, size, mark_of(info), time_of(info))
    with closing(Reading(at)) as reading:
        head = reading.read(0, HEAD if size == UNKNOWN else min(HEAD, size))
        if size == UNKNOWN:
            at.size = sum(map(len, _pieces(reading)))
    return at, (np.frombuffer(head, np.uint8),)


def _pieces(reading: Reading) -> Iterator[bytes]:
    """All of a file that does not say how long it is."""
    at = 0
    while piece := reading.read(at, 1 << 20):
        at += len(piece)
        yield piece


def _one(fs: Any, path: str) -> tuple[AtAddress, tuple[NDArray[Any], ...]]:
    return _listed(fs, path, bare_text(path).rpartition("/")[0], [(path, _whole(fs, path, {}))])


def _tree(fs: Any, path: str) -> tuple[AtAddress, tuple[NDArray[Any], ...]]:
    found = sorted(
        ((info["name"], info) for info in (_pages if "http" in fs.protocol else _found)(fs, path)), key=itemgetter(0)
    )
    if not found and not fs.exists(path):
        raise FileNotFoundError(path)
    if len(found) > MOST:
        raise PictureError("too_large", f"It holds more than the {MOST:,} files that are looked at.")
    with ThreadPool(SIDE_BY_SIDE) as pool:
        whole = pool.map(lambda one: (one[0], _met(fs, *one)), found)
    return _listed(fs, path, path, whole)


def _found(fs: Any, path: str) -> list[Any]:
    return [info for info in fs.find(path, detail=True).values() if info.get("type") != "directory"]


def _pages(fs: Any, path: str) -> Iterator[Any]:
    """The files that pages link to which list folders; fsspec stays on the first of them."""
    folders, seen, start = [path], {path}, bare_text(path).rstrip("/") + "/"
    while folders:
        for info in patiently(partial(fs.ls, folders.pop(), detail=True)):
            if not info["name"].startswith(start) or UPWARDS.search(info["name"], len(start) - 1):
                continue
            if info["type"] != "directory":
                yield info
            elif info["name"] not in seen:
                seen.add(info["name"])
                folders.append(info["name"])


def _whole(fs: Any, name: str, info: Any) -> Any:
    """What is known of a file, with its size, for which it is read where nothing says it."""
    if info.get("size") is None:
        info = patiently(partial(fs.info, name))
    if info.get("size") is None:
        info = {**info, "size": len(patiently(partial(up_to, fs, name, LARGEST + 1)))}
    return info


def _met(fs: Any, name: str, info: Any) -> Any:
    """The same; of what cannot be had it is said when it is read."""
    try:
        return _whole(fs, name, info)
    except PictureError:
        return {**info, "size": 1}


def _listed(fs: Any, path: str, top: str, found: list[tuple[str, Any]]) -> tuple[AtAddress, tuple[NDArray[Any], ...]]:
    """Files below an address; each has a number that changes with it, or each time where nothing says whether it has changed."""
    sizes = [int(info["size"]) for _, info in found]
    offsets = [number_of(name, mark_of(info) or os.urandom(8)) for name, info in found]
    start = bare_text(top).rstrip("/") + "/"
    names = b"\0".join(bare_text(name).removeprefix(start).encode("utf-8", "surrogateescape") for name, _ in found)
    entries = {offset: (fs, name) for offset, (name, _) in zip(offsets, found, strict=True)}
    arrays = np.frombuffer(names, np.uint8), np.array(sizes, np.int64), np.array(offsets, np.int64)
    return AtAddress(fs, path, sum(sizes), entries=entries), arrays
