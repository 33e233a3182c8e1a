"""What looks like one picture."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from dedupe import config, ignored
from dedupe.calibrate import refuse_noise, refuse_wide, settle
from dedupe.describe.choose import USUAL, Budget, Chosen, budget, chosen_index, header
from dedupe.describe.gather import Gathered, described, gather, load_plugins, met, note_idle, stage, summary
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
    words,
)
from dedupe.describe.shown import file_at
from dedupe.errors import UsageError
from dedupe.judge import Judged
from dedupe.metrics.failed import FailedMetrics
from dedupe.model import TURNS, Bools, Failure, Files, Found, Ints, Match, MemberPlace, Progress, Proposed, Select
from dedupe.model.addresses import bare
from dedupe.model.asked import CPU, silent
from dedupe.model.judgement import COPIES, KINDS, kinds
from dedupe.near import around, by_name, shades
from dedupe.near import set_aside as count_set_aside
from dedupe.near.usual import Asked
from dedupe.query.looking import looked_at, notes
from dedupe.query.pictures import only_files, set_aside, usable

WIDE = Budget(1e-3, 5.0, each=True)
"""Where a judge decides, one picture may be held against some that have nothing to do with it."""


@formerly(descriptors="descriptor", thresholds="threshold", plugin_files="plugin", pixel_cap="max_pixels")
@takes_pictures("folders", one=("picture",))
@recorded("folders")
def find(
    picture: Picture,
    folders: Pictures,
    *,
    descriptor: Words = (),
    threshold: Thresholds = (),
    fast: bool = False,
    thorough: bool = False,
    regions: bool = False,
    nearest: int | None = None,
    turns: str = "none",
    exclude: Words = (),
    min_size: int = 0,
    min_pixels: int = 0,
    recursive: bool = True,
    all_files: bool = False,
    files_from: Listed | None = None,
    follow_rows: bool = False,
    index: str = "auto",
    judge: bool = True,
    kind: Words = (),
    workers: int | None = None,
    cache: AnyPath | None = None,
    plugin: Paths = (),
    file_timeout: float = config.FILE_TIMEOUT,
    max_pixels: int = config.PIXEL_CAP,
    device: str = CPU,
    progress: Progress = silent,
) -> Found:
    """Pictures under `folders` that are near `picture`, nearest first; with `nearest` so many, however far. With `regions` also
    those that are a part of it, or of which it is a part.

    Each is looked at beside the picture, and says of what kind it is; those of one picture are listed, or those of `kind`, with
    `nearest` those of any kind. Without `judge` distances alone decide. Options are the command's. Raises UsageError where the
    picture is a folder or a special file, DedupeError if it cannot be used, Unfinished as `dedupe.scan` does.
    """
    if nearest is not None and nearest < 1:
        raise UsageError(f"-n {nearest}: at least 1 picture has to be asked for.")
    listed = kinds(kind) if words(kind) or not nearest else KINDS
    if words(kind) and not judge:
        raise UsageError("--kind needs the judge, who says what kind a picture is; leave out --no-judge.")
    (picture,) = only_files(picture)
    select = selected(exclude, min_size, min_pixels, recursive, all_files, files_from, follow_rows=follow_rows)
    run = asked(workers, cache, plugin, file_timeout, max_pixels, progress, device)
    loaded = load_plugins(run)
    asked_for = Asked(descriptor, threshold, turns, fast, thorough, judge, regions, everything=True)
    chosen, told = asked_for.before_the_walk(loaded)
    allowed = budget(threshold, WIDE if judge else USUAL)
    refuse_wide(chosen)
    by = chosen_index(loaded, index, chosen)
    ignored.pairs()  # a list that cannot be read stops this before the work, not after it
    walked = met(several(folders), loaded, select, run)
    chosen, more = asked_for.after_it(chosen, len(walked.walk.files), run)
    upright = [each.upright for each in chosen]
    query = gather([picture], chosen, loaded, Select(), run)
    row = usable(query, 0, picture)
    found = described(walked, upright, loaded, select, run)
    note_idle(found.walk.idle)
    limits = settle(chosen, allowed, len(found.collection.contents))
    failed, folder = FailedMetrics(), config.beside_cache(run.cache, "hnsw")
    with stage(found.seconds, "search"):
        collections = query.collection, found.collection
        apart = ignored.between(*(each.contents for each in collections))[:, 1]
        most = nearest and nearest + len(apart)
        pairs = around(*collections, limits.chosen, by, failed, nearest=most, folder=folder, judged=judge)
        pairs = pairs.of(~np.isin(pairs.right, apart))
    limits = limits.without(failed)
    if not nearest and not judge:
        refuse_noise(limits, np.count_nonzero(~np.isnan(pairs.distance[:, 1:]), axis=0).tolist())
    near, said = _near(query, found, limits.chosen, pairs)[:nearest], dict[int, Judged]()
    near_rows = found.collection.rows[near].tolist()
    if judge:
        with stage(found.seconds, "judge"):
            said = looked_at(query, found, near, pairs, loaded.decoders, run)
        limits = limits.without(failed, notes(near_rows, said, listed))
    matches = _matches(query, found, limits.chosen, pairs, near, said)
    if judge:
        matches = [one for one in matches if one.kind in listed or (one.kind is None and listed == KINDS)]
    failures = [*query.failures, *found.failures, *(one for one in said.values() if isinstance(one, Failure))]
    failures = list(dict.fromkeys(failures))  # the query may lie in one of the folders
    counts = summary(found, found.collection.rows, duplicates=sum(one.kind in (None, *COPIES) for one in matches))
    counts = replace(counts, failures=Counter(failure.reason for failure in failures))
    plain, shaded = (judge & shades(each.contents, limits.chosen) for each in collections)
    told = [*told, *more, *limits.notes]
    told += [] if plain[row] else set_aside([bare(os.fsencode(picture))], [query.collection.contents[row]])
    told += [*count_set_aside(found.collection.contents, ~shaded), *ignored.note(len(apart))]
    expected = limits.expected_judged if judge else limits.expected
    made = header("find", limits.chosen, told, expected, limits.own, found.bits, judged=judge)
    return failed.given(Found(made, matches, failures, counts))


def _near(query: Gathered, found: Gathered, chosen: Sequence[Chosen], pairs: Proposed) -> Ints:
    """The files near the query, nearest first; the query itself is none of them."""
    files, rows, asked = found.walk.files, found.collection.rows, query.walk.files
    relative = pairs.distance / np.array([1.0, *(each.threshold or 1.0 for each in chosen)], np.float32)
    best = np.full(len(found.collection.contents), np.inf)
    best[pairs.right] = np.nanmin(relative, axis=1, initial=np.inf)
    itself = _itself(files, asked)
    near = np.flatnonzero((rows >= 0) & ~itself)
    near = near[best[rows[near]] < np.inf]
    return near[np.argsort(best[rows[near]], kind="stable")]


def _itself(files: Files, asked: Files) -> Bools:
    """Which of the files is the one that was asked about, bool (n,)."""
    place = asked.place(0)
    if place is None:
        return np.asarray((files.device == asked.device[0]) & (files.inode == asked.inode[0]))
    found = np.zeros(len(files), np.bool_)
    for i in np.flatnonzero(files.inside).tolist():
        other = files.place(i)
        found[i] = other is not None and _where(other) == _where(place)
    return found


def _where(place: MemberPlace) -> tuple[int, int, int]:
    return place.container.device, place.container.inode, place.offset


def _matches(
    query: Gathered, found: Gathered, chosen: Sequence[Chosen], pairs: Proposed, near: Ints, said: Mapping[int, Judged]
) -> list[Match]:
    """Files as they are shown, with what was said of their contents."""
    rows, names, asked = found.collection.rows, ["pixels", *(each.label for each in chosen)], query.walk.files.path(0)
    out = []
    for file, at in zip(near.tolist(), np.searchsorted(pairs.right, rows[near]).tolist(), strict=True):
        one = Match(asked, file_at(found, rows, file), by_name(names, pairs.distance[at]), TURNS[pairs.turn[at]])
        what = said.get(int(rows[file]))
        if what is not None and not isinstance(what, Failure):
            one = replace(one, turn=what.turned(one.turn), kind=what.kind, why=what.why, agree=what.agree)
            one = replace(one, contains={"a": "query", "b": "match"}.get(what.contains or ""))
        out.append(one)
    return out
