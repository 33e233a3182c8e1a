"""The trainer `autoencoder`: tied weights, one hidden layer, PyTorch."""

from __future__ import annotations

import hashlib
import io
import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from dedupe import DedupeError, Manifest, UsageError, install_hint
from dedupe_cnn.checkpoint import left_off
from dedupe_cnn.head import check_base
from dedupe_cnn.write import head_bytes, write_whole

Rows = NDArray[np.float32]
Progress = Callable[[str, int, int], None]

LEAST = 20


@dataclass(frozen=True, slots=True)
class _Extent:
    """What one pass over the vectors tells: how many, how long, their root mean square, and a digest of all."""

    count: int
    width: int
    scale: float
    digest: str


@dataclass(frozen=True, kw_only=True)
class AutoencoderTrainer:
    """An autoencoder h = s(W f + b1), y = W^T h + b2 that minimises the mean squared error |y - f|^2; the head gives h.

    The settings are those of starkdg (phash.org, April 2019): Xavier start, Adam at 1e-4, 10 pictures a step, 15 passes, 256
    hidden units; `activation` is "linear", "sigmoid" or "relu". Features are divided by one number, their root mean
    square. The `validation` share of the pictures is held out; where it has not got better for `patience` passes, training
    stops, and the best pass counts. FILE.checkpoint beside the output holds the state after each pass: the same command
    goes on from there, with the same result as if it had not been interrupted.
    """

    activation: Literal["linear", "sigmoid", "relu"] = "linear"
    hidden: int = 256
    epochs: int = 15
    batch: int = 10
    rate: float = 1e-4
    validation: float = 0.1
    patience: int = 3
    seed: int = 0
    base: str = "features"

    name = "autoencoder"
    version = "1"

    def check(self) -> None:
        """Raises UsageError where PyTorch is missing, for settings that mean nothing, and for a base no head can be used on."""
        check_base(self.name, self.base)
        if self.activation not in ("linear", "sigmoid", "relu"):
            raise UsageError(f"The activation is linear, sigmoid or relu, not {self.activation!r}.")
        if min(self.hidden, self.epochs, self.batch, self.patience) < 1 or self.rate <= 0 or self.seed < 0:
            raise UsageError(
                "hidden, epochs, batch and patience are at least 1, the rate is above 0, the seed 0 or more."
            )
        if not 0 < self.validation < 1:
            raise UsageError(f"The validation share lies between 0 and 1; {self.validation} does not.")
        try:
            import torch  # noqa: F401
        except ImportError:
            raise UsageError(f"it needs PyTorch: {install_hint('train')}. pca does without.") from None

    def fit(self, batches: Iterable[Rows], out: Path, progress: Progress) -> Manifest:
        """Learns from batches (k,d) and writes the head.

        Raises UsageError where PyTorch is missing or vectors are few, DedupeError where the loss does not stay finite.
        """
        self.check()
        extent = _extent(batches)
        if extent.count < LEAST:
            raise UsageError(f"An autoencoder takes at least {LEAST} pictures; there are {extent.count}.")
        with _one_thread():
            run = _Run(self, extent, out.with_suffix(".checkpoint"))
            run.resume()
            held = max(1, round(self.validation * extent.count))
            while not run.finished:
                run.epoch(batches, held, progress)
        weight, bias = run.best()
        matrix = weight.T.astype(np.float64) / extent.scale
        write_whole(out, head_bytes(np.zeros(extent.width), matrix, bias, self.activation))
        run.checkpoint.unlink(missing_ok=True)
        return Manifest(
            f"ae{self.hidden}-{self.activation}", "head", "", "", extent.count, self.hidden, run.details(held)
        )


