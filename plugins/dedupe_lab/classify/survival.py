"""Does a hash-like input make a network robust? And do near-duplicates of training pictures flatter the accuracy?"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe import DedupeError, leak
from dedupe_lab.classify.copies import distorted
from dedupe_lab.classify.data import VECTORS, Floats, Labelled, prepared, read
from dedupe_lab.classify.plan import Diverged, Plan, plan
from dedupe_lab.classify.run import digest, finished, folder_of, run
from dedupe_lab.classify.vectors import vectors

FED = ("original", "hash", "phash", "features")
"""What the networks are fed."""

NONE = "none"
Ints = NDArray[np.int64]
Seen = tuple[NDArray[np.uint8], Ints]
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Network:
    """A trained network and its plan."""

    plan: Plan
    net: Any


@dataclass(frozen=True, slots=True)
class Answer:
    """Which of the test pictures `numbers`, distorted one way, a network gave their class, bool (k,).

    `changed` is the share of these pictures that the distortion changed.
    """

    plan: Plan
    distortion: str
    numbers: Ints
    good: NDArray[np.bool_]
    changed: float


@dataclass(frozen=True, slots=True)
class Survival:
    """`accuracy` has a record for each network and distortion, `duplicates` one for each network."""

    accuracy: list[dict[str, Any]]
    duplicates: list[dict[str, Any]]


def survival(
    data: Path,
    parts: tuple[Labelled, Labelled],
    out: Path,
    *,
    seeds: int,
    steps: int,
    distortions: str,
    so_far: bool = False,
    threads: int | None = None,
    workers: int | None = None,
    cache: str | None = None,
    progress: Progress = lambda *_: None,
    failed: list[Diverged] | None = None,
) -> Survival:
    """Trains what `out` has no result of, and tests every network on the test pictures as they are and distorted.

    With `so_far` it trains nothing and takes what is finished. Trainings that diverge are left out, and why is put into
    `failed`; raised where there is no `failed` or no other training.

    `parts` are the pictures of `data`/train and `data`/test. Raises UsageError and DedupeError as `run`, `dedupe.distort`
    and `dedupe.leak` do.
    """
    train, test = parts
    plans = [plan(kind, steps=steps, seed=seed) for kind in FED for seed in range(seeds)]
    if not so_far:
        run(plans, train, test, out, threads, progress, cache, failed)
    if so_far or failed:
        names = {result["name"] for result in finished(plans, train, test, out)}
        plans = [each for each in plans if each.name in names]
    if not plans:
        raise failed[0] if failed else DedupeError(f"No training in {out} is finished; leave --so-far away to train.")
    networks = list(_networks(plans, test, out, digest(train, test)))
    leaked = _leaked(data, test, cache, progress)
    with distorted(test, distortions, workers, progress) as copies:
        versions = {NONE: dict(enumerate(test.paths)), **copies}
        answers = list(_answers(networks, test, versions, workers, cache, progress))
    alone = [_apart(each, leaked) for each in answers if each.distortion == NONE]
    return Survival([_record(each) for each in answers], alone)


def _networks(plans: Sequence[Plan], test: Labelled, out: Path, data: str) -> Iterator[Network]:
    from dedupe_lab.classify.training import trained

    first = {0: test.paths[0]}
    shapes = {kind: X.shape[1:] for kind, X, _ in fed(first, seen(first))}
    for each in plans:
        yield Network(each, trained(each, len(test.classes), shapes[each.input], folder_of(out, each.name, data)))


def seen(files: dict[int, Path], workers: int | None = None) -> Seen:
    """The files that can be read, which stand for test pictures by number: pictures u8 (k,32,32,3) and those numbers (k,)."""
    found, there, _ = read(list(files.values()), workers)
    return found, np.array(list(files), np.int64)[there]


def fed(
    files: dict[int, Path], pictures: Seen, workers: int | None = None, cache: str | None = "none"
) -> Iterator[tuple[str, Floats, Ints]]:
    """For each of FED what networks are fed of files that stand for test pictures, by number, and those numbers.

    Files that cannot be read are left out; `pictures` are those that `seen` gave of them. Vectors are remembered in `cache`.
    """
    for kind in FED:
        if kind in VECTORS:
            rows, there = vectors(list(files.values()), kind, cache=cache, workers=workers)
            yield kind, rows, np.array(list(files), np.int64)[there]
        else:
            yield kind, prepared(pictures[0], kind), pictures[1]


def _answers(
    networks: Sequence[Network],
    test: Labelled,
    versions: dict[str, dict[int, Path]],
    workers: int | None,
    cache: str | None,
    progress: Progress,
) -> Iterator[Answer]:
    from dedupe_lab.classify.training import right

    for done, (name, files) in enumerate(versions.items()):
        pictures = seen(files, workers)
        changed = _changed(pictures, test)
        # copies are gone after this; what the pictures themselves gave in training is remembered
        for k, (kind, X, numbers) in enumerate(fed(files, pictures, workers, cache if name == NONE else "none")):
            progress("testing", done * len(FED) + k, len(versions) * len(FED))
            for each in networks:
                if each.plan.input == kind:
                    yield Answer(each.plan, name, numbers, right(each.net, X, test.y[numbers]), changed)


def _changed(pictures: Seen, test: Labelled) -> float:
    """The share of the pictures that are not those that they stand for."""
    X, numbers = pictures
    return float((test.X[numbers] != X).any(axis=(1, 2, 3)).mean()) if len(numbers) else 0.0


def _record(one: Answer) -> dict[str, Any]:
    named = {"type": "accuracy", "input": one.plan.input, "seed": one.plan.seed, "distortion": one.distortion}
    return {
        **named,
        "n": len(one.good),
        "right": int(one.good.sum()),
        "accuracy": float(one.good.mean()),
        "changed": one.changed,
    }


def _apart(one: Answer, leaked: NDArray[np.bool_]) -> dict[str, Any]:
    """A network's accuracy on all test pictures, without near-duplicates of training pictures, and on those alone."""
    near = leaked[one.numbers]
    named = {"type": "duplicates", "input": one.plan.input, "seed": one.plan.seed, "leaked": int(near.sum())}
    parts = {"all": one.good, "without": one.good[~near], "only": one.good[near]}
    return {**named, **{name: float(part.mean()) if len(part) else None for name, part in parts.items()}}


def _leaked(data: Path, test: Labelled, cache: str | None, progress: Progress) -> NDArray[np.bool_]:
    """Which test pictures are near-duplicates of a training picture, bool (n,)."""
    found = leak(data / "train", data / "test", cache=cache, progress=progress)
    there = {
        os.path.realpath(os.fsdecode(one.file.path))
        for group in found.groups
        if group.label in test.classes
        for one in group.members
    }
    return np.array([os.path.realpath(path) in there for path in test.paths], np.bool_)
