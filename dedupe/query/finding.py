"""What looks like one picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dedupe import config, ignored
from dedupe.calibrate import refuse_noise, refuse_wide, settle
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
from dedupe.metrics.failed import FailedMetrics
from dedupe.model import TURNS, Found, Match, Progress, Proposed, Select
from dedupe.model.asked import silent
from dedupe.near import around, by_name
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
    failed, folder = FailedMetrics(), config.beside_cache(run.cache, "hnsw")
    with stage(found.seconds, "search"):
        collections = query.collection, found.collection
        apart = ignored.between(*(each.contents for each in collections))[:, 1]
        most = nearest and nearest + len(apart)
        pairs = around(*collections, limits.chosen, by, failed, nearest=most, folder=folder)
        pairs = pairs.of(~np.isin(pairs.right, apart))
    limits = limits.without(failed)
    if not nearest:
        refuse_noise(limits, np.count_nonzero(~np.isnan(pairs.distance[:, 1:]), axis=0).tolist())
    matches = _matches(query, found, limits.chosen, pairs, nearest)
    failures = list(dict.fromkeys([*query.failures, *found.failures]))  # the query may lie in one of the folders
    counts = summary(found, found.collection.rows, duplicates=len(matches))
    counts = replace(counts, failures=Counter(failure.reason for failure in failures))
    notes = [*limits.notes, *ignored.note(len(apart))]
    made = header("find", limits.chosen, notes, limits.expected, limits.own, found.bits)
    return failed.given(Found(made, matches, failures, counts))


def _matches(
    query: Gathered, found: Gathered, chosen: Sequence[Chosen], pairs: Proposed, nearest: int | None
) -> list[Match]:
    """Matches as they are shown, nearest first; the query itself is none of them."""
    files, rows, asked = found.walk.files, found.collection.rows, query.walk.files
    relative = pairs.distance / np.array([1.0, *(each.threshold or 1.0 for each in chosen)], np.float32)
    best = np.full(len(found.collection.contents), np.inf)
    best[pairs.right] = np.nanmin(relative, axis=1, initial=np.inf)
    itself = (files.device == asked.device[0]) & (files.inode == asked.inode[0])
    near = np.flatnonzero((rows >= 0) & ~itself)
    near = near[best[rows[near]] < np.inf]
    near = near[np.argsort(best[rows[near]], kind="stable")][:nearest]
    names = ["pixels", *(each.label for each in chosen)]
    return [
        Match(
            asked.path(0), file_at(found, rows, int(index)), by_name(names, pairs.distance[at]), TURNS[pairs.turn[at]]
        )
        for index, at in zip(near, np.searchsorted(pairs.right, rows[near]), strict=True)
    ]
