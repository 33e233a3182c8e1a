"""How near unrelated photos come, and how many of their pairs a calibration takes for near beside how many it promises.

    python tests/support/unrelated_pairs.py           # the table in dedupe/calibrate/README.md
    python tests/support/unrelated_pairs.py PHOTOS    # measures anew what the table and the tests are made of

PHOTOS has 500 photos in `objects`, 200 in `scenes` and 631 in `clothing`. What is kept are the least distances of the pairs
in each mixture of them, by the key of each descriptor that a calibration ships for.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe.calibrate import find_shipped
from dedupe.calibrate.files import plain
from dedupe.describe.choose import Chosen, choose
from dedupe.describe.gather import gather, load_plugins
from dedupe.evaluate.blocks import block_of
from dedupe.model import Run, Select

KEPT = Path(__file__).resolve().parents[1] / "property" / "unrelated_pairs.json"
HASHES = ("pdq", "phash", "phash:bits=256", "ahash", "dhash", "whash", "dct", "mh", "bmb", "radial")
PCA = ("pca512", "pca256", "pca128", "pca64", "pca32")
CODES = ("ae256-linear", "ae256-sigmoid", "ae256-relu")
NETWORK = (
    *("copy256", "copy256:dtype=float32", "copy256bits"),
    "cnn",
    "cnn:metric=l2",
    "cnn:pooling=average",
    "cnn:pooling=average,metric=l2",
    *PCA,
    *CODES,
    *(f"{name}:metric=l2" for name in (*PCA[:-1], *CODES)),
    *(f"{name}:dtype=int8" for name in (*PCA, *CODES)),
    *(f"{name}:dtype=bits" for name in (*PCA, *CODES)),
)
NAMES = (*HASHES, *NETWORK)
"""The descriptors that calibrations ship for."""

SHARE = 1e-4
GARMENTS, MIXED = "garments", "objects, scenes and 53 garments"
MOST = 0.1
"""Distances are kept up to that of this share of the pairs:"""

FIRST, STEP = 60, 1.05
"""of the nearest 60 pairs each, then one whenever there are 5 % more pairs; whole distances all."""

Tail = dict[str, Any]
"""`distances` and how many pairs are `within` each, both rising, among `pairs` of so many `pictures`."""


def mixtures(photos: Path) -> dict[str, list[Path]]:
    """The photos of each mixture. Garments on a plain ground are much alike: in the last, one picture in fourteen is one."""
    objects, scenes, clothing = (sorted((photos / kind).iterdir()) for kind in ("objects", "scenes", "clothing"))
    both = [*objects, *scenes]
    mixed = {"objects and scenes": both, MIXED: [*both, *clothing[::12]]}
    return {"objects": objects, "scenes": scenes, GARMENTS: clothing, **mixed}


def measured(mixed: Mapping[str, Sequence[Path]], cache: Path) -> dict[str, dict[str, Tail]]:
    """The tails of the pairs in each mixture, by the key of each descriptor."""
    chosen = choose(load_plugins(), NAMES)
    found = gather(
        sorted({path for paths in mixed.values() for path in paths}), chosen, load_plugins(), Select(), Run(cache=cache)
    )
    row = {Path(found.walk.files.path(i).decode()): int(row) for i, row in enumerate(found.collection.rows)}
    tails = {}
    for each, matrix in zip(chosen, found.collection.matrices, strict=True):
        assert len(matrix.X) == len(row), "a photo is missing"
        far = distances(matrix.X, each.descriptor.metric)
        tails[plain(each.columns[0].key)] = {
            name: _tail(far, [row[path] for path in paths], each.descriptor.metric == "hamming")
            for name, paths in mixed.items()
        }
    return tails


def distances(X: NDArray[Any], metric: Any) -> NDArray[np.float32]:
    prepare, block = block_of(metric)
    rows = prepare(X)
    return block(rows, rows)


def _tail(far: NDArray[np.float32], rows: list[int], whole: bool) -> Tail:
    ordered = np.sort(far[np.ix_(rows, rows)][np.triu_indices(len(rows), 1)])
    some = ranks(len(ordered))
    distances = np.unique(ordered[: some[-1]] if whole else ordered[some - 1])
    within = np.searchsorted(ordered, distances, "right")
    shown = [float(f"{each:.6g}") for each in distances]
    return {"pictures": len(rows), "pairs": len(ordered), "distances": shown, "within": within.tolist()}


def ranks(pairs: int) -> NDArray[np.int64]:
    """Which of so many pairs, the nearest first, have their distances kept."""
    steps = int(np.log(pairs * MOST / FIRST) / np.log(STEP)) + 1
    return np.union1d(np.arange(1, FIRST), np.geomspace(FIRST, pairs * MOST, steps).round().astype(np.int64))


def kept() -> dict[str, dict[str, Tail]]:
    """What was measured before, as `measured` gives it."""
    return json.loads(KEPT.read_text(encoding="ascii"))  # type: ignore[no-any-return]


def near(tail: Tail, distance: float, whole: bool) -> float:
    """The share of pairs within a distance; between two that are kept the number of pairs is taken for a line."""
    distances, within = [0.0, *tail["distances"]], [0, *tail["within"]]
    if tail["distances"][0] == 0:
        del distances[0], within[0]
    assert distance < distances[-1], "farther than what is kept"
    at = bisect_right(distances, distance) - 1
    count = within[at] if whole else int(np.interp(distance, distances, within))
    return count / tail["pairs"]


def ratio(each: Chosen, tails: Mapping[str, Mapping[str, Tail]], mixture: str) -> float:
    """How many pairs a calibration takes for near, as a part of those it promises for a share of SHARE.

    Of whole bits the promise is that of the largest distance within SHARE.
    """
    key = each.columns[0].key
    calibration = find_shipped(each.descriptor, key)
    assert calibration is not None
    distance = calibration.distance(SHARE)
    promised = calibration.share(distance)
    assert promised <= SHARE * 1.001
    return near(tails[plain(key)][mixture], distance, calibration.whole) / promised


def table(tails: Mapping[str, Mapping[str, Tail]]) -> Iterator[str]:
    """The lines of the table in dedupe/calibrate/README.md."""
    yield f"| photos | pairs | {len(HASHES)} hashes | {len(NETWORK)} forms of the network's |"
    yield "|---|---|---|---|"
    chosen = choose(load_plugins(), NAMES)
    sides = chosen[: len(HASHES)], chosen[len(HASHES) :]
    for name, tail in next(iter(tails.values())).items():
        cells = [sorted(ratio(each, tails, name) for each in side) for side in sides]
        shown = " | ".join(f"{_number(median(each))} ({_number(each[0])} to {_number(each[-1])})" for each in cells)
        yield f"| {tail['pictures']} {name} | {tail['pairs']:,} | {shown} |"


def _number(value: float) -> str:
    return f"{value:.2g}" if value < 10 else f"{value:.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path, nargs="?")
    photos = parser.parse_args().photos
    if photos:
        with tempfile.TemporaryDirectory() as folder:
            tails = measured(mixtures(photos), Path(folder) / "cache.sqlite3")
        lines = (f"{json.dumps(key)}: {json.dumps(tail, separators=(',', ':'))}" for key, tail in tails.items())
        KEPT.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="ascii")
    print("\n".join(table(kept())))


if __name__ == "__main__":
    main()
