"""Measures null distributions of descriptors on folders of unrelated pictures, and keeps them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from dedupe import config, search
from dedupe.calibrate import Calibration, find_shipped, list_own, measure, plain, write
from dedupe.console import counted, shown_rows
from dedupe.describe.choose import Chosen, choose, header
from dedupe.describe.gather import Gathered, gather, load_plugins, stage, summary
from dedupe.describe.recorded import recorded
from dedupe.describe.several import AnyPath, Listed, Paths, Words, asked, formerly, selected, several
from dedupe.errors import UsageError
from dedupe.evaluate.alike import Alike, proposer, too_alike
from dedupe.metrics.failed import FailedMetrics
from dedupe.model import Bools, Calibrated, Matrix, Null, Progress, Run
from dedupe.model.asked import CPU, silent
from dedupe.model.evaluation import RATES
from dedupe.plugins import Plugins
from dedupe.statistics import one_in

LEAST = 1000
"""Pictures below which a calibration promises too little."""

GOOD = 3500
"""Pictures from which on a share of one in a million can be counted."""

SHOWN = 5
"""The nearest pairs that are shown, to be looked at."""

RARE = 1e-6
"""The share at which a calibration is held against the one that ships."""


@formerly(descriptors="descriptor", thresholds="threshold", plugin_files="plugin", pixel_cap="max_pixels")
@recorded("paths")
def calibrate(
    paths: Paths = (),
    *,
    descriptor: Words = (config.DEFAULT_DESCRIPTOR,),
    into: AnyPath | None = None,
    without_duplicates: bool = False,
    exclude: Words = (),
    min_size: int = 0,
    min_pixels: int = 0,
    recursive: bool = True,
    all_files: bool = False,
    files_from: Listed | None = None,
    workers: int | None = None,
    cache: AnyPath | None = None,
    plugin: Paths = (),
    file_timeout: float = config.FILE_TIMEOUT,
    max_pixels: int = config.PIXEL_CAP,
    device: str = CPU,
    progress: Progress = silent,
) -> Calibrated:
    """Calibrates descriptors on the pictures under `paths`, no two of which may have to do with each other.

    Writes one JSON a descriptor key into `into`, by default the user's data folder, where every later scan looks first.
    Pictures with equal pixels count once, flat ones not at all, and `without_duplicates` of near-duplicates one of each.
    Raises UsageError where near-duplicates stand among them, and for fewer than 1,000.
    """
    if not several(paths) and files_from is None:
        raise UsageError("To calibrate, name folders of pictures that have nothing to do with each other.")
    select = selected(exclude, min_size, min_pixels, recursive, all_files, files_from)
    run = asked(workers, cache, plugin, file_timeout, max_pixels, progress, device)
    loaded = load_plugins(run)
    chosen = choose(loaded, descriptor)
    by = proposer(loaded, chosen, "all")
    wanted = list({each.columns[0].key: each for each in (*chosen, by)}.values())
    found = gather(several(paths), wanted, loaded, select, run)
    keys = [column.key for each in wanted for column in each.columns]
    matrices = dict(zip(keys, found.collection.matrices, strict=True))
    proposing = [(each, [matrices[column.key] for column in each.columns]) for each in (by, *_others(chosen, by))]
    with stage(found.seconds, "judge"):
        used, alike = _unrelated(found, proposing, loaded, run, without_duplicates)
    notes = alike.notes()
    if count := len(alike.member):
        what = counted(count, "near-duplicate or other shot was", "near-duplicates and other shots were")
        notes.append(f"{what} left out ({alike.said()}).")
    folder = None if into is None else Path(os.fsdecode(into))
    measured, failed = list[tuple[Chosen, Calibration]](), FailedMetrics()
    with stage(found.seconds, "calibrate"):
        for each in chosen:
            with failed.unless_it_fails(each.label):
                matrix = matrices[each.columns[0].key].among(used)
                _refuse_few(len(matrix.contents))
                one = measure(plain(each.columns[0].key), matrix.X, each.descriptor.metric, progress)
                notes += (said := _notes(found, each, matrix, one))
                _refuse_nothing(each.label, one, said)
                measured.append((each, one))
    done = [null(each.label, one, write(one, folder)) for each, one in measured]
    made = header("calibrate", failed.others(chosen, lambda each: each.label), [*notes, *failed.notes()])
    counts = summary(found, found.collection.rows, kinds=alike.counts(), not_judged=alike.not_judged)
    return failed.given(Calibrated(made, done, found.failures, counts))


def own_calibrations() -> list[Null]:
    """The calibrations in the user's data folder, which scans use before those that ship."""
    return [null(one.key.partition("@")[0], one, path) for path, one in list_own()]


def null(label: str, one: Calibration, path: Path) -> Null:
    """A calibration and its file as they are shown."""
    near = {rate: one.distance(share) for rate, share in RATES.items()}
    return Null(label, one.key, os.fsencode(path), one.pictures, one.pairs, one.checked, near)


