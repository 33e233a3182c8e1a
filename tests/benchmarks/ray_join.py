"""Measures a search in parts on a Ray of this machine beside the search without it, in turns; not a test.

    python tests/benchmarks/ray_join.py [--rows 1000000] [--rounds 3] [--workers 2]

Random hashes, a tenth of which are copies of others with some bits turned. Ray's workers run with the priority of this process,
since by Ray's own they give way to all others. Kernels are loaded before; the start of Ray is told by itself.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from contextlib import nullcontext

import numpy as np

from dedupe.engines import Criterion, LocalMachines, Run, ToCompare, ToGroup, started
from dedupe.model import CONTENT_FIELDS, Matrix

ASKED = ((64, 4), (256, 31))


def work(n: int, bits: int, t: int) -> ToCompare:
    rng = np.random.default_rng(0)
    X = rng.integers(0, 256, (n, bits // 8), dtype=np.uint8)
    copies = n // 10
    X[:copies] = X[rng.integers(copies, n, copies)]
    for _ in range(t // 2):
        bit = rng.integers(0, bits, copies)
        X[np.arange(copies), bit // 8] ^= (1 << (bit % 8)).astype(np.uint8)
    contents = np.zeros(n, CONTENT_FIELDS)
    contents["quality"] = 0.5
    each = Criterion("hash", "hamming", float(t), ("none",), (Matrix(np.arange(n), X),))
    return ToCompare(contents, [each], np.ones(n, bool), np.zeros(n, bool), "auto", None, lambda _: nullcontext())


def main() -> None:
    from dedupe_ray.engine import Ray

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    os.environ["RAY_worker_niceness"] = "0"  # noqa: SIM112 -- its name
    start = time.perf_counter()
    with started(Ray(), Run(workers=asked.workers)) as ray:
        print(f"Ray started in {time.perf_counter() - start:.1f} s")
        for bits, t in ASKED:
            ray.near(work(20_000, bits, t)), LocalMachines().near(work(20_000, bits, t))
            compared, seconds = work(asked.rows, bits, t), {"local": list[float](), "ray": list[float]()}
            for _ in range(asked.rounds):
                groups = []
                for name, machines in (("local", LocalMachines()), ("ray", ray)):
                    start = time.perf_counter()
                    near = machines.near(compared)
                    order = np.flatnonzero(near.near_another())
                    groups.append(near.groups(ToGroup(order, compared.fixed, np.zeros((0, 2), np.int64))))
                    seconds[name].append(time.perf_counter() - start)
                assert all(
                    np.array_equal(getattr(groups[0], name), getattr(groups[1], name)) for name in ("left", "right")
                )
            here, there = (statistics.median(seconds[name]) for name in ("local", "ray"))
            print(
                f"{asked.rows:,} x {bits} bits within {t}: local {here:.2f} s, Ray {there:.2f} s, {there / here:.1f} x"
            )


if __name__ == "__main__":
    main()
