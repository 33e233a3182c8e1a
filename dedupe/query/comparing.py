"""How far apart two pictures are."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np

from dedupe import config, metrics
from dedupe.calibrate import refuse_wide, settle
from dedupe.describe.choose import Chosen, budget, choose, has_bare_distance, header
from dedupe.describe.gather import Gathered, gather, load_plugins, summary
from dedupe.describe.in_memory import takes_pictures
from dedupe.describe.recorded import recorded
from dedupe.describe.several import AnyPath, Paths, Picture, Thresholds, Words, asked, formerly, words
from dedupe.describe.shown import file_at
from dedupe.errors import UsageError
from dedupe.judge import judged, source
from dedupe.metrics.failed import FailedMetrics
from dedupe.model import TURNS, UNTURN, Compared, Comparison, Failure, File, InMemory, Matrix, Progress, Select
from dedupe.model.addresses import bare
from dedupe.model.asked import CPU, silent
from dedupe.model.judgement import COPIES
from dedupe.near import equal_pixels
from dedupe.plugins import Plugins
from dedupe.query.pictures import only_files, set_aside, usable

ALL = "all"
"""Asks for all descriptors that need no file."""


@formerly(descriptors="descriptor", thresholds="threshold", plugin_files="plugin", pixel_cap="max_pixels")
@takes_pictures(one=("a", "b"))
@recorded("a", "b")
def compare(
    a: Picture,
    b: Picture,
    *,
    descriptor: Words = (),
    threshold: Thresholds = (),
    turns: str = "none",
    workers: int | None = None,
    cache: AnyPath | None = None,
    plugin: Paths = (),
    file_timeout: float = config.FILE_TIMEOUT,
    max_pixels: int = config.PIXEL_CAP,
    device: str = CPU,
    progress: Progress = silent,
) -> Compared:
    """What two pictures are to each other, looked at both, and their distance by each descriptor (default: those that a scan
    goes by; "all": also all others that need no file), with whether they would match by it.

    Raises UsageError for a folder or a special file, DedupeError if one of them cannot be used, Unfinished as `dedupe.scan`
    does.
    """
    a, b = only_files(a, b)
    run = asked(workers, cache, plugin, file_timeout, max_pixels, progress, device)
    loaded = load_plugins(run)
    chosen = choose(loaded, _named(loaded, words(descriptor), threshold), threshold, turns)
    refuse_wide(chosen)
    limits = settle(chosen, budget(threshold), 1, union=False, tell=False)
    found = gather([a, b], chosen, loaded, Select(), run)
    left, right = usable(found, 0, a), usable(found, _second(found, a, b), b)
    (flat,) = equal_pixels(found.collection.contents)
    failed, comparisons, names = FailedMetrics(), list[Comparison](), (bare(os.fsencode(a)), bare(os.fsencode(b)))
    for each, columns in zip(limits.chosen, found.collection.columns(chosen).values(), strict=True):
        with failed.unless_it_fails(each.label):
            distance, turn = _distance(each, columns, left, right)
            told = max(flat[left], flat[right]) < 0
            near = left == right or bool(distance <= each.threshold if told else flat[left] == flat[right])
            comparisons.append(Comparison(*names, each.label, float(distance), each.threshold, near, turn))
    limits = limits.without(failed)
    files = [_file(found, root, name) for root, name in ((0, names[0]), (_second(found, a, b), names[1]))]
    first, second = (source(found, int(found.collection.places[row])) for row in (left, right))
    (said,) = judged([(first, second, _turn(comparisons))], loaded.decoders, run, evidence=True)
    failures = [*found.failures, *([said] if isinstance(said, Failure) else [])]
    same = None if isinstance(said, Failure) else said
    counts = summary(found, found.collection.rows, duplicates=int(same is not None and same.kind in COPIES))
    counts = replace(counts, failures=Counter(one.reason for one in failures))
    notes = [*limits.notes, *set_aside(names, [found.collection.contents[row] for row in (left, right)])]
    made = header("compare", limits.chosen, notes, limits.expected, limits.own, found.bits)
    return failed.given(Compared(made, comparisons, failures, counts, same, files if same else ()))


def _named(loaded: Plugins, asked: Sequence[str], threshold: Thresholds) -> list[str]:
    """The descriptors that are asked for; else those of a scan, of which a distance without a name is the hash's."""
    if asked and list(asked) != [ALL]:
        return list(asked)
    usual = [config.DEFAULT_DESCRIPTOR]
    if not has_bare_distance(threshold):
        try:
            loaded.descriptor(config.LEARNED_DESCRIPTOR)
            usual.append(config.LEARNED_DESCRIPTOR)
        except UsageError:
            if loaded.device != CPU:
                raise
    if not asked:
        return usual
    return [*usual, *(name for name in loaded.complete() if name not in usual)]


def _file(found: Gathered, root: int, name: bytes) -> File:
    """The file that was given as that root, under the name that it was given."""
    rows = found.collection.rows
    index = int(np.flatnonzero((found.walk.files.root == root) & (rows >= 0))[0])
    return replace(file_at(found, rows, index), path=name)


def _turn(comparisons: Sequence[Comparison]) -> str:
    """The turn at which a descriptor says that the two match."""
    return next((one.turn for one in comparisons if one.match), "none")


def _distance(each: Chosen, matrices: Sequence[Matrix], a: int, b: int) -> tuple[np.float32, str]:
    """The least distance (NaN: undefined) and the turn of b at which it is; as in a scan either one is turned."""
    best, turn = np.float32(np.nan), "none"
    for column, matrix in zip(each.columns, matrices, strict=True):
        number = TURNS.index(column.turn)
        ways = (a, b, column.turn), (b, a, TURNS[UNTURN[number]])
        for one, other, name in ways[: 2 if number else 1]:  # upright the two are the same
            fixed, turned = matrices[0].X[matrices[0].contents == one], matrix.X[matrix.contents == other]
            if not (len(fixed) and len(turned)):  # the descriptor failed on one of them
                continue
            value = metrics.distances(fixed, turned, each.descriptor.metric)[0, 0]
            if not best <= value:
                best, turn = value, name
    return best, turn


def _second(found: Gathered, a: AnyPath, b: AnyPath) -> int:
    """The root under which the second picture stands: its own, or the first where both are one physical file."""
    if isinstance(a, InMemory) or isinstance(b, InMemory):
        return 1
    if os.fsencode(a) == os.fsencode(b):
        return 0
    with suppress(OSError):
        if not (found.walk.files.root == 1).any() and Path(os.fsdecode(a)).samefile(os.fsdecode(b)):
            return 0
    return 1
