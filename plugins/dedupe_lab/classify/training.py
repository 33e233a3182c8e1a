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

from dedupe import DedupeError, UsageError
from dedupe.kit import TEXT, refuse_other, say, whole_file
from dedupe_lab.classify.checkpoint import cut, loaded, set_aside
from dedupe_lab.classify.network import dense, network, objective, optimiser
from dedupe_lab.classify.plan import Diverged, Plan
from dedupe_lab.classify.stops import Stops

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
        self._classes = classes
        self._begin()
        self.last = plan.last_step(len(self._X))
        self._recent: list[tuple[float, float]] = []
        folder.mkdir(parents=True, exist_ok=True)
        self._resume()

    def _begin(self) -> None:
        torch.manual_seed(self.plan.seed)
        self.net = made(self.plan, self._classes, tuple(self._X.shape[1:]))
        self._optimiser = optimiser(self.plan, self.net)

    def run(self, progress: Callable[[int, int], None] = lambda *_: None) -> float:
        """Trains to the last step; the loss of the last batch. Raises Diverged for a loss that is no number.

        A signal takes effect between two steps, which is saved and said. A step that is interrupted all the same is not: the
        last checkpoint stands. `seconds` are the processor's: those on the wall would count what else the machine did, and
        every pause.
        """
        self.net.train()
        self._board = _board(self.folder, self.step)
        try:
            with Stops() as stops:
                while self.step < self.last:
                    self._advanced()
                    progress(self.step, self.last)
                    stops.heed()
        except KeyboardInterrupt:
            if self._whole:
                self.save()
            say(self._stopped())
            raise
        finally:
            if self._board is not None:
                self._board.close()
        return self._recent_loss

    def _advanced(self) -> None:
        """One step, with what is measured and saved after it."""
        self._whole = False
        started = time.process_time()
        self._one_step()
        self.seconds += time.process_time() - started
        if self.step % EVERY == 0 or self.step == self.last:
            self._measured()
        if self.step % SAVED == 0 or self.step == self.last:
            self.save()
        self._whole = True

    def _stopped(self) -> str:
        if not self._saved:
            return f"Stopped before the first of {self.last:,} steps was saved; the same command begins again."
        return f"Stopped at step {self._saved:,} of {self.last:,}; it is saved, and the same command goes on."

    def _one_step(self) -> None:
        rows = self._rows(self.step)
        logits = self.net(self._X[rows])
        loss = objective(self.plan, logits, self._y[rows])
        value = float(loss.detach())
        if not math.isfinite(value):
            raise Diverged(
                f"The loss of {self.plan.name} is {value} at step {self.step}: the training has diverged, and the same one "
                f"would again; train it alone with another --seed. What was saved before is in {self.folder}."
            )
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self._optimiser.step()
        self.step += 1
        self._recent_loss = value
        right = float((logits.detach().argmax(1) == self._y[rows]).float().mean())
        self._recent.append((value, right))

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
        with whole_file(self.folder / "checkpoint.pt", None) as file:
            file.write(stream.getvalue())
        self._saved = self.step

    _recent_loss = math.nan
    _board: Any = None
    _saved = 0
    """The step of the checkpoint,"""
    _whole = False
    """and whether what is in memory is a step that was finished."""

    def _resume(self) -> None:
        """Takes up the folder's checkpoint if it is of the same plan (but for its length); begins anew otherwise, and says so.

        What is no checkpoint is set aside. Raises UsageError for one that is further on than this training would come,
        SafetyError where there is something else in the place of the metrics.
        """
        refuse_other(self.folder / "metrics.jsonl", TEXT)
        path = self.folder / "checkpoint.pt"
        state = loaded(path) if path.is_file() else None
        if state and state["step"] > self.last:
            raise further_on(self.plan, self.folder, state["step"], self.last)
        if state and self._taken_up(state):
            cut(self.folder / "metrics.jsonl", self.step)
            return
        if path.is_file():
            why = "is of another training or version" if state else "is damaged"
            say(f"The checkpoint in {self.folder} {why} and cannot be used; {self.plan.name} begins anew.")
            if not state:
                set_aside(path)
        (self.folder / "metrics.jsonl").unlink(missing_ok=True)

    def _taken_up(self, state: dict[str, Any]) -> bool:
        """Whether a checkpoint fits; the training stands where it was saved if so, and at its beginning if not."""
        length = {"steps": 0, "epochs": 0}
        if {**state["plan"], **length} != {**self.plan.facts(), **length}:
            return False
        try:
            self.net.load_state_dict(state["net"])
            self._optimiser.load_state_dict(state["optimiser"])
            self._recent = [(float(loss), float(right)) for loss, right in state["recent"]]
        except (RuntimeError, ValueError, TypeError, KeyError, AttributeError):
            self._recent = []
            self._begin()  # some of it may have been loaded
            return False
        self.step, self.seconds, self.reached = state["step"], state["seconds"], state["reached"]
        self._saved = self.step
        self._recent_loss = state["loss"]
        return True


def further_on(plan: Plan, folder: Path, there: int, asked: int) -> UsageError:
    """Says that a training would be lost to a shorter one."""
    return UsageError(
        f"The training {plan.name} in {folder} is at step {there:,}, and {asked:,} are asked for, which would replace it: "
        f"name another folder with -o, or ask for at least {there:,} steps."
    )


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
    state = loaded(folder / "checkpoint.pt")
    net = made(plan, classes, shape)
    try:
        if state is not None and state["plan"] == plan.facts():
            net.load_state_dict(state["net"])
            return net
    except (RuntimeError, TypeError, AttributeError):
        pass  # of other shapes
    raise DedupeError(f"{folder} has no checkpoint of {plan.name}; remove its result.json and train it again.")


def _board(folder: Path, step: int) -> Any:
    """What writes event files for TensorBoard, None where it is not installed; points beyond the step give way to it."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    return SummaryWriter(str(folder / "events"), purge_step=step + 1)


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
