"""What a scan of 1,000,000,000 pictures on Ray takes: arithmetic on measured rates, in the tables of the README of dedupe_ray.

    python examples/scripts/ray_plan.py [--measure PICTURES]

`--measure` measures the rates on this machine, with a folder of pictures and copies of them, and writes
plugins/dedupe_ray/rates.json. The join is simulated by sampling: two shards of the size that they have at 1,000,000,000
random hashes, at each distance at which shards meet, some rows of the one against all of the other, by the search's own kernels.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from math import comb
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from dedupe.engines.parts.bands import SHARD, BandJoin
from dedupe.engines.parts.rows import Rows
from dedupe.search import bands

ROOT = Path(__file__).resolve().parents[2]
RATES = ROOT / "plugins" / "dedupe_ray" / "rates.json"

PICTURES = 10**9
JOINS = ((64, 4), (64, 10), (256, 31), (256, 62))
"""Bits and radius; the last is where pdq proposes among so many."""

DRAWN = 1 << 16
LEFT = 1 << 11
"""Rows of a shard that the simulation compares with all of another one."""

NUMBER = 8
"""Bytes of the number that goes along with a hash."""


def plan_of(bits: int, t: int, n: int = PICTURES) -> BandJoin:
    """The bands that a search in parts takes for n random hashes."""
    X = np.random.default_rng(0).integers(0, 2**64, (DRAWN, bits // 64), dtype=np.uint64)
    sample = replace(bands.draw(X, None), left=n, right=n, pairs=n * (n - 1) / 2)
    plan = bands.plan(sample, t)
    return BandJoin(t, plan, min(min(len(band.bits) for band in plan.bands), (n // SHARD).bit_length()))


def meetings(join: BandJoin, number: int) -> Iterator[tuple[int, float, float]]:
    """How shards meet in a round: the bits they differ in, how often, and the share of their pairs that are candidates."""
    band = join.plan.bands[number]
    rest = len(band.bits) - join.bits
    for apart in range(min(band.radius, join.bits) + 1):
        ball = sum(comb(rest, k) for k in range(band.radius - apart + 1))
        yield apart, join.shards * comb(join.bits, apart) / 2, ball / 2**rest


def candidates(join: BandJoin, n: int = PICTURES) -> float:
    """Pairs that are compared: those that agree in a band."""
    size = n / join.shards
    return sum(often * size * size * share for k in range(join.rounds) for _, often, share in meetings(join, k))


def dealt(join: BandJoin, bits: int, n: int = PICTURES) -> float:
    """Bytes that are dealt into shards."""
    return join.rounds * n * (bits / 8 + NUMBER)


def read(join: BandJoin, bits: int, n: int = PICTURES) -> float:
    """Bytes that calls read, for the most part from other nodes: in each meeting a shard, beside one that may be there."""
    return sum(
        often * n / join.shards * (bits / 8 + NUMBER) for k in range(join.rounds) for _, often, _ in meetings(join, k)
    )


def unrelated(bits: int, t: int, n: int = PICTURES) -> float:
    """Pairs of n random hashes within t."""
    return n * (n - 1) / 2 * sum(comb(bits, k) for k in range(t + 1)) / 2**bits


def simulated(bits: int, t: int, n: int = PICTURES) -> float:
    """Processor seconds of the whole join, from samples of its meetings."""
    join, rng, total = plan_of(bits, t, n), np.random.default_rng(1), 0.0
    size = n // join.shards
    shapes = {(len(band.bits), band.radius): k for k, band in enumerate(join.plan.bands)}
    for shape, number in shapes.items():
        rounds = sum((len(band.bits), band.radius) == shape for band in join.plan.bands)
        right = rng.integers(0, 2**64, (size, bits // 64), dtype=np.uint64)
        for apart, often, _ in meetings(join, number):
            left = Rows(np.arange(LEFT), rng.integers(0, 2**64, (LEFT, bits // 64), dtype=np.uint64))
            start = time.process_time()
            join.met(number, (0, 2**apart - 1), left, Rows(np.arange(size), right))
            sampled = time.process_time() - start
            start = time.process_time()
            join.met(number, (0, 2**apart - 1), left.of(np.arange(1)), Rows(np.arange(size), right))
            once = time.process_time() - start  # what does not grow with the left rows: sorting the right ones
            total += rounds * often * (once + max(0.0, sampled - once) * size / LEFT)
    return total


def measured(folder: Path) -> dict[str, Any]:
    """The rates of this machine: processor seconds and bytes."""
    import dedupe

    with tempfile.TemporaryDirectory() as cache:
        used = processor()
        found = dedupe.describe([folder], descriptor="pdq", cache="none")
        described = (processor() - used) / len(found.descriptions)
        dedupe.describe([folder], descriptor="pdq", cache=Path(cache) / "cache")
        used = processor()
        scan = dedupe.scan([folder], descriptor="pdq", cache=Path(cache) / "cache")
        judged = (processor() - used) / max(1, sum(scan.summary.kinds.values()))
    joins = {f"{bits}/{t}": simulated(bits, t) / 3600 for bits, t in JOINS}
    size, driver = _searching()
    rates = {
        "describe_s": described,
        "judge_s": judged,
        "join_core_hours": joins,
        "own_describing_s": _describing(),
        "own_searching_s": driver,
        "own_bytes": size,
    }
    return {"measured_on": f"2 cores of {_processor()}", "rates": json.loads(json.dumps(rates), parse_float=_short)}


def processor() -> float:
    """Processor seconds of this process and of its children that have ended."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def _describing() -> float:
    """Seconds a picture of the scan's own process while others describe: it walks, hands out, and saves."""
    import dedupe

    with tempfile.TemporaryDirectory() as folder:
        for number, levels in enumerate(np.random.default_rng(0).integers(0, 256, (3000, 16, 16), np.uint8)):
            Image.fromarray(levels).save(Path(folder, f"{number:04}.png"))
        used = [time.process_time()]
        for cache in "ab":  # the first one loads what is loaded once
            dedupe.describe([Path(folder)], descriptor="pdq", cache=Path(folder) / cache)
            used.append(time.process_time())
    return (used[2] - used[1]) / 3000


