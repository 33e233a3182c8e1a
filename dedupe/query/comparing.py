"""How far apart two pictures are."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from dedupe import config, metrics
from dedupe.calibrate import Lost, refuse_wide, settle
from dedupe.describe.choose import Chosen, budget, choose, header
from dedupe.describe.gather import Gathered, gather, load_plugins, summary
from dedupe.describe.in_memory import takes_pictures
from dedupe.describe.recorded import recorded
from dedupe.describe.several import AnyPath, Paths, Picture, Thresholds, Words, asked, formerly
from dedupe.model import (
    TURNS,
    UNTURN,
    Compared,
    Comparison,
    InMemory,
    Matrix,
    Progress,
    Select,
)
from dedupe.model.asked import silent
from dedupe.query.pictures import only_files, usable


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
    progress: Progress = silent,
) -> Compared:
    """The distance of two pictures by each descriptor (default: by all that need no file), and whether they would match.

    Raises UsageError for a folder or a special file, DedupeError if one of them cannot be used, Unfinished as `dedupe.scan`
    does.
    """
    a, b = only_files(a, b)
    run = asked(workers, cache, plugin, file_timeout, max_pixels, progress)
    loaded = load_plugins(run)
    chosen = choose(loaded, descriptor or loaded.complete(), threshold, turns)
    refuse_wide(chosen)
    limits = settle(chosen, budget(threshold), 1, union=False)
    found = gather([a, b], chosen, loaded, Select(), run)
    left, right = usable(found, 0, a), usable(found, _second(found, a, b), b)
    matrices, lost, comparisons = iter(found.collection.matrices), Lost(), list[Comparison]()
    for each in limits.chosen:
        columns = [next(matrices) for _ in each.columns]
        with lost.unless_it_fails(each.label):
            distance, near, turn = _comparison(found, each, columns, left, right)
            names = os.fsencode(a), os.fsencode(b)
            comparisons.append(Comparison(*names, each.label, distance, each.threshold, near, turn))
    limits = lost.left(limits)
    counts = summary(found, found.collection.rows, duplicates=int(any(one.match for one in comparisons)))
    made = header("compare", limits.chosen, limits.notes, limits.expected, limits.own)
    return lost.given(Compared(made, comparisons, found.failures, counts))


def _comparison(found: Gathered, each: Chosen, matrices: Sequence[Matrix], a: int, b: int) -> tuple[float, bool, str]:
    """Distance, whether it is near, and the turn of b at which it is least; as in a scan either one is turned."""
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
    contents = found.collection.contents
    if contents["quality"][a] == 0 or contents["quality"][b] == 0:
        near = contents["pixels"][a].tobytes() == contents["pixels"][b].tobytes()
    else:
        near = bool(best <= each.threshold)
    return float(best), near or a == b, turn


def _second(found: Gathered, a: AnyPath, b: AnyPath) -> int:
    """The root under which the second picture stands: its own, or the first where both are one physical file."""
    with suppress(OSError):
        in_memory = isinstance(a, InMemory) or isinstance(b, InMemory)
        if not in_memory and not (found.walk.files.root == 1).any() and Path(os.fsdecode(a)).samefile(os.fsdecode(b)):
            return 0
    return 1
