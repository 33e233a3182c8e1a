"""How descriptors agree with what a user says of pairs of pictures."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dedupe import config
from dedupe.calibrate import refuse_wide, settle
from dedupe.describe.choose import Chosen, budget, choose, header
from dedupe.describe.gather import Gathered, gather, load_plugins, summary
from dedupe.describe.recorded import recorded
from dedupe.describe.several import AnyPath, Paths, Thresholds, Words, asked, formerly
from dedupe.errors import DedupeError, UsageError
from dedupe.evaluate.blocks import block_of, own
from dedupe.metrics.failed import FailedMetrics
from dedupe.model import Bools, Floats, Ints, Judged, Matrix, Progress, Select, Verdict
from dedupe.model.asked import CPU, silent
from dedupe.statistics import auc


@dataclass(frozen=True, slots=True)
class JudgedPairs:
    """Judged pairs: `files` are real paths, `a` and `b` int64 (p,) places among them, `same` bool (p,)."""

    files: list[bytes]
    a: Ints
    b: Ints
    same: Bools


@formerly(descriptors="descriptor", thresholds="threshold", plugin_files="plugin", pixel_cap="max_pixels")
@recorded()
def score(
    pairs: AnyPath,
    *,
    descriptor: Words = (config.DEFAULT_DESCRIPTOR,),
    threshold: Thresholds = (),
    turns: str = "none",
    precision: float = 0.99,
    workers: int | None = None,
    cache: AnyPath | None = None,
    plugin: Paths = (),
    file_timeout: float = config.FILE_TIMEOUT,
    max_pixels: int = config.PIXEL_CAP,
    device: str = CPU,
    progress: Progress = silent,
) -> Judged:
    """Precision and recall of descriptors on the pairs of a CSV file: two paths, relative to its folder, and 1 or 0.

    `precision` is the one for which the largest distance is looked up. Raises UsageError for a line that does not read so,
    with its number, DedupeError if no pair can be used.
    """
    if not 0 < precision <= 1:
        raise UsageError(f"--precision {precision:g}: give a share above 0 and up to 1, as 0.99.")
    run = asked(workers, cache, plugin, file_timeout, max_pixels, progress, device)
    loaded, allowed = load_plugins(run), budget(threshold)
    chosen = choose(loaded, descriptor, threshold, turns)
    refuse_wide(chosen)
    truth = read_pairs(Path(os.fsdecode(pairs)))
    limits = settle(chosen, allowed, len(truth.same), union=False)
    found = gather([], chosen, loaded, Select(files_from=truth.files), run)
    rows = _contents(found, truth.files)
    a, b = rows[truth.a], rows[truth.b]
    usable = (a >= 0) & (b >= 0)
    if not usable.any():
        why = f" ({found.failures[0].message})" if found.failures else ""
        raise DedupeError(f"{os.fsdecode(pairs)}: of no pair can both pictures be used{why}.")
    verdicts, failed = [], FailedMetrics()
    for each, columns in zip(limits.chosen, found.collection.columns(chosen).values(), strict=True):
        with failed.unless_it_fails(each.label):
            distance = _distances(found, each, columns, a[usable], b[usable])
            known = ~np.isnan(distance)
            verdicts.append(verdict(each.label, distance[known], truth.same[usable][known], each.threshold, precision))
    limits = limits.without(failed)
    notes = list(limits.notes)
    if out := int((~usable).sum()):
        which = "was left out: one of its" if out == 1 else "were left out: one of their"
        notes.append(f"{out:,} of {len(usable):,} pairs {which} pictures could not be used.")
    if truth.same[usable].all():
        notes.append(
            "In all pairs both show the same picture, so precision says nothing: add pairs of different pictures, with a 0."
        )
    expected = limits.expected if len(limits.each) == 1 else None
    made = header("score", limits.chosen, notes, expected, limits.own, found.bits)
    return failed.given(Judged(made, verdicts, found.failures, summary(found, found.collection.rows)))


def verdict(label: str, distance: Floats, same: Bools, threshold: float, wanted: float) -> Verdict:
    """The figures of distances float32 (p,), inf where undefined, of pairs that are the same or not."""
    order = np.argsort(distance, kind="stable")
    ordered, right = distance[order], np.cumsum(same[order])
    last = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True)[: len(ordered)] & np.isfinite(ordered))
    precise = last[right[last] / (last + 1) >= wanted] if len(last) else last
    within = int(np.searchsorted(ordered, np.float32(threshold), "right"))
    hits, total = int(right[within - 1]) if within else 0, int(same.sum())
    best = int(precise[-1]) if len(precise) else None
    return Verdict(
        descriptor=label,
        pairs=len(same),
        same=total,
        auc=auc(distance[same], np.sort(distance[~same])),
        threshold=threshold,
        precision=hits / within if within else None,
        recall=hits / total if total else None,
        wanted=wanted,
        threshold_for=None if best is None else float(ordered[best]),
        recall_for=None if best is None or not total else float(right[best] / total),
    )


def read_pairs(path: Path) -> JudgedPairs:
    """The pairs of a CSV file, with or without a header that names the columns a, b and same among others."""
    numbers: dict[bytes, int] = {}
    a: list[int] = []
    b: list[int] = []
    same: list[bool] = []
    for first, second, judged in _lines(path):
        for side, cell in ((a, first), (b, second)):
            real = os.path.realpath(os.fsencode(path.parent / cell))
            side.append(numbers.setdefault(real, len(numbers)))
        same.append(judged == "1")
    if not same:
        raise UsageError(f"{path}: there is no pair in it; a line is two paths and 1 or 0, as a.jpg,b.jpg,1.")
    return JudgedPairs(list(numbers), np.array(a), np.array(b), np.array(same))


def _lines(path: Path) -> Iterator[tuple[str, str, str]]:
    """The three cells that count of each line. Raises UsageError with the number of a line that has not got them."""
    columns = (0, 1, 2)
    try:
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            reader = csv.reader(file)
            for count, cells in enumerate(cells for cells in reader if any(cells)):
                names = [cell.strip().lower() for cell in cells]
                if not count and {"a", "b", "same"} <= set(names):
                    columns = (names.index("a"), names.index("b"), names.index("same"))
                    continue
                found = tuple(cells[i] if i < len(cells) else "" for i in columns)
                where = f"{path}, line {reader.line_num}"
                if not found[0] or not found[1] or "\0" in found[0] + found[1]:
                    raise UsageError(f"{where}: two paths and 1 or 0 are needed, as a.jpg,b.jpg,1.")
                if found[2].strip() not in ("0", "1"):
                    raise UsageError(f"{where}: it must say 1 (the same picture) or 0 (another), not {found[2]!r}.")
                yield found[0], found[1], found[2].strip()
    except csv.Error as error:
        raise UsageError(f"{path}, line {reader.line_num}: this is no CSV ({error}).") from error
    except OSError as error:
        raise DedupeError(f"{path}: it cannot be read ({error.strerror or error}).") from error


def _contents(found: Gathered, files: Sequence[bytes]) -> Ints:
    """The content row of each file, -1 where it has none; a file may have been met under another hard link's name."""
    place = {found.walk.files.path(index): index for index in range(len(found.walk.files))}
    place |= {link: index for index, links in found.walk.links.items() for link in links}
    at = np.array([place.get(path, -1) for path in files], np.int64)
    rows = found.collection.rows
    return np.where(at >= 0, rows[at] if len(rows) else -1, -1)


def _distances(found: Gathered, each: Chosen, matrices: Sequence[Matrix], a: Ints, b: Ints) -> Floats:
    """The least distance over orientations of each pair of contents, NaN where the descriptor failed on one of them.

    Flat and nearly blank pictures match by their pixels alone, as in a scan: 0 if these are equal, else inf.
    """
    contents = found.collection.contents
    out = np.full(len(a), np.nan, np.float32)
    place = np.full((len(matrices), len(contents)), -1, np.int64)
    for k, matrix in enumerate(matrices):
        place[k, matrix.contents] = np.arange(len(matrix.contents))
    known = (place[:, a] >= 0).all(axis=0) & (place[0, b] >= 0)
    if known.any():
        prepare, block = block_of(each.descriptor.metric)
        turned = [prepare(matrix.X[place[k, a[known]]]) for k, matrix in enumerate(matrices)]
        out[known] = own(block, turned, prepare(matrices[0].X[place[0, b[known]]]))
    flat = (contents["quality"][a] <= 0) | (contents["quality"][b] <= 0)
    pixels = np.ascontiguousarray(contents["pixels"]).view("S16")
    out[flat] = np.where(pixels[a[flat]] == pixels[b[flat]], 0, np.inf)
    return out