def _others(chosen: Sequence[Chosen], by: Chosen) -> list[Chosen]:
    """The descriptors that propose besides: what they find near each other is what their calibrations hang on. Not those of
    which only their author says how far they reach.
    """
    keys = {column.key for column in by.columns}
    others = [each for each in chosen if each.columns[0].key not in keys]
    return [each for each in others if find_shipped(each.descriptor, each.columns[0].key) is not None]


def _unrelated(
    found: Gathered,
    proposing: Sequence[tuple[Chosen, Sequence[Matrix]]],
    loaded: Plugins,
    run: Run,
    without: bool,
) -> tuple[Bools, Alike]:
    """The contents to measure, bool (contents,), and what is left out of them: copies, and other shots of one scene.

    Raises UsageError where copies stand among them and are not to be left out.
    """
    used = _distinct(found)
    places, number = np.flatnonzero(used), np.cumsum(used) - 1
    files = found.collection.places[places]
    by = [
        (each, [Matrix(number[one.contents], one.X) for one in (matrix.among(used) for matrix in held)])
        for each, held in proposing
    ]
    alike = too_alike(by, found, files, loaded, run)
    if len((copies := alike.copies()).member) and not without:
        raise UsageError(_refusal(copies, [found.walk.files.path(index) for index in files.tolist()]))
    used[places[alike.member]] = False
    return used, alike


def _refusal(alike: Alike, paths: Sequence[bytes]) -> str:
    """The sentence for pictures (n,) among which near-duplicates are, and these."""
    count = len(alike.member)
    most = shown_rows(count)
    rest = [f"and {count - most:,} more; -v lists all"] if count > most else []
    return "\n".join(
        [
            f"{count:,} of these pictures {'is a near-duplicate' if count == 1 else 'are near-duplicates'} of others "
            f"({alike.said()}). Calibrated on them, later scans would find next to nothing. Keep one picture of each, or give "
            "--without-duplicates to leave the others out:",
            *(f"  {line}" for line in (*alike.named(paths, most), *rest)),
        ]
    )


def _refuse_few(count: int) -> None:
    if count < LEAST:
        raise UsageError(
            f"{counted(count, 'different picture is', 'different pictures are')} too few to calibrate with: give at least "
            f"{LEAST:,}, better {GOOD:,}."
        )


def _refuse_nothing(label: str, measured: Calibration, said: Sequence[str]) -> None:
    """Raises UsageError where nothing would be near any more, though no two of the pictures are equal by this descriptor."""
    if measured.distance(RARE) == 0 < measured.distances[0]:
        nearest = "\n".join(f"  {note}" for note in said)
        raise UsageError(
            f"{label}: some of these pictures are so much alike that, calibrated on them, it would call no two pictures "
            f"duplicates any more. Nothing was saved. Take these out:\n{nearest}"
        )


def _distinct(found: Gathered) -> Bools:
    """The contents that are not flat, of those with equal pixels the first, bool (contents,)."""
    contents = found.collection.contents
    pixels = np.ascontiguousarray(contents["pixels"]).view("S16")
    first = np.zeros(len(contents), np.bool_)
    first[np.unique(pixels, return_index=True)[1]] = True
    return np.asarray(first & (contents["quality"] > 0))


def _path(found: Gathered, row: int) -> bytes:
    return found.walk.files.path(int(np.flatnonzero(found.collection.rows == row)[0]))


def _notes(found: Gathered, each: Chosen, used: Matrix, measured: Calibration) -> Sequence[str]:
    """What to say of a calibration: its size where it is small, how strict it is, and the pairs that lie nearest."""
    label, notes = each.label, list[str]()
    if measured.pictures < GOOD:
        notes.append(
            f"{label}: {measured.pictures:,} pictures are enough to measure false-match rates down to "
            f"{one_in(measured.checked)}; to measure 1 in a million, give {GOOD:,} or more."
        )
    shipped = find_shipped(each.descriptor, measured.key)
    if shipped is not None and measured.distance(RARE) < shipped.distance(RARE) / 2:
        notes.append(
            f"{label}: 1 in a million unrelated pairs is within distance {measured.distance(RARE):.3g} here, but within "
            f"{shipped.distance(RARE):.3g} in the calibration that ships: your pictures resemble each other more than usual, or "
            "some show the same thing."
        )
    nearest = search.join(used.X, each.descriptor.metric, measured.distances[0]).expand()
    order = np.argsort(nearest.distance, kind="stable")[:SHOWN]
    for at in order:
        names = [
            _path(found, int(used.contents[side])).decode("utf-8", "replace")
            for side in (nearest.left[at], nearest.right[at])
        ]
        notes.append(
            f"{label}: among the nearest, at distance {nearest.distance[at]:.4g}: {names[0]!r} and {names[1]!r}"
        )
    if len(order):
        notes.append(f"{label}: where such a pair shows the same thing, remove one of the two and calibrate again.")
    return notes