def _searching() -> tuple[float, float]:
    """Bytes and seconds a content that the scan's own process takes for a search in parts, by one of 1,000,000 hashes."""
    from contextlib import nullcontext

    from dedupe.engines import Criterion, ToCompare
    from dedupe.model import CONTENT_FIELDS, Matrix
    from dedupe.near import to_search

    n = 10**6
    contents = np.zeros(n, CONTENT_FIELDS)
    X = np.random.default_rng(0).integers(0, 256, (n, 32), dtype=np.uint8)
    each = Criterion("pdq", "hamming", 31.0, ("none",), (Matrix(np.arange(n), X),))
    work = ToCompare(contents, [each], np.ones(n, bool), np.zeros(n, bool), "auto", None, lambda _: nullcontext())
    Path("/proc/self/clear_refs").write_text("5")
    before = _peak()
    used = time.process_time()
    to_search(each, work.used, work.fixed)
    seconds = time.process_time() - used
    return (_peak() - before + contents.nbytes + X.nbytes) / n, seconds / n


def _peak() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))


def _short(number: str) -> float:
    return float(f"{float(number):.2g}")


def tables(known: dict[str, Any]) -> str:
    """The two tables of the README, in Markdown."""
    rates, cluster, asked = known["rates"], known["cluster"], known["assumed"]
    heads = (
        "hash, within",
        "bands",
        "candidates",
        "dealt out",
        "calls",
        "read by them",
        "processor hours",
        "pairs of strangers",
    )
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for bits, t in JOINS:
        join = plan_of(bits, t)
        calls = sum(often for k in range(join.rounds) for _, often, _ in meetings(join, k))
        hours = rates["join_core_hours"][f"{bits}/{t}"]
        lines.append(
            f"| {bits} bits, {t} | {join.rounds} | {_power(candidates(join))} | {dealt(join, bits) / 1e12:.2g} TB | "
            f"{calls:,.0f} | {read(join, bits) / 1e12:.2g} TB | {hours:,.0f} | {_power(unrelated(bits, t))} |"
        )
    processors = cluster["nodes"] * cluster["processors"]
    stages = {
        "describe": PICTURES * rates["describe_s"] / 3600,
        "join, 256 bits within 62": rates["join_core_hours"]["256/62"],
        "judge": PICTURES * asked["judged_pairs_a_picture"] * rates["judge_s"] / 3600,
    }
    price = cluster["nodes"] * cluster["dollars_an_hour"]
    lines += ["", "| | processor hours | hours | dollars |", "|---|---|---|---|"]
    for name, hours in stages.items():
        lines.append(f"| {name} | {hours:,.0f} | {hours / processors:,.1f} | {hours / processors * price:,.0f} |")
    gets = PICTURES * (1 + 2 * asked["judged_pairs_a_picture"]) / 1000 * asked["dollars_a_thousand_reads"]
    lines.append(f"| reading from an object store | | | {gets:,.0f} |")
    own = [PICTURES * rates[name] / 3600 for name in ("own_describing_s", "own_searching_s")]
    waited = max(0.0, own[0] - stages["describe"] / processors) + own[1]
    lines.append(f"| waiting for the scan's own process | | {waited:,.1f} | {waited * price:,.0f} |")
    total = sum(stages.values()) / processors + waited
    lines.append(f"| **in all** | | **{total:,.1f}** | **{total * price + gets:,.0f}** |")
    return "\n".join(lines)


def _power(value: float) -> str:
    if value < 1:
        return "none"
    digits = f"{value:.0e}".partition("e")
    return f"{value:,.0f}" if value < 10**6 else f"{digits[0]}e{int(digits[2])}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--measure", metavar="PICTURES", type=Path)
    asked = parser.parse_args()
    known = json.loads(RATES.read_text()) if RATES.exists() else {}
    if asked.measure:
        os.environ["DEDUPE_QUIET"] = "1"
        known |= measured(asked.measure)
        RATES.write_text(json.dumps(known, indent=2) + "\n")
    print(tables(known))


if __name__ == "__main__":
    main()
