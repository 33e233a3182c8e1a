"""What a warm rescan costs before anything is searched: the walk, and reading the cache.

    python tests/benchmarks/rescan.py [FILES] [--per-folder N] [--times N] [--folder FOLDER]

Makes a tree of empty files once, fills a cache through `Store.add` with hashes of 64 bits (see hashes.py), and times a bare
scandir-and-stat loop beside the walk, the look-up of all files, their contents and their hashes. Prints medians and the peak
memory; then the same of whole scans, `dedupe scan TREE -d phash -t 4`, twice: the second finds its pairs kept.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from hashes import collection, photo_hashes
from scan import stat_seconds

from dedupe.model import CONTENT_FIELDS, Files
from dedupe.store import Store
from dedupe.walk import walk

SHIPPED = Path(__file__).resolve().parents[2] / "dedupe" / "testing" / "photos"
SUFFIXES = frozenset([b".jpg"])


def make(root: Path, count: int, per_folder: int) -> None:
    """A tree of empty files whose dates lie in the past, so that the cache may trust them."""
    for number in range(count):
        folder = root / f"{number // per_folder:06d}"
        if number % per_folder == 0:
            folder.mkdir(parents=True)
        path = os.path.join(folder, f"IMG_{number * 7919 % count:08d}.jpg")
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
        os.utime(path, ns=(0, 10**18 + number))


def fill(store: Store, files: Files, batch: int = 4096) -> None:
    """Rows as a scan would write them, with random digests and vectors."""
    rng, hashes, key = np.random.default_rng(1), collection(len(files), photo_hashes(SHIPPED, 64)), scanned_key()
    for start in range(0, len(files), batch):
        index = np.arange(start, min(start + batch, len(files)))
        contents = np.zeros(len(index), np.dtype(CONTENT_FIELDS))
        contents["digest"] = np.frombuffer(rng.bytes(32 * len(index)), "V32")
        contents["width"], contents["height"], contents["quality"], contents["format"] = 500, 400, 1, b"JPEG"
        columns = (files.size, files.mtime_ns, files.ctime_ns, files.device, files.inode)
        stat = np.column_stack([*(column[index] for column in columns), np.full(len(index), time.time_ns())])
        columns_ = [(key, np.arange(len(index)), hashes[index])]
        store.add(files, index, stat, contents, np.ones(len(index), np.bool_), columns_)


def scanned_key() -> str:
    """The cache's name for what a scan with phash asks of a picture."""
    from dedupe.describe.choose import choose
    from dedupe.describe.gather import load_plugins

    return choose(load_plugins(), ["phash"], ["4"], "none")[0].columns[0].key


def whole_scan(root: Path, cache: Path) -> tuple[float, float, int]:
    """Wall seconds and peak memory in MB of a scan's process, and how many pictures it described: none, or this is no rescan."""
    command = [sys.executable, "-m", "dedupe", "scan", str(root), "-d", "phash", "-t", "4", "--cache", str(cache)]
    start = time.perf_counter()
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        process = subprocess.Popen([*command, "-o", out.name], stdout=subprocess.DEVNULL)
        _, _, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        summary = json.loads(Path(out.name).read_bytes().splitlines()[-1])
    return seconds, megabytes(used), summary["described"]


def timed(work: Callable[[], object], times: int) -> float:
    """Median seconds."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def rescan(cache: Path, root: Path, seconds: dict[str, list[float]]) -> None:
    """One warm rescan, stage by stage."""
    key = scanned_key()
    clock = [time.perf_counter()]

    def lap(stage: str) -> None:
        clock.append(time.perf_counter())
        seconds.setdefault(stage, []).append(clock[-1] - clock[-2])

    files = walk([os.fsencode(root)], SUFFIXES).files
    lap("walk")
    with Store.open(cache, lambda text: sys.exit(text)) as store:
        lap("open")
        known = store.lookup(files)
        lap("look-up")
        ids = np.unique(known.content)
        contents = store.contents(ids)
        lap("contents")
        have, X = store.vectors(key, ids)
        lap("vectors")
    lap("close")
    assert ids[0] >= 0, "every file is known"
    assert len(contents) == len(X) == have.sum() == len(ids) == len(files)


def main() -> None:
    """Makes the tree, fills the cache, times rescans, prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="?", type=int, default=100_000)
    parser.add_argument("--per-folder", type=int, default=1000)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="where the tree is kept (default: made anew and removed)")
    given = parser.parse_args()
    work = given.folder or Path(tempfile.mkdtemp(prefix="dedupe-rescan-"))
    root, cache = work / f"tree-{given.files}-{given.per_folder}", work / f"cache-{given.files}-{given.per_folder}.db"
    try:
        if not root.exists():
            make(root, given.files, given.per_folder)
        if not cache.exists():
            with Store.open(cache, print) as store:
                files = walk([os.fsencode(root)], SUFFIXES).files
                print(f"{'filling the cache':24}{timed(lambda: fill(store, files), 1):8.3f} s")
        print(f"{'bare scandir and stat':24}{timed(lambda: stat_seconds(root), given.times):8.3f} s")
        seconds: dict[str, list[float]] = {}
        for _ in range(given.times):
            rescan(cache, root, seconds)
        for stage, taken in seconds.items():
            print(f"{stage:24}{statistics.median(taken):8.3f} s")
        print(f"{'cache':24}{cache.stat().st_size / 1e6:8.1f} MB")
        print(f"{'peak memory':24}{peak():8.1f} MB")
        for name in ("scan", "scan again"):
            taken, most, described = whole_scan(root, cache)
            print(f"{name:24}{taken:8.3f} s, {most:.1f} MB at most, {described:,} described")
    finally:
        if given.folder is None:
            shutil.rmtree(work)


def peak() -> float:
    """Most memory this process has held, in MB."""
    try:
        import resource
    except ImportError:  # Windows
        return float("nan")
    return megabytes(resource.getrusage(resource.RUSAGE_SELF))


def megabytes(used: Any) -> float:
    """The most memory that resource usage tells of."""
    return float(used.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6)


if __name__ == "__main__":
    main()
