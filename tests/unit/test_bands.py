"""The cost model of the multi-index: its estimate is the work that can be counted, and the bands it takes are known."""

from __future__ import annotations

from itertools import groupby

import numpy as np
import pytest

from dedupe.search import bands


def drawn(words: int, left: int, right: int | None = None, rare: int = 0) -> bands.Sample:
    """What might be drawn from so many rows of chance bits, or two sets of them; `rare` bits differ in an eighth of the pairs."""
    rng = np.random.default_rng(20)
    differ = rng.integers(0, 1 << 64, (4096, words), np.uint64)
    share = np.full(64 * words, 0.5)
    share[:rare] = 0.125
    for bit in range(rare):
        eighth = rng.integers(0, 1 << 64, (2, 4096), np.uint64)
        differ[:, bit // 64] &= ~(np.uint64(1) << np.uint64(bit % 64)) | eighth[0] & eighth[1]
    pairs = left * (left - 1) / 2 if right is None else left * right
    return bands.Sample(differ, share, np.zeros((64 * words,) * 2, np.float32), left, right or left, float(pairs))


def runs(plan: bands.BandPlan) -> str:
    """Width, radius and number of a plan's bands, as "11:1 x5"."""
    shapes = groupby((len(band.bits), band.radius) for band in plan.bands)
    return ", ".join(f"{width}:{radius} x{len(list(some))}" for (width, radius), some in shapes)


PLANS = [
    (drawn(1, 4_525), 10, "0:10 x1", [0], 3070665.0),
    (drawn(1, 4_526), 10, "10:1 x5, 14:0 x1", [0], 3071646.5081227235),
    (drawn(4, 11_706), 60, "0:60 x1", [0, 1, 2, 3], 75360301.5),
    (drawn(4, 11_707), 60, "12:2 x17, 10:1 x3, 11:1 x2", [0, 1, 2, 3], 75368690.97464313),
    (drawn(1, 20_000), 10, "11:1 x5, 9:0 x1", [0], 14232285.692623818),
    (drawn(1, 30_000), 10, "12:2 x1, 13:1 x4", [0], 22434920.819976915),
    (drawn(1, 100_000), 10, "14:2 x1, 12:1 x2, 13:1 x2", [0], 86855920.85954627),
    (drawn(1, 1_000_000), 3, "22:1 x2", [0], 446110513.5962674),
    (drawn(1, 1_000_000), 10, "17:2 x3, 13:1 x1", [0], 1950604228.4717364),
    (drawn(1, 10_000_000), 7, "21:2 x2, 22:1 x1", [0], 14439457929.969486),
    (drawn(2, 300_000), 12, "17:1 x6, 22:0 x1", [1], 294942667.053889),
    (drawn(3, 300_000), 20, "17:1 x10, 22:0 x1", [0, 2], 480155739.27895236),
    (drawn(3, 200_000), 45, "16:3 x7, 13:2 x4, 14:2 x2", [0, 1, 2], 6101508381.872385),
    (drawn(4, 100_000), 31, "15:1 x15, 15:0 x1, 16:0 x1", [0, 3], 226999804.79513025),
    (drawn(4, 100_000), 85, "0:85 x1", [0, 1, 2, 3], 5499945000.0),
    (drawn(4, 1_000_000), 31, "18:2 x4, 18:1 x6, 19:1 x4", [0, 3], 3260863513.56307),
    (drawn(4, 1_000_000), 75, "17:4 x12, 13:3 x4", [0, 1, 2, 3], 285865725676.0243),
    (drawn(9, 100_000), 150, "15:3 x34, 13:2 x4, 14:2 x1", [1, 3, 4, 6, 7, 8], 14957161899.239958),
    (drawn(1, 1_000, 2_000_000), 5, "22:2 x2", [0], 175055961.65651265),
    (drawn(1, 2_000_000, 1_000), 5, "14:1 x2, 18:0 x2", [0], 522461920.7032397),
    (drawn(1, 500_000, rare=32), 5, "21:1 x2, 22:1 x1", [0], 897378986.6206915),
    (drawn(4, 500_000, rare=100), 20, "22:1 x10, 22:0 x1", [2, 3], 1500690297.0623798),
]  # fmt: skip


@pytest.mark.parametrize(("sample", "t", "shapes", "words", "cost"), PLANS)
def test_the_bands_for_so_many_rows_are_known(
    sample: bands.Sample, t: int, shapes: str, words: list[int], cost: float
) -> None:
    plan = bands.plan(sample, t)
    assert (runs(plan), plan.words.tolist()) == (shapes, words)
    assert plan.cost == pytest.approx(cost, rel=1e-9)
    used = np.concatenate([band.bits for band in plan.bands])
    assert len(used) == len(np.unique(used)) and all((np.diff(band.bits) > 0).all() for band in plan.bands)


def counted(values: np.ndarray, others: np.ndarray, band: bands.Band) -> tuple[int, float, int, int]:
    """A band's groups of rows, buckets visited for them, columns gathered and pairs compared; of one set, each pair once."""
    left, sizes = np.unique(values, return_counts=True)
    right, theirs = np.unique(others, return_counts=True)
    near = np.bitwise_count(left[:, None] ^ right) <= band.radius
    if values is not others:
        return (
            len(left),
            len(left) * ball(band),
            int((near * theirs).sum()),
            int((sizes[:, None] * near * theirs).sum()),
        )
    later = near & (left[:, None] < right)
    own = int((sizes * (sizes - 1) // 2).sum())
    gathered = int((later * theirs).sum()) + int((sizes - 1).sum())
    return len(left), len(left) * ball(band) / 2, gathered, own + int((sizes[:, None] * later * theirs).sum())


def ball(band: bands.Band) -> int:
    return int((np.bitwise_count(np.arange(1 << len(band.bits))) <= band.radius).sum())


@pytest.mark.parametrize(
    ("left", "right", "bits", "t"), [(4000, None, 64, 8), (6000, None, 30, 4), (3000, 5000, 64, 8)]
)
def test_the_estimate_is_the_work_that_can_be_counted(left: int, right: int | None, bits: int, t: int) -> None:
    rng = np.random.default_rng(left)
    X = rng.integers(0, 1 << bits, (left, 1), np.uint64)
    Y = None if right is None else rng.integers(0, 1 << bits, (right, 1), np.uint64)
    plan = bands.plan(bands.draw(X, Y), t, force=True)
    assert len(plan.bands) > 1
    work = 0.0
    for band in plan.bands:
        mask = bands.mask_of(band, 1)
        values, others = (np.asarray(rows[:, 0] & mask) for rows in (X, X if Y is None else Y))
        groups, visits, gathered, pairs = counted(values, values if Y is None else others, band)
        assert groups <= left
        sorting = (left + (right or left)) * (bands.SORT + bands.BIT * len(band.bits)) + left * bands.ROW
        work += sorting + visits * bands.VISIT + gathered * bands.COPY + pairs * bands.PAIR[1]
    assert plan.cost == pytest.approx(work, rel=0.1)


def test_bits_that_go_together_come_into_bands_apart() -> None:
    rng = np.random.default_rng(3)
    half = rng.integers(0, 1 << 32, 50_000, np.uint64)
    X = (half | half << np.uint64(32))[:, None]
    plan = bands.plan(bands.draw(X, None), 3, force=True)
    assert len(plan.bands) > 1
    assert all(len(np.unique(band.bits % 32)) == len(band.bits) for band in plan.bands)
