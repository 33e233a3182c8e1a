"""Questions about single pictures: what looks like this one, how far apart are these two, what is its descriptor."""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe import config, metrics, search
from dedupe.calibrate import Lost, refuse_noise, refuse_wide, settle
from dedupe.describe.choose import Chosen, budget, choose, header
from dedupe.describe.gather import Gathered, file_at, gather, load_plugins, note_idle, stage, summary
from dedupe.describe.several import AnyPath, Paths, Thresholds, Words, several
from dedupe.errors import DedupeError, UsageError
from dedupe.model import (
    TURNS,
    UNTURN,
    Compared,
    Comparison,
    Described,
    Description,
    Found,
    Match,
    Matrix,
)

Ints = NDArray[np.int64]


def find(
    picture: AnyPath,
    folders: Paths,
    *,
    descriptors: Words = (config.DEFAULT_DESCRIPTOR,),
    thresholds: Thresholds = (),
    nearest: int | None = None,
    turns: str = "none",
    index: str = "auto",
    plugin_files: Paths = (),
    **settings: Any,
) -> Found:
    """Pictures under `folders` that are near `picture`, nearest first; with `nearest` so many, however far.

    `settings` are those of `dedupe.describe.gather.gather`. Raises UsageError where the picture is a folder or a special
    file, DedupeError if it cannot be used, Unfinished as `dedupe.scan` does.
    """
    if nearest is not None and nearest < 1:
        raise UsageError(f"-n {nearest}: at least 1 picture has to be asked for.")
    _only_files(picture)
    loaded = load_plugins(plugin_files, settings.get("file_timeout"))
    chosen, allowed = choose(loaded, descriptors, thresholds, turns), budget(thresholds)
    refuse_wide(chosen)
    search.check_index(index, [each.descriptor.metric for each in chosen])
    upright = [replace(each, columns=each.columns[:1]) for each in chosen]
    query = gather([picture], chosen, loaded, **settings | {"options": None, "files_from": None})
    _usable(query, 0, picture)
    found = gather(several(folders), upright, loaded, **settings)
    note_idle(found.walk.idle)
    limits = settle(chosen, allowed, len(found.collection.contents))
    lost = Lost()
    with stage(found.seconds, "search"):
        folder = config.beside_cache(settings.get("cache"), "hnsw")
        near = _near(query, found, limits.chosen, nearest, index, folder, lost)
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
    index: str,
    folder: Path | None,
    lost: Lost,
) -> list[tuple[NDArray[np.float32], NDArray[np.uint8]]]:
    """By descriptor, those that are lost excepted, the distance float32 (contents,) to the query, NaN where not near, and the
    turn uint8 (contents,).
    """
    collection, matrices = found.collection, iter(query.collection.matrices)
    flat = collection.contents["quality"] == 0
    flat |= query.collection.contents["quality"][query.collection.rows[0]] == 0
    wanted = nearest + 1 if nearest and index == "hnsw" else None  # one more: it may be the query itself
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


def compare(
    a: AnyPath,
    b: AnyPath,
    *,
    descriptors: Words = (),
    thresholds: Thresholds = (),
    turns: str = "none",
    plugin_files: Paths = (),
    **settings: Any,
) -> Compared:
    """The distance of two pictures by each descriptor (default: by all that need no file), and whether they would match.

    `settings` are those of `dedupe.describe.gather.gather`. Raises UsageError for a folder or a special file, DedupeError
    if one of them cannot be used, Unfinished as `dedupe.scan` does.
    """
    _only_files(a, b)
    loaded = load_plugins(plugin_files, settings.get("file_timeout"))
    chosen = choose(loaded, descriptors or loaded.complete(), thresholds, turns)
    refuse_wide(chosen)
    limits = settle(chosen, budget(thresholds), 1, union=False)
    found = gather([a, b], chosen, loaded, **settings)
    left, right = _usable(found, 0, a), _usable(found, _second(found, a, b), b)
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


def describe(
    pictures: Paths,
    *,
    descriptors: Words = (config.DEFAULT_DESCRIPTOR,),
    turns: str = "none",
    plugin_files: Paths = (),
    **settings: Any,
) -> Described:
    """The descriptors of pictures, or of all pictures in folders, in the order of their paths.

    `settings` are those of `dedupe.describe.gather.gather`.
    """
    loaded = load_plugins(plugin_files, settings.get("file_timeout"))
    chosen = choose(loaded, descriptors, (), turns)
    found = gather(several(pictures), chosen, loaded, **settings)
    columns = [(each.label, column) for each in chosen for column in each.columns]
    place = [{int(row): at for at, row in enumerate(matrix.contents)} for matrix in found.collection.matrices]
    rows = [
        Description(found.walk.files.path(index), column.key, matrix.X[at[int(row)]], name)
        for index, row in enumerate(found.collection.rows)
        for (name, column), matrix, at in zip(columns, found.collection.matrices, place, strict=True)
        if int(row) in at
    ]
    return Described(header("describe", chosen), rows, found.failures, summary(found, found.collection.rows))


def _only_files(*pictures: AnyPath) -> None:
    """Raises UsageError for a folder or a special file in a picture's place; what is not there is left to the walk."""
    for picture in pictures:
        with suppress(OSError, ValueError):
            mode = Path(os.fsdecode(picture)).stat().st_mode
            if not stat.S_ISREG(mode):
                what = "a folder" if stat.S_ISDIR(mode) else "a special file"
                raise UsageError(f"{os.fsdecode(picture)} is {what}; name a picture.")


def _second(found: Gathered, a: AnyPath, b: AnyPath) -> int:
    """The root under which the second picture stands: its own, or the first where both are one physical file."""
    with suppress(OSError):
        if not (found.walk.files.root == 1).any() and Path(os.fsdecode(a)).samefile(os.fsdecode(b)):
            return 0
    return 1


def _usable(found: Gathered, root: int, picture: AnyPath) -> int:
    """The content row of the picture given as that root; DedupeError with its failure's message where there is none."""
    path = os.fsencode(picture)
    files, rows = found.walk.files, found.collection.rows
    usable = np.flatnonzero((files.root == root) & (rows >= 0))
    if len(usable):
        return int(rows[usable[0]])
    why = [failure.message for failure in found.failures if failure.path == path] or [f.message for f in found.failures]
    raise DedupeError(f"{os.fsdecode(path)} cannot be used: {why[0] if why else 'it is no picture that can be read.'}")