class _Run:
    """A training under way: the weights, the optimiser, and the losses so far."""

    def __init__(self, given: AutoencoderTrainer, extent: _Extent, checkpoint: Path) -> None:
        import torch

        self._torch: Any = torch
        self.given, self.extent, self.checkpoint = given, extent, checkpoint
        self._identity = f"{asdict(given)} {given.version} {extent}"
        generator = torch.Generator().manual_seed(given.seed)
        weight = torch.empty(given.hidden, extent.width)
        torch.nn.init.xavier_uniform_(weight, generator=generator)
        self._state = [weight, torch.zeros(given.hidden), torch.zeros(extent.width)]
        for each in self._state:
            each.requires_grad_(True)
        self._adam = torch.optim.Adam(self._state, lr=given.rate)
        self.training: list[float] = []
        self.held_out: list[float] = []
        self._best = [each.detach().clone() for each in self._state]

    @property
    def finished(self) -> bool:
        """Whether all passes are done, or the held out pictures have not been told better for too long."""
        done, best = len(self.held_out), int(np.argmin(self.held_out)) + 1 if self.held_out else 0
        return done >= self.given.epochs or done - best >= self.given.patience

    def epoch(self, batches: Iterable[Rows], held: int, progress: Progress) -> None:
        """One pass over all pictures but the first `held`, which are the held out ones.

        Raises DedupeError where their errors are not finite: from then on all weights are NaN.
        """
        number = len(self.training)
        rng = np.random.default_rng([self.given.seed, number])
        total, seen, errors = self.extent.count, 0, 0.0
        for rows in batches:
            errors += self._finite(self._steps(rows[min(max(held - seen, 0), len(rows)) :], rng))
            seen += len(rows)
            progress("learning", number * total + seen, self.given.epochs * total)
        self.training.append(errors / max(1, total - held))
        self.held_out.append(self._finite(self._error_of(batches, held)) / held)
        if self.held_out[-1] == min(self.held_out):
            self._best = [each.detach().clone() for each in self._state]
        self._save()

    def _steps(self, rows: Rows, rng: np.random.Generator) -> float:
        """A step of Adam for each few rows, in drawn order; the sum of the pictures' errors."""
        order, total = rng.permutation(len(rows)), 0.0
        for at in range(0, len(rows), self.given.batch):
            self._adam.zero_grad(set_to_none=True)
            some = rows[order[at : at + self.given.batch]]
            error = self._error(some)
            error.backward()
            self._adam.step()
            total += float(error.detach()) * len(some)
        return total

    def _finite(self, error: float) -> float:
        if math.isfinite(error):
            return error
        if self.held_out:  # the checkpoint is of this training, and would end here again
            self.checkpoint.unlink(missing_ok=True)
        raise DedupeError(
            f"The training diverged in pass {len(self.held_out) + 1}: its loss is not a finite number. Nothing was written; "
            f"train with a smaller --rate than {self.given.rate:g}."
        )

    def _error(self, rows: Rows) -> Any:
        torch = self._torch
        weight, before, after = self._state
        x = torch.from_numpy(rows / np.float32(self.extent.scale))
        units = torch.nn.functional.linear(x, weight, before)
        units = {"linear": lambda u: u, "sigmoid": torch.sigmoid, "relu": torch.relu}[self.given.activation](units)
        return ((units @ weight + after - x) ** 2).mean()

    def _error_of(self, batches: Iterable[Rows], held: int) -> float:
        """The sum of the errors of the first `held` pictures."""
        total = 0.0
        with self._torch.no_grad():
            for rows in batches:
                some = rows[:held]
                total += float(self._error(some)) * len(some)
                held -= len(some)
                if not held:
                    break
        return total

    def best(self) -> tuple[Rows, Rows]:
        """W (hidden,d) and b1 (hidden,) after the best pass."""
        return self._best[0].numpy(), self._best[1].numpy()

    def details(self, held: int) -> dict[str, Any]:
        """The trainer's own figures for the manifest."""
        lines = {"training": self.training, "validation": self.held_out}
        return {
            "bits": "median",
            "scale": self.extent.scale,
            "validation_pictures": held,
            "epochs": len(self.held_out),
            "best_epoch": int(np.argmin(self.held_out)) + 1,
            "loss": min(self.held_out),
            "curves": {"title": "Loss", "x": "epoch", "y": "mean squared error", "lines": lines},
        }

    def resume(self) -> None:
        """Takes up what the checkpoint has, if it is of the same settings and the same vectors. Raises SafetyError."""
        found = left_off(self.checkpoint, self._identity)
        if found is None:
            return
        with self._torch.no_grad():
            for mine, its in zip(self._state, found["state"], strict=True):
                mine.copy_(its)
        self._adam.load_state_dict(found["adam"])
        self._best, self.training, self.held_out = found["best"], found["training"], found["held_out"]

    def _save(self) -> None:
        content = io.BytesIO()
        state = [each.detach() for each in self._state]
        known = {"identity": self._identity, "state": state, "best": self._best, "adam": self._adam.state_dict()}
        self._torch.save({**known, "training": self.training, "held_out": self.held_out}, content)
        write_whole(self.checkpoint, content.getvalue())


def _extent(batches: Iterable[Rows]) -> _Extent:
    count, width, squares, digest = 0, 0, 0.0, hashlib.blake2b(digest_size=16)
    for rows in batches:
        count, width = count + len(rows), rows.shape[1]
        squares += float(np.einsum("ij,ij->", rows, rows, dtype=np.float64))
        digest.update(np.ascontiguousarray(rows).tobytes())
    return _Extent(count, width, (squares / max(1, count * width)) ** 0.5 or 1.0, digest.hexdigest())


@contextmanager
def _one_thread() -> Iterator[None]:
    """The order of sums, and with it the last digits, depends on the number of threads."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
