"""Trains one plan, writes what it measures as it goes, and goes on where it was stopped."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from dedupe import DedupeError
from dedupe_lab.classify.network import dense, network, objective, optimiser
from dedupe_lab.classify.plan import Plan
from dedupe_lab.output import replace

EVERY = 100
"""Steps between two lines of metrics,"""

SAVED = 500
"""and between two checkpoints."""

GOAL = 0.9
"""The training accuracy whose first reaching is reported: the mean over the batches of 100 steps."""

Arrays = tuple[NDArray[np.float32], NDArray[np.int64]]


class Training:
    """One plan on its way in a folder of its own: metrics.jsonl, checkpoint.pt, and result.json at the end."""

    def __init__(self, plan: Plan, train: Arrays, classes: int, folder: Path) -> None:
        self.plan, self.folder, self.step, self.seconds = plan, folder, 0, 0.0
        self.reached: int | None = None
        self._X, self._y = _laid_out(torch.from_numpy(train[0])), torch.from_numpy(train[1])
        torch.manual_seed(plan.seed)
        self.net = made(plan, classes, train[0].shape[1:])
        self._optimiser = optimiser(plan, self.net)
        self.last = plan.last_step(len(self._X))
        self._recent: list[tuple[float, float]] = []
        folder.mkdir(parents=True, exist_ok=True)
        self._board = _board(folder)
        self._resume()

    def run(self, progress: Callable[[int, int], None] = lambda *_: None) -> float:
        """Trains to the last step; the loss of the last batch. Saved when stopped; raises DedupeError for a NaN loss.

        `seconds` are the processor's: those on the wall would count what else the machine did, and every pause.
        """
        started, loss = time.process_time() - self.seconds, math.nan
        self.net.train()
        try:
            while self.step < self.last:
                loss = self._one_step()
                self.seconds = time.process_time() - started
                if self.step % EVERY == 0 or self.step == self.last:
                    self._measured()
                if self.step % SAVED == 0 or self.step == self.last:
                    self.save()
                progress(self.step, self.last)
        except KeyboardInterrupt:
            self.save()
            raise
        return self._recent_loss if math.isnan(loss) else loss

    def _one_step(self) -> float:
        rows = self._rows(self.step)
        logits = self.net(self._X[rows])
        loss = objective(self.plan, logits, self._y[rows])
        value = float(loss.detach())
        if not math.isfinite(value):
            raise DedupeError(
                f"The loss of {self.plan.name} is {value} at step {self.step}: the training has diverged. What was saved "
                f"before is in {self.folder}; try a smaller rate or another seed."
            )
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self._optimiser.step()
        self.step += 1
        self._recent_loss = value
        right = float((logits.detach().argmax(1) == self._y[rows]).float().mean())
        self._recent.append((value, right))
        return value

    def _rows(self, step: int) -> Any:
        """The pictures of a step: passes in an order that depends on the seed and the pass alone, so that resuming repeats it."""
        epoch, at = divmod(step, self.plan.per_pass(len(self._X)))
        order = np.random.default_rng([self.plan.seed, epoch]).permutation(len(self._X))
        return torch.from_numpy(order[at * self.plan.batch : (at + 1) * self.plan.batch])

    def _measured(self) -> None:
        """A line of metrics: the means over the steps since the last one."""
        loss, accuracy = np.mean(self._recent, axis=0).tolist()
        self._recent = []
        if self.reached is None and accuracy >= GOAL:
            self.reached = self.step
        line = {"step": self.step, "loss": loss, "accuracy": accuracy, "seconds": round(self.seconds, 3)}
        with (self.folder / "metrics.jsonl").open("a") as stream:
            stream.write(json.dumps(line) + "\n")
        if self._board is not None:
            for name, value in (("loss", loss), ("accuracy", accuracy)):
                self._board.add_scalar(name, value, self.step)
            self._board.flush()

    def save(self) -> None:
        """Writes the checkpoint as a whole."""
        import io

        stream = io.BytesIO()
        state = {
            "plan": self.plan.facts(),
            "step": self.step,
            "seconds": self.seconds,
            "reached": self.reached,
            "recent": self._recent,
            "loss": self._recent_loss,
            "net": self.net.state_dict(),
            "optimiser": self._optimiser.state_dict(),
        }
        torch.save(state, stream)
        replace(self.folder / "checkpoint.pt", stream.getvalue())

    _recent_loss = math.nan

    def _resume(self) -> None:
        """Takes up the folder's checkpoint if it is of the same plan (but for its length); begins anew otherwise."""
        path = self.folder / "checkpoint.pt"
        state = _loaded(path) if path.is_file() else None
        mine = {**self.plan.facts(), "steps": 0, "epochs": 0}
        if state is None or {**state["plan"], "steps": 0, "epochs": 0} != mine or state["step"] > self.last:
            (self.folder / "metrics.jsonl").unlink(missing_ok=True)
            return
        self.net.load_state_dict(state["net"])
        self._optimiser.load_state_dict(state["optimiser"])
        self.step, self.seconds, self.reached = state["step"], state["seconds"], state["reached"]
        self._recent, self._recent_loss = [tuple(each) for each in state["recent"]], state["loss"]
        _cut(self.folder / "metrics.jsonl", self.step)


