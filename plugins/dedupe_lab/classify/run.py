"""Plans to results: each in a folder, so that a run that was stopped goes on, and one that is done is not repeated."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from blake3 import blake3
from numpy.typing import NDArray

from dedupe import UsageError, install_hint
from dedupe.kit import text_file
from dedupe_lab.classify.checkpoint import standing
from dedupe_lab.classify.data import VECTORS, Floats, Labelled, as_published, prepared
from dedupe_lab.classify.document import published
from dedupe_lab.classify.plan import Diverged, Plan
from dedupe_lab.classify.vectors import vectors

Result = dict[str, Any]
Fed = tuple[Floats, NDArray[np.int64]]


def run(
    plans: Sequence[Plan],
    train: Labelled,
    test: Labelled,
    out: Path,
    threads: int | None = None,
    progress: Callable[[str, int, int], None] = lambda *_: None,
    cache: str | None = None,
    failed: list[Diverged] | None = None,
) -> list[Result]:
    """Trains what has no result yet, and gives all results, on `threads` threads or as many as there are processors.

    A training that diverges has no result: why is put into `failed`, and the others go on; raised where there is no `failed`.
    `cache` is where vectors are remembered. Raises UsageError without PyTorch, for less than 1 thread, and before
    anything is trained where `out` has a longer training by the name of one of the plans.
    """
    if threads is not None and threads < 1:
        raise UsageError(f"--threads {threads}: at least 1 is needed; leave it away for all processors.")
    try:
        import torch
    except ImportError:
        raise UsageError(f"Training needs PyTorch: {install_hint('train')}.") from None
    torch.set_num_threads(threads or _processors())
    data, sides = digest(train, test), _Sides(train, test, cache)
    for plan in plans:
        _check_length(plan, len(train.y), out, data)
    results = []
    for plan in plans:
        try:
            results.append(_there(plan, len(train.y), out, data) or _trained(plan, sides, out, data, progress))
        except Diverged as error:
            if failed is None:
                raise
            failed.append(error)
    return results


def finished(plans: Sequence[Plan], train: Labelled, test: Labelled, out: Path) -> list[Result]:
    """The results that are there; nothing is trained."""
    data = digest(train, test)
    return [result for plan in plans if (result := _there(plan, len(train.y), out, data))]


def digest(train: Labelled, test: Labelled) -> str:
    """What the pictures of both parts and their classes come to."""
    return blake3(train.X.tobytes() + train.y.tobytes() + test.X.tobytes() + test.y.tobytes()).hexdigest(8)


def folder_of(out: Path, name: str, data: str) -> Path:
    """Where a training on data of that digest keeps its checkpoint and metrics."""
    return out / name / data


def _read(path: Path) -> Result | None:
    try:
        result = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return result if isinstance(result, dict) else None


def _results(name: str, out: Path, data: str) -> list[Result]:
    """The results by that name on those data: beside the folder of the data, or in it where other data were there first."""
    read = (_read(folder / "result.json") for folder in (out / name, folder_of(out, name, data)))
    return [result for result in read if result and result.get("data") == data]


def _known(plan: Plan, out: Path, data: str) -> Result | None:
    found = (result for result in _results(plan.name, out, data) if result.get("plan") == plan.facts())
    return next(({**result, "published": published(plan)} for result in found), None)


def _check_length(plan: Plan, pictures: int, out: Path, data: str) -> None:
    """Raises UsageError for a plan that would replace a longer training by the same name."""
    from dedupe_lab.classify.training import further_on

    folder, last = folder_of(out, plan.name, data), plan.last_step(pictures)
    steps = [result["steps"] for result in _results(plan.name, out, data) if isinstance(result.get("steps"), int)]
    there = max([standing(folder), *steps])
    if there > last and not _known(plan, out, data):
        raise further_on(plan, folder, there, last)


def _there(plan: Plan, pictures: int, out: Path, data: str) -> Result | None:
    """The result of a plan, or of the same training by its plainest name: it would only be repeated."""
    plain = plan.plain(pictures)
    known = _known(plan, out, data)
    if known or plain == plan or not (known := _known(plain, out, data)):
        return known
    mine = {"name": plan.name, "plan": plan.facts(), "published": published(plan), "same_as": plain.name}
    return _kept({**known, **mine}, out)


def _kept(result: Result, out: Path) -> Result:
    folder = out / str(result["name"])
    if (_read(folder / "result.json") or result).get("data") != result["data"]:  # that of other pictures stays
        folder = folder_of(out, str(result["name"]), str(result["data"]))
    folder.mkdir(parents=True, exist_ok=True)
    with text_file(folder / "result.json") as stream:
        json.dump(result, stream, indent=1)
    return result


def _trained(plan: Plan, sides: _Sides, out: Path, data: str, progress: Callable[[str, int, int], None]) -> Result:
    from dedupe_lab.classify.training import Training, scored

    inputs, labels = sides.fed(plan, "train")
    training = Training(plan, (inputs, labels), len(sides.train.classes), folder_of(out, plan.name, data))
    loss = training.run(lambda done, total: progress(plan.name, done, total))
    accuracy, entropy = scored(training.net, *sides.fed(plan, "test"))
    result = {
        "type": "training",
        "name": plan.name,
        "plan": plan.facts(),
        "data": data,
        "steps": training.step,
        "train_accuracy": scored(training.net, inputs, labels)[0],
        "steps_to_90": training.reached,
        "loss": loss,
        "cross_entropy": entropy,
        "test_accuracy": accuracy,
        "on_distorted": _on_distorted(plan, training.net, sides.test),
        "seconds": round(training.seconds, 1),
        "published": published(plan),
    }
    return _kept(result, out)


@dataclass(frozen=True, slots=True)
class _Sides:
    """The pictures of both parts; their vectors are made once."""

    train: Labelled
    test: Labelled
    cache: str | None
    _known: dict[tuple[str, str], Fed] = field(default_factory=dict)

    def fed(self, plan: Plan, name: str) -> Fed:
        """What the network of a plan is fed of the part "train" or "test", and the classes."""
        part = self.train if name == "train" else self.test
        if plan.input not in VECTORS:
            return (as_published(part.X, plan.input, name) if plan.published else prepared(part.X, plan.input)), part.y
        if (plan.input, name) not in self._known:
            rows, there = vectors(part.paths, plan.input, cache=self.cache)
            self._known[plan.input, name] = rows, part.y[there]
        return self._known[plan.input, name]


def _on_distorted(plan: Plan, net: Any, test: Labelled) -> float | None:
    """The accuracy of a network for pictures as they are on distorted ones."""
    from dedupe_lab.classify.training import scored

    if plan.input != "original":
        return None
    X = as_published(test.X, "distorted", "test") if plan.published else prepared(test.X, "distorted")
    return scored(net, X, test.y)[0]


def _processors() -> int:
    """How many there are for this process."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
