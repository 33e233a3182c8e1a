"""Folders in, duplicate groups out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dedupe import config
from dedupe.calibrate import Limit, Limits, Lost, own_limit, refuse_noise, refuse_wide, settle
from dedupe.console import Progress
from dedupe.describe import Collection
from dedupe.describe.choose import budget, choose, header
from dedupe.describe.gather import Gathered, gather, load_plugins, note_idle, stage, summary
from dedupe.describe.several import Listed, Paths, Thresholds, Words, paths_of, several, words
from dedupe.group import Neighbours, group
from dedupe.group.keep import check_rules, keep_order
from dedupe.model import Scan
from dedupe.scan.expand import expand, standing
from dedupe.scan.neighbours import equal_pixels, near
from dedupe.scan.references import check_references
from dedupe.search import check_index
from dedupe.walk import WalkOptions

Ints = NDArray[np.int64]


def scan(
    paths: Paths = (),
    *,
    descriptors: Words = (config.DEFAULT_DESCRIPTOR,),
    thresholds: Thresholds = (),
    turns: str = "none",
    keep: Words = (),
    reference: Paths = (),
    files_from: Listed | None = None,
    exclude: Words = (),
    min_size: int = 0,
    min_pixels: int = 0,
    recursive: bool = True,
    all_files: bool = False,
    index: str = "auto",
    workers: int | None = None,
    cache: str | Path | None = None,
    plugin_files: Paths = (),
    file_timeout: float = config.FILE_TIMEOUT,
    pixel_cap: int = config.PIXEL_CAP,
    progress: Progress = lambda *_: None,
) -> Scan:
    """Finds groups of near-duplicate pictures under `paths`; each option is the command's of the same name.
    Of what can be repeated one alone will do.

    `reference` folders are compared with the rest, never with each other, and always kept. Raises UsageError for a
    request that cannot be served, DedupeError when the work cannot be finished, Unfinished with what the other descriptors
    found where a plugin's metric fails, Interrupted after saving what was done.
    """
    paths, reference, keep = several(paths), several(reference), words(keep)
    loaded = load_plugins(plugin_files, file_timeout)
    chosen, allowed = choose(loaded, descriptors, thresholds, turns), budget(thresholds)
    refuse_wide(chosen)
    check_rules(keep)
    check_references(paths, reference, files_from is not None)
    check_index(index, [each.descriptor.metric for each in chosen])
    found = gather(
        [*reference, *paths],
        chosen,
        loaded,
        files_from=paths_of(files_from),
        options=WalkOptions(tuple(words(exclude)), min_size, recursive, all_files),
        workers=workers,
        cache=cache,
        file_timeout=file_timeout,
        pixel_cap=pixel_cap,
        upright_roots=len(reference),
        progress=progress,
    )
    note_idle(found.walk.idle)
    rows = _large_enough(found.collection, min_pixels)
    fixed = _references(found, rows, len(reference))
    looked_at = _looked_at(found.collection, rows)
    usable = looked_at & (found.collection.contents["quality"] > 0)
    settled, lost = settle(chosen, allowed, _pairs(usable, fixed)), Lost()
    with stage(found.seconds, "search"):
        folder = config.beside_cache(cache, "joins")
        limits, neighbours = _neighbours(found.collection, settled, usable, fixed, index, folder, lost)
        refuse_noise(lost.left(settled), [each.count() for each in neighbours])
        neighbours.insert(0, equal_pixels(found.collection.contents, looked_at))
    with stage(found.seconds, "group"):
        order = keep_order(found.walk.files, rows, found.collection.contents, keep)
        order = order[np.argsort(found.walk.files.root[order] >= len(reference), kind="stable")]
        grouping = group(_unique_in_order(rows[order]), neighbours, fixed)
        groups = expand(found, order, rows, grouping, [each.name for each in neighbours], fixed, len(reference))
    counts = {"groups": len(groups), "duplicates": len(groups.members), "freeable": int(groups.freeable.sum())}
    made = header("scan", limits.chosen, limits.notes, limits.expected, limits.own)
    rest = standing(found, rows, groups, len(reference))
    return lost.given(Scan(made, groups, found.failures, summary(found, rows, **counts), *rest))


def _large_enough(collection: Collection, min_pixels: int) -> Ints:
    """The content row of each file, -1 for those that cannot be used or have fewer pixels than asked for."""
    contents, rows = collection.contents, collection.rows
    if not min_pixels or not len(contents):
        return rows
    small = contents["width"].astype(np.int64) * contents["height"] < min_pixels
    dropped = (rows >= 0) & small[rows]
    collection.others["too few pixels"] += int(dropped.sum())
    return np.where(dropped, -1, rows)


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
    index: str,
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
