"""Photos to raw distances: originals are described first, then distorted copies, some columns at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe import metrics
from dedupe.describe.choose import Chosen
from dedupe.describe.gather import Gathered
from dedupe.describe.workers import Column
from dedupe.errors import DedupeError
from dedupe.evaluate.alike import proposer
from dedupe.evaluate.blocks import Block, block_of, least, own
from dedupe.evaluate.collector import LEAST_PHOTOS, AskedPhotos, Collector, Rows
from dedupe.evaluate.plan import PairPlan, plan
from dedupe.evaluate.raw import Distances, RawDistances
from dedupe.metrics.failed import FailedMetrics
from dedupe.model import Bools, Distortion, Floats, Ints, Matrix
from dedupe.plugins import Plugins, descriptor_key

COLUMNS = 32
"""Columns described at a time: the store tells so many apart."""

VECTORS = 192 << 20
"""Bytes of vectors of distorted copies that are held at a time."""

PAIRS = 20_000_000
ALL_PAIRS = 120_000_000
"""Negative pairs a descriptor, and of all descriptors together, at most: 4 bytes each."""

Named = Sequence[tuple[str, Distortion]]


@dataclass(slots=True)
class _Column:
    """A descriptor on its way: its originals by turn, made ready, and the distances that are known so far."""

    chosen: Chosen
    block: Block
    prepare: Any
    originals: list[Any] = field(default_factory=list)
    have: Bools = field(default_factory=lambda: np.zeros((0, 0), np.bool_))
    bytes: int = 0
    similar: Floats = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    negatives: Floats = field(default_factory=lambda: np.zeros(0, np.float32))


def collect(
    asked: AskedPhotos,
    chosen: Sequence[Chosen],
    distortions: Named,
    loaded: Plugins,
    failed: FailedMetrics,
    *,
    turns: str,
    seed: int,
) -> tuple[RawDistances, Gathered, Ints]:
    """The raw distances of a run, what was found first, and which of its files, int64 (n,), are the photos of the distances.

    Descriptors whose metric fails are `failed` then. Raises UsageError for fewer than LEAST_PHOTOS photos, MetricError where
    no descriptor is left, Interrupted after saving what was described.
    """
    collector = Collector(asked, loaded)
    columns = _originals(chosen, _described(collector, chosen, proposer(loaded, chosen, turns)))
    n, names = len(collector.photos), collector.names()
    pairs = plan(n, len(distortions), min(PAIRS, ALL_PAIRS // len(chosen)), seed)
    for each in columns:
        each.similar = np.full((len(distortions), n), np.nan, np.float32)
        each.negatives = np.full(len(pairs), np.nan, np.float32)
        with failed.unless_it_fails(each.chosen.label):
            _fill(each, pairs, 0, each.originals[0])
    chunks = list(_chunks(len(distortions), columns, n))
    for step, chunk in enumerate(chunks):
        part = [(k, columns[d]) for k, d in chunk if columns[d].chosen.label not in failed]
        if not part:
            continue
        wanted = [(one.chosen, _column(one.chosen, distortions[k][1], seed, names)) for k, one in part]
        for (k, one), rows in zip(part, collector.describe(wanted, step, len(chunks)), strict=True):
            with failed.unless_it_fails(one.chosen.label):
                _distorted(one, k, *rows, pairs)
    left = failed.others(columns, lambda one: one.chosen.label)
    raw, whole = _joined(collector, left, [label for label, _ in distortions], pairs, turns, failed.notes())
    return raw, collector.first, collector.photos[whole]


def _described(collector: Collector, chosen: Sequence[Chosen], by: Chosen) -> dict[str, Rows]:
    """The rows of the originals by column key; of photos that are near-duplicates only one stays, if `by` proposes them."""
    wanted = {column.key: (each, column) for each in (*chosen, by) for column in each.columns}
    columns = list(wanted.values())
    parts = [columns[at : at + COLUMNS] for at in range(0, len(columns), COLUMNS)]
    rows = dict(zip(wanted, (rows for part in parts for rows in collector.describe(part, 0, 1)), strict=True))
    held = [Matrix(np.flatnonzero(have), X) for have, X in (rows[column.key] for column in by.columns)]
    apart = collector.leave_out(by, held)
    return {key: (have[apart], X[apart[have]]) for key, (have, X) in rows.items()}


def _originals(chosen: Sequence[Chosen], found: Mapping[str, Rows]) -> list[_Column]:
    columns = []
    for each in chosen:
        prepare, block = block_of(each.descriptor.metric)
        one = _Column(each, block, prepare)
        rows = [found[column.key] for column in each.columns]
        one.have = np.all([have for have, _ in rows], axis=0)
        one.bytes = rows[0][1].shape[1] * rows[0][1].itemsize
        one.originals = [prepare(_spread(have, X)) for have, X in rows]
        columns.append(one)
    return columns


def _spread(have: Bools, X: NDArray[Any]) -> NDArray[Any]:
    """Rows of all photos, zeros where there is none."""
    if have.all():
        return X
    out = np.zeros((len(have), X.shape[1]), X.dtype)
    out[have] = X
    return out


def _column(chosen: Chosen, distortion: Distortion, seed: int, names: str) -> Column:
    drawn = f"/seed={seed}" if seed else ""
    if hasattr(distortion, "named"):
        drawn += f"/names={names}"
    return Column(
        descriptor_key(chosen.descriptor, "none", distortion, drawn), chosen.descriptor, "none", distortion, seed
    )


def _chunks(distortions: int, columns: Sequence[_Column], photos: int) -> Iterator[list[tuple[int, int]]]:
    """(distortion, descriptor) pairs to describe at a time; a distortion stays together, so that it is made once."""
    several = len(columns)
    together = VECTORS // max(1, photos * sum(each.bytes for each in columns))
    step = max(1, min(COLUMNS // several, together))
    for first in range(0, distortions, step):
        pairs = [(k, d) for k in range(first, min(first + step, distortions)) for d in range(several)]
        yield from (pairs[at : at + COLUMNS] for at in range(0, len(pairs), COLUMNS))


def _distorted(one: _Column, k: int, have: Bools, X: NDArray[Any], pairs: PairPlan) -> None:
    """Fills in what distortion k says; what is not there stays NaN."""
    if not have.any():
        return
    copies = one.prepare(_spread(have, X))
    one.similar[k] = np.where(have & one.have, own(one.block, one.originals, copies), np.nan)
    _fill(one, pairs, k + 1, copies)


def _fill(one: _Column, pairs: PairPlan, stratum: int, copies: Any) -> None:
    if not one.have.any():
        return
    for where, left, right, counted in pairs.blocks(stratum):
        found = least(one.block, [rows[left] for rows in one.originals], copies[right])
        one.negatives[where] = found[counted]


def _joined(
    collector: Collector,
    columns: Sequence[_Column],
    labels: list[str],
    pairs: PairPlan,
    turns: str,
    said: Sequence[str],
) -> tuple[RawDistances, Bools]:
    """The raw distances of the photos that have everything, and which these are, bool (n,); without descriptors and distortions
    that mostly failed.
    """
    used, kept, notes = _usable(columns, labels)
    whole = _whole(columns, used, kept)
    if not used or whole.sum() < _least(whole):
        why = f" The first failure: {collector.failures[0].message}" if collector.failures else ""
        raise DedupeError(f"No descriptor could describe most of the photos and their copies.{why}")
    notes = [*collector.notes, *said, *notes]
    if lost := int((~whole).sum()):
        notes.append(
            f"{lost} {'photo' if lost == 1 else 'photos'} on which something failed {'is' if lost == 1 else 'are'} left out."
        )
    if (total := int(whole.sum())) < LEAST_PHOTOS:
        notes.append(
            f"Only {total} photos are left, and fewer than {LEAST_PHOTOS} say little: take more photos, or leave out what fails."
        )
    left, right = pairs.pairs()
    stratum = np.repeat(np.arange(len(labels) + 1), np.diff(pairs.starts))
    counted = whole[left] & whole[right] & np.isin(stratum, [0, *(k + 1 for k in kept)])
    number = (np.cumsum(whole) - 1).astype(np.int32)
    descriptors = [_distances(columns[d], kept, whole, counted) for d in used]
    every = total * (total - 1) // 2 + len(kept) * total * (total - 1)
    if (seen := int(counted.sum())) < every:
        notes.append(f"Of {every:,} pairs of different photos {seen:,} were drawn at random.")
    raw = RawDistances(
        total,
        tuple(labels[k] for k in kept),
        turns,
        descriptors,
        number[left[counted]],
        number[right[counted]],
        int(counted[: pairs.starts[1]].sum()),
        collector.summary(),
        collector.failures,
        tuple(notes),
    )
    return raw, whole


def _usable(columns: Sequence[_Column], labels: Sequence[str]) -> tuple[list[int], list[int], list[str]]:
    """The descriptors and the distortions, by number, that did not fail on most photos, and notes on the others.

    Where distortions that failed on few photos each leave too few on which none did, the worst of them go too.
    """
    failed = np.stack([np.isnan(each.similar).mean(axis=1) for each in columns])  # (D,K)
    kept = [k for k in range(len(labels)) if (failed[:, k] <= 0.5).any()] or list(range(len(labels)))
    used = [d for d in range(len(columns)) if (failed[d, kept] <= 0.5).all()]
    names = [f"The distortion {labels[k]}" for k in range(len(labels)) if k not in kept]
    names += [f"The descriptor {columns[d].chosen.label}" for d in range(len(columns)) if d not in used]
    notes = [f"{name} failed on most photos and is left out." for name in names]
    while len(kept) > 1 and (whole := _whole(columns, used, kept)).sum() < _least(whole):
        counts = [int(_whole(columns, used, [k]).sum()) for k in kept]
        worst = kept.pop(int(np.argmin(counts)))
        notes.append(f"The distortion {labels[worst]} failed on {len(whole) - min(counts)} photos and is left out.")
    return used, kept, notes


def _whole(columns: Sequence[_Column], used: Sequence[int], kept: Sequence[int]) -> Bools:
    """The photos, bool (n,), of which every descriptor has every copy."""
    missing = [np.isnan(columns[d].similar[list(kept)]).any(axis=0) for d in used]
    return ~np.any(missing, axis=0) if missing else np.zeros(columns[0].similar.shape[1], np.bool_)


def _least(whole: Bools) -> float:
    """How many photos must be left: of those that were given, which are no fewer than LEAST_PHOTOS, half will do."""
    return min(LEAST_PHOTOS, len(whole) / 2)


def _distances(one: _Column, kept: list[int], whole: Bools, counted: Bools) -> Distances:
    metric, label = one.chosen.descriptor.metric, one.chosen.label
    negatives = one.negatives if counted.all() else one.negatives[counted]
    similar = np.ascontiguousarray(one.similar[kept][:, whole])
    return Distances(
        label, one.chosen.columns[0].key, metrics.resolve(metric).name, one.bytes, None, similar, negatives
    )
