"""Measures scans with a descriptor of the network beside what bounds them, and beside peers that use networks too.

    python tests/benchmarks/network.py DIR [--descriptor pca256] [--peers PEERS] [--rounds 3] [--dedupe COMMAND]

The bound is the network's pass, by onnxruntime on one thread, and Pillow's decoding to RGB reduced to the working size: each
measured alone, in processor seconds a picture. A scan's seconds a picture are those of DIR less those of 100 of its pictures,
so that the start does not count, which is that of as many workers in both; the pictures a second are given with the start
and without it. Commands take turns; medians are printed. Peers: `immaculate` (sscd_distilled, in its own environment with
the extra [sscd]) and `fastdup`; one that is not there is skipped with a word.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from bound import decode
from rich.table import Table
from scan import Command, console, peer, processor, scan, share, take_turns, versions

PEERS = ("immaculate-sscd", "fastdup")
PASSES = 200
FEW = 100
"""Pictures of the smaller scan: enough for all workers to start, which fewer than 64 are not."""


def seconds_each(work: Callable[[int], object], count: int) -> float:
    """Processor seconds of this process for one call."""
    work(0)
    start = time.process_time()
    for number in range(count):
        work(number)
    return (time.process_time() - start) / count


def session_alone() -> float:
    from dedupe_cnn.artefacts import BACKBONE
    from dedupe_cnn.session import session

    images = np.random.default_rng(0).integers(0, 256, (PASSES, 1, 224, 224, 3), np.uint8)
    network = session(BACKBONE)
    return seconds_each(lambda i: network.run(("gem",), {"images": images[i]}), PASSES)


def decoding_alone(paths: list[Path]) -> float:
    return seconds_each(lambda i: decode("RGB", paths[i]), len(paths))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--descriptor", default="pca256")
    parser.add_argument("--peers", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--dedupe", default=f"{sys.executable} -m dedupe")
    given = parser.parse_args()
    paths = sorted(path for path in given.folder.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg"))
    if len(paths) <= FEW:
        parser.error(f"{given.folder} holds {len(paths)} JPEGs; more than {FEW} are needed, 1,000 are good")
    options = ("-d", given.descriptor, "--cache", "none")
    with tempfile.TemporaryDirectory() as name:
        for number, path in enumerate(paths[:FEW]):
            shutil.copy(path, f"{name}/{number}.jpg")
        few = scan(shlex.split(given.dedupe), Path(name), *options)
        all_ = scan(shlex.split(given.dedupe), given.folder, *options)
        others = {each: peer(given.peers, each, given.folder) for each in PEERS}
        commands = [few, all_, *(each for each in others.values() if isinstance(each, Command))]
        alone: list[tuple[float, float]] = []
        take_turns(commands, 0)
        for _ in range(given.rounds):
            for command in commands:
                command.run()  # the bound takes its turn after each, for the processor's speed changes
                alone.append((session_alone(), decoding_alone(paths[:PASSES])))
    network, pillow = (statistics.median(each) for each in zip(*alone, strict=True))
    used = (statistics.median(all_.processor) - statistics.median(few.processor)) / (len(paths) - FEW)
    cores, bound = os.cpu_count() or 1, network + pillow
    rate = len(paths) / all_.median
    console.print(f"{processor()}, {cores} cores; {versions(given.peers)}; {len(paths):,} pictures, {given.descriptor}")
    table = Table("processor ms a picture", "", "of the bound")
    table.add_row("the network's pass alone", f"{network * 1e3:.2f}", "")
    table.add_row("Pillow's decoding to RGB alone", f"{pillow * 1e3:.2f}", "")
    table.add_row("dedupe scan", f"{used * 1e3:.2f}", share(used, bound))
    console.print(table)
    table = Table("command", "seconds", "pictures a second", "dedupe takes")
    table.add_row("bound: cores / (pass + decoding)", f"{len(paths) * bound / cores:.2f}", f"{cores / bound:.0f}", "")
    table.add_row("dedupe scan, all of it", f"{all_.median:.2f}", f"{rate:.0f}", "")
    more = all_.median - few.median
    table.add_row(f"dedupe scan, what more than {FEW} took", f"{more:.2f}", f"{(len(paths) - FEW) / more:.0f}", "")
    for each, command in others.items():
        if isinstance(command, str):
            table.add_row(each, "", "", command)
        else:
            row = f"{command.median:.2f}", f"{len(paths) / command.median:.0f}", share(all_.median, command.median)
            table.add_row(each, *row)
    console.print(table)


if __name__ == "__main__":
    main()