def _laid_out(X: Any) -> Any:
    """Pictures channels last, which the convolutions are faster on."""
    return X.contiguous(memory_format=torch.channels_last) if X.ndim == 4 else X


def made(plan: Plan, classes: int, shape: tuple[int, ...]) -> Any:
    """The network of a plan at its start, for inputs of that shape: pictures (3,32,32) or rows (d,)."""
    if len(shape) == 1:
        return dense(shape[0], classes)
    return network(plan, classes).to(memory_format=torch.channels_last)


def trained(plan: Plan, classes: int, shape: tuple[int, ...], folder: Path) -> Any:
    """The network of a plan as its training left it in a folder; raises DedupeError where that has no checkpoint."""
    state = _loaded(folder / "checkpoint.pt")
    if state is None or state["plan"] != plan.facts():
        raise DedupeError(f"{folder} has no checkpoint of {plan.name}; remove its result.json and train it again.")
    net = made(plan, classes, shape)
    net.load_state_dict(state["net"])
    return net


def _board(folder: Path) -> Any:
    """What writes event files for TensorBoard, None where it is not installed."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    return SummaryWriter(str(folder / "events"))


def _loaded(path: Path) -> dict[str, Any] | None:
    try:
        state: dict[str, Any] = torch.load(path, weights_only=True)
        return (
            state
            if {"plan", "step", "seconds", "reached", "recent", "loss", "net", "optimiser"} <= set(state)
            else None
        )
    except Exception:  # a damaged checkpoint costs a training, nothing else
        return None


def _cut(path: Path, step: int) -> None:
    """Drops the lines of metrics beyond a step, which the checkpoint does not know of."""
    if path.is_file():
        kept = [line for line in path.read_text().splitlines() if json.loads(line)["step"] <= step]
        replace(path, "".join(f"{line}\n" for line in kept).encode())


def logits(net: Any, X: NDArray[np.float32]) -> Any:
    """What the network says of inputs (n,...), a tensor (n,classes), the network in its state for use."""
    net.eval()
    with torch.inference_mode():
        said = torch.cat([net(torch.from_numpy(X[at : at + 500])) for at in range(0, len(X), 500)])
    net.train()
    return said


def right(net: Any, X: NDArray[np.float32], y: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which inputs the network gives their class, bool (n,)."""
    found: NDArray[np.bool_] = logits(net, X).argmax(1).numpy() == y
    return found


def scored(net: Any, X: NDArray[np.float32], y: NDArray[np.int64]) -> tuple[float, float]:
    """Accuracy and mean softmax cross-entropy over inputs."""
    said, labels = logits(net, X), torch.from_numpy(y)
    return float((said.argmax(1) == labels).double().mean()), float(torch.nn.functional.cross_entropy(said, labels))
