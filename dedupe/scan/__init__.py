"""Folders in, duplicate groups out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dedupe import config, ignored
from dedupe.calibrate import own_limits, refuse_noise, refuse_wide, settle
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
from dedupe.group import contested, group
from dedupe.group.keep import idle, keep_order, made
from dedupe.metrics.failed import FailedMetrics
from dedupe.model import Progress, Scan
from dedupe.model.asked import silent
from dedupe.near import Groups, set_aside, standing, within
from dedupe.scan.looking import looked_at_groups
from dedupe.scan.references import check_references

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
    judge: bool = False,
    workers: int | None = None,
    cache: AnyPath | None = None,
    plugin: Paths = (),
    file_timeout: float = config.FILE_TIMEOUT,
    max_pixels: int = config.PIXEL_CAP,
    progress: Progress = silent,
) -> Scan:
    """Finds groups of near-duplicate pictures under `paths`; each option is the command's of the same name.
    Of what can be repeated one alone will do.

    `reference` folders are compared with the rest, never with each other, and always kept. With `judge` each pair is looked
    at before it is called a duplicate, and members say what they are. Raises UsageError for a
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
    contents, rows, root = found.collection.contents, found.collection.rows, found.walk.files.root
    note_idle(found.walk.idle)
    note_idle(idle(found.walk.files, rows, contents, rules), "--keep")
    used = _having(contents, rows)
    fixed = _having(contents, np.where(root < len(reference), rows, -1))
    settled, failed = settle(chosen, allowed, _pairs(used & (contents["quality"] > 0), fixed)), FailedMetrics()
    with stage(found.seconds, "search"):
        columns, folder = found.collection.columns(chosen), config.beside_cache(run.cache, "joins")
        limits = own_limits(settled, columns, found.collection, used, failed)
        neighbours, searched = within(contents, columns, limits.chosen, used, fixed, by, folder, failed)
        limits = limits.without(failed, searched)
        refuse_noise(limits, [each.count() for each in neighbours[1:]])
    apart = ignored.among(contents, used)
    apart = apart[~fixed[apart].all(axis=1)]
    with stage(found.seconds, "group"):
        order = keep_order(found.walk.files, contested(rows, neighbours), contents, rules)
        order = order[np.argsort(root[order] >= len(reference), kind="stable")]
        first = _unique_in_order(rows[order])
    if judge:
        with stage(found.seconds, "judge"):
            limit = [1.0, *(each.threshold for each in limits.chosen)]
            looked_at = looked_at_groups(found, first, neighbours, limit, fixed, apart, loaded.decoders, run)
    with stage(found.seconds, "group"):
        pairs, said = (looked_at.pairs, looked_at.copies) if judge else (group(first, neighbours, fixed, apart), {})
        found = replace(found, memory={})
        names = [each.name for each in neighbours]
        groups = Groups(found, order, pairs, names, fixed, len(reference), rules, said)
    counts = {"groups": len(groups), "duplicates": len(groups.members), "freeable": int(groups.freeable.sum())}
    notes = [*limits.notes, *set_aside(contents, used), *(looked_at.notes if judge else ())]
    about = header("scan", limits.chosen, notes, limits.expected, limits.own, found.bits)
    kept, alone, references = standing(found, groups, len(reference))
    foreign = _foreign(found, len(reference))
    return failed.given(
        Scan(about, groups, found.failures, summary(found, rows, **counts), kept, alone, references, foreign)
    )


def _foreign(found: Gathered, references: int) -> int:
    """Files of other types under roots that are no references."""
    met = sum(count for root, count in found.walk.foreign.items() if root >= references)
    roots = found.walk.files.root[list(found.collection.foreign)]
    return met + int(np.count_nonzero(roots >= references))


def _having(contents: NDArray[np.void], rows: Ints) -> NDArray[np.bool_]:
    """Contents that one of some files has, bool (contents,); `rows` int64 (files,) is -1 for the others."""
    found = np.zeros(len(contents), np.bool_)
    found[rows[rows >= 0]] = True
    return found


def _pairs(usable: NDArray[np.bool_], fixed: NDArray[np.bool_]) -> int:
    """How many pairs of contents are compared: not those of two pictures from reference folders."""
    n, m = int((usable & ~fixed).sum()), int((usable & fixed).sum())
    return n * (n - 1) // 2 + n * m


def _unique_in_order(rows: Ints) -> Ints:
    first = np.unique(rows, return_index=True)[1]
    return rows[np.sort(first)]
