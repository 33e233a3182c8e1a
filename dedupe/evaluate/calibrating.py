"""Measures null distributions of descriptors on folders of unrelated pictures, and keeps them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dedupe import calibrate, search
from dedupe.calibrate import Calibration
from dedupe.calibrate.files import plain
from dedupe.console import Progress
from dedupe.describe.choose import choose, header
from dedupe.describe.gather import AnyPath, Gathered, gather, load_plugins, stage, summary
from dedupe.errors import UsageError
from dedupe.model import Calibrated, Matrix, Null
from dedupe.model.evaluation import RATES

GOOD = 3500
"""Pictures from which on a share of one in a million can be counted."""

SHOWN = 5
"""The nearest pairs that are shown, to be looked at."""


def calibrated(
    paths: Sequence[AnyPath] = (),
    *,
    descriptors: Sequence[str],
    into: Path | None = None,
    files_from: Iterator[bytes] | None = None,
    plugin_files: Sequence[Path] = (),
    progress: Progress = lambda *_: None,
    **settings: Any,
) -> Calibrated:
    """Calibrates descriptors on the pictures under `paths`, no two of which may have to do with each other.

    Writes one JSON a descriptor key into `into`, by default the user's data folder. Pictures with equal pixels count once,
    flat ones not at all. `settings` are those of `dedupe.describe.gather.gather`. Raises UsageError for fewer than 100.
    """
    if not paths and files_from is None:
        raise UsageError("To calibrate, name folders of pictures that have nothing to do with each other.")
    loaded = load_plugins(plugin_files)
    chosen = choose(loaded, descriptors)
    found = gather(paths, chosen, loaded, files_from=files_from, progress=progress, **settings)
    done, notes, lost = list[Null](), list[str](), calibrate.Lost()
    with stage(found.seconds, "calibrate"):
        for each, matrix in zip(chosen, found.collection.matrices, strict=True):
            with lost.unless_it_fails(each.label):
                used = _distinct(found, matrix)
                measured = calibrate.measure(plain(each.columns[0].key), used.X, each.descriptor.metric, progress)
                notes += _notes(found, each.label, used, measured, each.descriptor.metric)
                path = os.fsencode(calibrate.write(measured, into))
                near = {rate: measured.distance(share) for rate, share in RATES.items()}
                counted = measured.pictures, measured.pairs, measured.checked
                done.append(Null(each.label, measured.key, path, *counted, near))
    made = header("eval", lost.among(chosen, lambda each: each.label), [*notes, *lost.notes()])
    return lost.given(Calibrated(made, done, found.failures, summary(found, found.collection.rows)))


def _distinct(found: Gathered, matrix: Matrix) -> Matrix:
    """The rows of pictures that are not flat, of those with equal pixels the first."""
    contents = found.collection.contents[matrix.contents]
    pixels = np.ascontiguousarray(contents["pixels"]).view("S16")
    first = np.zeros(len(contents), np.bool_)
    first[np.unique(pixels, return_index=True)[1]] = True
    keep = first & (contents["quality"] > 0)
    return Matrix(matrix.contents[keep], matrix.X[keep])


def _notes(found: Gathered, label: str, used: Matrix, measured: Calibration, metric: Any) -> list[str]:
    """What to say of a calibration: its size where it is small, and the pairs that lie nearest."""
    notes = []
    if measured.pictures < GOOD:
        notes.append(
            f"{label}: {measured.pictures:,} pictures check shares down to {measured.checked:.1g}; take {GOOD:,} or more "
            "for one in a million."
        )
    nearest = search.join(used.X, metric, measured.distances[0]).expand()
    order = np.argsort(nearest.distance, kind="stable")[:SHOWN]
    rows = found.collection.rows
    for at in order:
        names = [
            found.walk.files.path(int(np.flatnonzero(rows == used.contents[side])[0])).decode("utf-8", "replace")
            for side in (nearest.left[at], nearest.right[at])
        ]
        notes.append(f"{label}: {nearest.distance[at]:.4g} apart: {names[0]!r} and {names[1]!r}")
    if len(order):
        notes.append(f"{label}: if the pairs above show the same thing, take one of each out and calibrate again.")
    return notes
