"""Folders in, duplicate groups out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dedupe import config
from dedupe.calibrate import Limit, Limits, Lost, own_limit, refuse_noise, refuse_wide, settle
from dedupe.describe import Collection
from dedupe.describe.choose import budget, choose, chosen_index, header
from dedupe.describe.gather import Gathered, gather, load_plugins, note_idle, stage, summary
from dedupe.describe.in_memory import takes_pictures
from dedupe.describe.recorded import recorded
from dedupe.describe.several import (
    AnyPath,
    Listed,
    Paths,
    Pictures,
    Thresholds,
    Words,
    asked,
    formerly,
    selected,
    several,
    words,
)
from dedupe.group import Neighbours, contested, group
from dedupe.group.keep import keep_order, made
from dedupe.model import Progress, Scan
from dedupe.model.asked import silent
from dedupe.scan.expand import expand, standing
from dedupe.scan.neighbours import equal_pixels, near
from dedupe.scan.references import check_references
from dedupe.search import Which

Ints = NDArray[np.int64]


@formerly(descriptors="descriptor", thresholds="threshold", plugin_files="plugin", pixel_cap="max_pixels")
@takes_pictures("paths", "reference")
@recorded("paths")
def scan(
    paths: Pictures = (),
    *,
    descriptor: Words = (config.DEFAULT_DESCRIPTOR,),
    threshold: Thresholds = (),
    turns: str = "none",
    keep: Words = (),
    reference: Pictures = (),
    exclude: Words = (),
    min_size: int = 0,
    min_pixels: int = 0,
    recursive: bool = True,
    all_files: bool = False,
    files_from: Listed | None = None,
    index: str = "auto",
    workers: int | None = None,
    cache: AnyPath | None = None,
    plugin: Paths = (),
    file_timeout: float = config.FILE_TIMEOUT,
    max_pixels: int = config.PIXEL_CAP,
    progress: Progress = silent,
) -> Scan:
    """Finds groups of near-duplicate pictures under `paths`; each option is the command's of the same name.
    Of what can be repeated one alone will do.

    `reference` folders are compared with the rest, never with each other, and always kept. Raises UsageError for a
    request that cannot be served, DedupeError when the work cannot be finished, Unfinished with what the other descriptors
    found where a plugin's metric fails, Interrupted after saving what was done.
    """
    paths, reference, keep = several(paths), several(reference), words(keep)
    select = selected(exclude, min_size, min_pixels, recursive, all_files, files_from)
    run = asked(workers, cache, plugin, file_timeout, max_pixels, progress)
    loaded = load_plugins(run)
    chosen, allowed = choose(loaded, descriptor, threshold, turns), budget(threshold)
    refuse_wide(chosen)
    rules = made(keep, loaded.make)
    check_references(paths, reference, files_from is not None)
    by = chosen_index(loaded, index, chosen)
    found = gather([*reference, *paths], chosen, loaded, select, run, upright_roots=len(reference))
    note_idle(found.walk.idle)
    rows = found.collection.rows
    fixed = _references(found, rows, len(reference))
    looked_at = _looked_at(found.collection, rows)
    usable = looked_at & (found.collection.contents["quality"] > 0)
    settled, lost = settle(chosen, allowed, _pairs(usable, fixed)), Lost()
    with stage(found.seconds, "search"):
        folder = config.beside_cache(run.cache, "joins")
        limits, neighbours = _neighbours(found.collection, settled, usable, fixed, by, folder, lost)
        refuse_noise(lost.left(settled), [each.count() for each in neighbours])
        neighbours.insert(0, equal_pixels(found.collection.contents, looked_at))
    with stage(found.seconds, "group"):
        order = keep_order(found.walk.files, contested(rows, neighbours), found.collection.contents, rules)
        order = order[np.argsort(found.walk.files.root[order] >= len(reference), kind="stable")]
        grouping = group(_unique_in_order(rows[order]), neighbours, fixed)
        groups = expand(found, order, rows, grouping, [each.name for each in neighbours], fixed, len(reference), rules)
    counts = {"groups": len(groups), "duplicates": len(groups.members), "freeable": int(groups.freeable.sum())}
    about = header("scan", limits.chosen, limits.notes, limits.expected, limits.own)
    kept, alone, references = standing(found, rows, groups, len(reference))
    foreign = _foreign(found, len(reference))
    return lost.given(
        Scan(about, groups, found.failures, summary(found, rows, **counts), kept, alone, references, foreign)
    )


def _foreign(found: Gathered, references: int) -> int:
    """Files of other types under roots that are no references."""
    met = sum(count for root, count in found.walk.foreign.items() if root >= references)
    roots = found.walk.files.root[list(found.collection.foreign)]
    return met + int(np.count_nonzero(roots >= references))


def _references(found: Gathered, rows: Ints, references: int) -> NDArray[np.bool_]:
    """Contents that have a file in a reference folder, bool (contents,)."""
    fixed = np.zeros(len(found.collection.contents), np.bool_)
    fixed[rows[(rows >= 0) & (found.walk.files.root < references)]] = True
    return fixed


def _looked_at(collection: Collection, rows: Ints) -> NDArray[np.bool_]:
    """Contents that a file looked at has, bool (contents,)."""
    used = np.zeros(len(collection.contents), np.bool_)
    used[rows[rows >= 0]] = True
    return used


def _pairs(usable: NDArray[np.bool_], fixed: NDArray[np.bool_]) -> int:
    """How many pairs of contents are compared: not those of two pictures from reference folders."""
    n, m = int((usable & ~fixed).sum()), int((usable & fixed).sum())
    return n * (n - 1) // 2 + n * m


def _neighbours(
    collection: Collection,
    limits: Limits,
    usable: NDArray[np.bool_],
    fixed: NDArray[np.bool_],
    index: Which,
    folder: Path | None,
    lost: Lost,
) -> tuple[Limits, list[Neighbours]]:
    """The limits for pictures that are as alike as these, and who is near whom by each descriptor whose metric does not fail;
    flat pictures count by their pixels alone.
    """
    places, matrices = _places(collection), iter(collection.matrices)
    moved, neighbours, notes = list[Limit](), list[Neighbours](), list[str]()
    for limit in limits.each:
        columns = [next(matrices) for _ in limit.chosen.columns]
        moved.append(limit)
        with lost.unless_it_fails(limit.chosen.label):
            upright = columns[0].among(usable)
            own, alike = own_limit(limit, upright.X, places[upright.contents])
            one, searched = near(own.chosen, columns, usable, fixed, index, folder)
            moved[-1] = own
            neighbours.append(one)
            notes += [*alike, *searched]
    return lost.left(Limits(moved, [*limits.notes, *notes])), neighbours


def _places(collection: Collection) -> Ints:
    """The place of each content in the order of files, int64 (contents,): of several files the first."""
    places = np.zeros(len(collection.contents), np.int64)
    files = np.flatnonzero(collection.rows >= 0)[::-1]
    places[collection.rows[files]] = files
    return places


def _unique_in_order(rows: Ints) -> Ints:
    first = np.unique(rows, return_index=True)[1]
    return rows[np.sort(first)]
