"""A whole scan in small on a cache, here or in a process of its own: what tests of faults of the cache run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from dedupe.model import CONTENT_FIELDS, Failure
from dedupe.store import Store
from dedupe.walk import walk

HOUSE = Path(__file__).resolve().parents[2]
CONTENT = np.dtype(CONTENT_FIELDS)
KEYS = ("first@1()/w", "second@1()/w")
BAD = "3.jpg"
posix = pytest.mark.skipif(os.name != "posix", reason="files and limits that only POSIX systems have")


@dataclass
class Run:
    """What a run gave: (digest, vectors) or a failure by path; the files it had to read; what it warned of."""

    result: dict[str, object]
    read: int
    warnings: list[str]


def describe(path: bytes) -> tuple[np.ndarray, list[np.ndarray]]:
    """A content and its vectors, in the place of decoding."""
    digest = sha256(Path(os.fsdecode(path)).read_bytes()).digest()
    row = np.zeros(1, CONTENT)
    row[0] = (digest, digest[:16], digest[0] + 1, 480, b"JPEG", digest[1], digest[2] / 256, 0, 1, 8, 0, 0)
    bits = np.frombuffer(digest, np.uint8)
    return row, [bits[None, :11].copy(), bits[None, :5].astype(np.float32)]


def scan(cache: Path | None, tree: Path, batch: int = 5) -> Run:
    """A whole scan in small: look up, read what is missing, save it, give everything."""
    warnings: list[str] = []
    files = walk([os.fsencode(tree)], frozenset([b".jpg"])).files
    result: dict[str, object] = {}
    missing = []
    with Store.open(cache, warnings.append) as store:
        known = store.lookup(files, "v1")
        contents = store.contents(known.content)
        vectors = [store.vectors(key, known.content) for key in KEYS]
        places = [np.cumsum(have) - 1 for have, _ in vectors]
        for i in range(len(files)):
            name = os.path.relpath(os.fsdecode(files.path(i)), tree)
            if i in known.failure:
                result[name] = list(known.failure[i])
            elif known.content[i] >= 0 and contents["width"][i] and all(have[i] for have, _ in vectors):
                found = [X[place[i]].tobytes() for (_, X), place in zip(vectors, places, strict=True)]
                result[name] = [part.hex() for part in (contents[i].tobytes(), *found)]
            else:
                missing.append(i)
        for start in range(0, len(missing), batch):
            _read(store, files, missing[start : start + batch], tree, result)
    return Run(dict(sorted(result.items())), len(missing), warnings)


def _read(store: Store, files: object, rows: list[int], tree: Path, result: dict[str, object]) -> None:
    failures, good, read, vectors = {}, [], [], []
    for i in rows:
        path = files.path(i)
        name = os.path.relpath(os.fsdecode(path), tree)
        if os.path.basename(name) == BAD:
            failures[i] = Failure(path, "decode", "truncated", "It ends too soon.")
            result[name] = ["decode", "truncated", "It ends too soon."]
        else:
            row, found = describe(path)
            good.append(i)
            read.append(row)
            vectors.append(found)
            result[name] = [part.tobytes().hex() for part in (row, *found)]
    index = np.array(good, np.int64)
    columns = (files.size, files.mtime_ns, files.ctime_ns, files.device, files.inode)
    stat = np.column_stack([*(column[index] for column in columns), np.full(len(index), time.time_ns())])
    contents = np.concatenate([np.zeros(0, CONTENT), *read])
    every = np.arange(len(index))
    given = [(key, every, np.concatenate([found[k] for found in vectors])) for k, key in enumerate(KEYS) if vectors]
    store.add(files, index, stat, contents, np.ones(len(index), bool), given, failures, "v1")


def beside(cache: Path) -> list[str]:
    return sorted(each.name for each in cache.parent.iterdir() if each.name.startswith(cache.name + "."))


CHILD = """
import json, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
import cache_runs
LIMIT
run = cache_runs.scan(Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
print(json.dumps([run.result, run.read, run.warnings]))
"""


def child(
    cache: Path, tree: Path, *, before: str = "", batch: int = 5, prefix: tuple[str, ...] = ()
) -> subprocess.Popen[str]:
    """A run in a process of its own."""
    command = [
        *prefix,
        sys.executable,
        "-c",
        CHILD.replace("LIMIT", before),
        Path(__file__).parent,
        cache,
        tree,
        str(batch),
    ]
    return subprocess.Popen(
        [str(word) for word in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=HOUSE,
        env=ENVIRONMENT,
    )


ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [str(HOUSE), os.environ.get("PYTHONPATH")]))}


def finished(process: subprocess.Popen[str]) -> Run:
    out, err = process.communicate(timeout=120)
    assert (process.returncode, err) == (0, "")
    return Run(*json.loads(out))
