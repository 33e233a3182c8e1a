"""What looks like one picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe import config, search
from dedupe.calibrate import Lost, refuse_noise, refuse_wide, settle
from dedupe.describe.choose import Chosen, budget, choose, chosen_index, header
from dedupe.describe.gather import Gathered, file_at, gather, load_plugins, note_idle, stage, summary
from dedupe.describe.in_memory import takes_pictures
from dedupe.describe.recorded import recorded
from dedupe.describe.several import (
    AnyPath,
    Listed,
    Paths,
    Picture,
    Pictures,
    Thresholds,
    Words,
    asked,
    formerly,
    selected,
    several,
)
from dedupe.errors import UsageError
from dedupe.model import (
    TURNS,
    UNTURN,
    Found,
    Match,
    Progress,
    Select,
)
from dedupe.model.asked import silent
from dedupe.query.pictures import only_files, usable


@formerly(descriptors="descriptor", thresholds="threshold", plugin_files="plugin", pixel_cap="max_pixels")
@takes_pictures("folders", one=("picture",))
@recorded("folders")
def find(
    picture: Picture,
    folders: Pictures,
    *,
    descriptor: Words = (config.DEFAULT_DESCRIPTOR,),
    threshold: Thresholds = (),
    nearest: int | None = None,
    turns: str = "none",
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
) -> Found:
    """Pictures under `folders` that are near `picture`, nearest first; with `nearest` so many, however far.

    Options are the command's. Raises UsageError where the picture is a folder or a special file, DedupeError if it cannot
    be used, Unfinished as `dedupe.scan` does.
    """
    if nearest is not None and nearest < 1:
        raise UsageError(f"-n {nearest}: at least 1 picture has to be asked for.")
    (picture,) = only_files(picture)
    select = selected(exclude, min_size, min_pixels, recursive, all_files, files_from)
    run = asked(workers, cache, plugin, file_timeout, max_pixels, progress)
    loaded = load_plugins(run)
    chosen, allowed = choose(loaded, descriptor, threshold, turns), budget(threshold)
    refuse_wide(chosen)
    by = chosen_index(loaded, index, chosen)
    upright = [replace(each, columns=each.columns[:1]) for each in chosen]
    query = gather([picture], chosen, loaded, Select(), run)
    usable(query, 0, picture)
    found = gather(several(folders), upright, loaded, select, run)
    note_idle(found.walk.idle)
    limits = settle(chosen, allowed, len(found.collection.contents))
    lost = Lost()
    with stage(found.seconds, "search"):
        folder = config.beside_cache(run.cache, "hnsw")
        near = _near(query, found, limits.chosen, nearest, by, folder, lost)
    limits = lost.left(limits)
    if not nearest:
        refuse_noise(limits, [int(np.count_nonzero(distance == distance)) for distance, _ in near])
    chosen = limits.chosen
    matches = _matches(query, found, chosen, near, nearest)
    failures = list(dict.fromkeys([*query.failures, *found.failures]))  # the query may lie in one of the folders
    counts = summary(found, found.collection.rows, duplicates=len(matches))
    counts = replace(counts, failures=Counter(failure.reason for failure in failures))
    made = header("find", chosen, limits.notes, limits.expected, limits.own)
    return lost.given(Found(made, matches, failures, counts))


def _near(
    query: Gathered,
    found: Gathered,
    chosen: Sequence[Chosen],
    nearest: int | None,
    index: search.Which,
    folder: Path | None,
    lost: Lost,
) -> list[tuple[NDArray[np.float32], NDArray[np.uint8]]]:
    """By descriptor, those that are lost excepted, the distance float32 (contents,) to the query, NaN where not near, and the
    turn uint8 (contents,).
    """
    collection, matrices = found.collection, iter(query.collection.matrices)
    flat = collection.contents["quality"] == 0
    flat |= query.collection.contents["quality"][query.collection.rows[0]] == 0
    approximate = isinstance(index, search.Approximate)
    wanted = nearest + 1 if nearest and approximate else None  # one more: it may be the query itself
    near = []
    for each, matrix in zip(chosen, collection.matrices, strict=True):
        distance = np.full(len(flat), np.nan, np.float32)
        turn = np.zeros(len(flat), np.uint8)
        columns = [(column, next(matrices)) for column in each.columns]
        with lost.unless_it_fails(each.label):
            for column, asked in columns:
                if not (len(matrix.contents) and len(asked.contents)):
                    continue
                metric, limit = each.descriptor.metric, np.inf if nearest else each.threshold
                at, values = search.near(asked.X, matrix.X, metric, limit, nearest=wanted, index=index, folder=folder)
                rows = matrix.contents[at]
                better = ~(distance[rows] <= values)
                distance[rows[better]], turn[rows[better]] = values[better], UNTURN[TURNS.index(column.turn)]
            distance[flat] = np.nan
            near.append((distance, turn))
    return near


def _matches(
    query: Gathered,
    found: Gathered,
    chosen: Sequence[Chosen],
    near: Sequence[tuple[NDArray[np.float32], NDArray[np.uint8]]],
    nearest: int | None,
) -> list[Match]:
    """Matches as they are shown, nearest first; the query itself is none of them."""
    rows = found.collection.rows
    same = _equal_pixels(query, found)
    distance = np.stack([values for values, _ in near], axis=1)
    relative = distance / np.array([each.threshold or 1.0 for each in chosen], np.float32)
    best = np.where(same, -1.0, np.nanmin(np.where(np.isnan(relative), np.inf, relative), axis=1, initial=np.inf))
    files = found.walk.files
    asked = query.walk.files
    itself = (files.device == asked.device[0]) & (files.inode == asked.inode[0])
    candidates = np.flatnonzero((rows >= 0) & ~itself)
    candidates = candidates[best[rows[candidates]] < np.inf]
    candidates = candidates[np.argsort(best[rows[candidates]], kind="stable")][:nearest]
    return [_match(query, found, chosen, near, int(index), bool(same[rows[index]])) for index in candidates]


def _match(query: Gathered, found: Gathered, chosen: Sequence[Chosen], near: Any, index: int, same: bool) -> Match:
    row = found.collection.rows[index]
    names = [each.label for each in chosen]
    distance = {
        name: float(values[row]) for name, (values, _) in zip(names, near, strict=True) if values[row] == values[row]
    }
    first = min(range(len(near)), key=lambda d: distance.get(names[d], np.inf))
    turn = TURNS[near[first][1][row]]
    asked = query.walk.files.path(0)
    return Match(
        asked, file_at(found, found.collection.rows, index), distance or ({"pixels": 0.0} if same else {}), turn
    )


def _equal_pixels(query: Gathered, found: Gathered) -> NDArray[np.bool_]:
    """Contents as flat as the query and with equal pixels, bool (contents,)."""
    asked, contents = query.collection.contents[query.collection.rows[0]], found.collection.contents
    pixels = np.ascontiguousarray(contents["pixels"]).view("S16")
    return np.asarray((contents["quality"] == 0) & (pixels == asked["pixels"].tobytes()) & (asked["quality"] == 0))
