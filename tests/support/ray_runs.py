"""Scans on Ray, and workers of Ray that are killed; the processes that are killed are those that this one has started."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import dedupe

OURS = b"ray::dedupe", b"ray::Describer"
"""How processes are called that do the work of a scan; Ray has others, without which it ends."""


def scan(pictures: Path, cache: Path, **asked: Any) -> dedupe.Scan:
    """A scan of pictures, with a cache."""
    return dedupe.scan([pictures], cache=cache, turns="flips", **asked)


def found_by(result: dedupe.Scan) -> list[Any]:
    """All that a scan finds: groups, failures, counts, and notes; not how long it took, nor how often one of two files of equal
    bytes was read, which hangs on the portions that they are in.
    """
    names = [name for name in result.summary.__slots__ if name not in ("seconds", "described")]
    counts = {name: getattr(result.summary, name) for name in names}
    return [list(result.groups), list(result.failures), counts, result.header.notes]


def busy_workers() -> list[int]:
    """The processes of Ray's workers that hang below this process and have something to do; not the children that these have,
    which bear their names: what kills a child is taken for a picture.
    """
    parents, names = {}, {}
    for folder in Path("/proc").iterdir():
        with suppress(OSError, ValueError):
            pid = int(folder.name)
            parents[pid] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            names[pid] = (folder / "cmdline").read_bytes()
    below = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in below} - below:
        below |= more
    below.remove(os.getpid())
    nodes = {pid for pid in below if b"raylet/raylet" in names.get(pid, b"")}
    return sorted(pid for pid in below if parents[pid] in nodes and names.get(pid, b"").startswith(OURS))


@contextmanager
def meanwhile(once: Callable[[], bool], times: int, every: float, seed: int = 0) -> Iterator[list[float]]:
    """While the block runs `once` is called at random times, about one in so many seconds, until it has given True so often."""
    rng, done, over = random.Random(seed), list[float](), threading.Event()

    def call() -> None:
        while len(done) < times and not over.wait(pause := rng.uniform(0, 2 * every)):
            if once():
                done.append(pause)

    thread = threading.Thread(target=call)
    thread.start()
    try:
        yield done
    finally:
        over.set()
        thread.join()


def kill_a_worker() -> bool:
    """Kills a worker that has something to do; whether there was one."""
    there = busy_workers()
    with suppress(ProcessLookupError):
        if there:
            os.kill(random.choice(there), signal.SIGKILL)
            return True
    return False
