"""Folders in, duplicate groups out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe import config, ignored
from dedupe.baseline import against, earlier
from dedupe.calibrate import Limits, own_limits, refuse_noise, refuse_wide, settle
from dedupe.describe.choose import Chosen, budget, chosen_index, header, proposing
from dedupe.describe.gather import Gathered, described, load_plugins, met, note_idle, stage, summary
from dedupe.describe.in_memory import takes_pictures
from dedupe.describe.recorded import folders_of, recorded
from dedupe.describe.several import (
    AnyPath,
    Listed,
    Paths,
    Pictures,
    Thresholds,
    Words,
    asked,
    formerly,
    paths_of,
    selected,
    several,
    words,
)
from dedupe.engines import LOCAL, chosen_engine, started
from dedupe.errors import UsageError
from dedupe.group.folders import redundant
from dedupe.group.keep import idle, made
from dedupe.metrics.failed import FailedMetrics
from dedupe.model import Bools, Ints, Progress, Scan, ToCompare
from dedupe.model.asked import CPU, silent
from dedupe.model.judgement import kinds
from dedupe.near import Groups, criteria, set_aside, shades, standing, told_apart
from dedupe.near.usual import Asked
from dedupe.scan.grouping import Near, by_distance, by_judge, in_keep_order
from dedupe.scan.references import Protection, check_references


@formerly(descriptors="descriptor", thresholds="threshold", plugin_files="plugin", pixel_cap="max_pixels")
@takes_pictures("paths", "reference")
@recorded("paths")
def scan(
    paths: Pictures = (),
    *,
    descriptor: Words = (),
    threshold: Thresholds = (),
    fast: bool = False,
    thorough: bool = False,
    regions: bool = False,
    turns: str = "none",
    keep: Words = (),
    reference: Pictures = (),
    protect: Paths = (),
    exclude: Words = (),
    min_size: int = 0,
    min_pixels: int = 0,
    recursive: bool = True,
    all_files: bool = False,
    files_from: Listed | None = None,
    label: str = "",
    follow_rows: bool = False,
    index: str = "auto",
    judge: bool = True,
    kind: Words = (),
    baseline: AnyPath | None = None,
    workers: int | None = None,
    cache: AnyPath | None = None,
    plugin: Paths = (),
    file_timeout: float = config.FILE_TIMEOUT,
    max_pixels: int = config.PIXEL_CAP,
    device: str = CPU,
    engine: str = LOCAL,
    progress: Progress = silent,
) -> Scan:
    """Finds groups of near-duplicate pictures under `paths`; each option is the command's of the same name.
    Of what can be repeated one alone will do.

    `reference` folders are compared with the rest, never with each other, and always kept; what lies in `protect` stays, too, and
    frees nothing. Each pair that descriptors propose is looked at before it is called a duplicate, and members say of what
    `kind` they are; without `judge` the distances decide. Raises UsageError for a request that cannot be served, DedupeError when
    the work cannot be finished, Unfinished with what the other descriptors found where a plugin's metric fails, Interrupted
    after saving what was done.
    """
    paths, reference, keep = several(paths), several(reference), words(keep)
    named = list(paths_of(files_from) or ())
    select = selected(
        exclude, min_size, min_pixels, recursive, all_files, None if files_from is None else named, label, follow_rows
    )
    run, listed = asked(workers, cache, plugin, file_timeout, max_pixels, progress, device), _listed(kind, judge)
    loaded = load_plugins(run)
    asked_for = Asked(descriptor, threshold, turns, fast, thorough, judge, regions, everything=True)
    chosen, notes = asked_for.before_the_walk(loaded)
    refuse_wide(chosen)
    rules = made(keep, loaded.make)
    check_references(paths, reference, files_from is not None)
    protection = Protection(several(protect))
    by, where = chosen_index(loaded, index, chosen), chosen_engine(loaded, engine)
    ignored.pairs()  # a list that cannot be read stops this before the work, not after it
    before = earlier(baseline, "scan")
    walked = met([*reference, *paths], loaded, select, run)
    chosen, more = asked_for.after_it(chosen, len(walked.walk.files), run)
    with started(where, run) as machines:
        found = described(walked, chosen, loaded, select, run, upright_roots=len(reference), by=machines.describe)
        contents, rows, root = found.collection.contents, found.collection.rows, found.walk.files.root
        note_idle(found.walk.idle)
        note_idle(idle(found.walk.files, rows, contents, rules), "--keep")
        used = _having(contents, rows)
        fixed = _having(contents, np.where(root < len(reference), rows, -1))
        settled, failed = _settled(chosen, threshold, used & (contents["quality"] > 0), fixed, judge), FailedMetrics()
        with stage(found.seconds, "search"):
            columns, folder = found.collection.columns(chosen), config.beside_cache(run.cache, "joins")
            limits = settled if judge else own_limits(settled, columns, found.collection, used, failed)
            compared = criteria(limits.chosen, told_apart(limits.chosen, columns, contents, judged=judge))
            asked_near = ToCompare(contents, compared, used, fixed, by, folder, failed.unless_it_fails, judge)
            nearness = machines.near(asked_near)
            limits = limits.without(failed, [*notes, *more, *nearness.notes])
            if not judge:
                refuse_noise(limits, nearness.counts())
        apart = ignored.among(contents, used)
        apart = apart[~fixed[apart].all(axis=1)]
        with stage(found.seconds, "group"):
            order = in_keep_order(found, nearness, len(reference), rules)
        protected = protection.of(found.walk.files, order)
        near = Near(found, nearness, order, fixed, apart, len(reference), rules, protected)
        grouped = by_judge(near, listed, loaded.decoders, run) if judge else by_distance(near)
    groups = grouped.groups
    counts = summary(
        found,
        rows,
        groups=len(groups),
        duplicates=groups.duplicates,
        freeable=int(groups.freeable.sum()),
        kinds=grouped.kinds,
        not_judged=grouped.not_judged,
        protected=groups.protected,
        folders=_folders(found, groups, root < len(reference), protected),
    )
    expected = limits.expected_judged if judge else limits.expected
    told = [
        *limits.notes,
        *set_aside(contents, used & ~(shades(contents, limits.chosen) & judge)),
        *ignored.note(len(apart)),
    ]
    about = header("scan", limits.chosen, told, expected, limits.own, found.bits, judged=judge)
    about = replace(about, roots=folders_of(named))
    found = replace(found, memory={})  # a result that is kept would keep the pictures
    kept, alone, references = standing(found, groups, len(reference))
    made_of = (about, groups, found.failures, counts, kept, alone, references, _foreign(found, len(reference)))
    return failed.given(against(Scan(*made_of), before))


def _folders(found: Gathered, groups: Groups, fixed: Bools, protected: Bools | None) -> list[dict[str, Any]]:
    """The folders of which another one has all pictures; what could not be used or stays stands against it."""
    stays = found.collection.rows < 0
    stays[list(found.collection.foreign)] = False
    stays |= fixed if protected is None else fixed | protected
    rows, some = found.collection.rows, np.append(groups.kept, groups.members)
    alike = np.append(rows[groups.kept], rows[np.where(groups.equal(), groups.owner, groups.members)])
    return redundant(found.walk.files, some, alike, stays)


def _listed(kind: Words, judge: bool) -> tuple[str, ...]:
    """The kinds to list. Raises UsageError for what is none, and where none is known."""
    if words(kind) and not judge:
        raise UsageError("--kind: without the judge no kind is known; leave out --no-judge.")
    return kinds(words(kind))


def _settled(chosen: Sequence[Chosen], threshold: Thresholds, usable: Bools, fixed: Bools, judge: bool) -> Limits:
    """The distances that are near: with a judge wide ones, for it decides."""
    allowed = proposing(threshold, int((usable & ~fixed).sum()), chosen) if judge else budget(threshold)
    return settle(chosen, allowed, _pairs(usable, fixed))


def _foreign(found: Gathered, references: int) -> int:
    """Files of other types under roots that are no references."""
    met = sum(count for root, count in found.walk.foreign.items() if root >= references)
    roots = found.walk.files.root[list(found.collection.foreign)]
    return met + int(np.count_nonzero(roots >= references))


def _having(contents: NDArray[np.void], rows: Ints) -> Bools:
    """Contents that one of some files has, bool (contents,); `rows` int64 (files,) is -1 for the others."""
    found = np.zeros(len(contents), np.bool_)
    found[rows[rows >= 0]] = True
    return found


def _pairs(usable: Bools, fixed: Bools) -> int:
    """How many pairs of contents are compared: not those of two pictures from reference folders."""
    n, m = int((usable & ~fixed).sum()), int((usable & fixed).sum())
    return n * (n - 1) // 2 + n * m
