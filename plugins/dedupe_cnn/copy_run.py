"""A training of the network for copy detection under way. Imports PyTorch."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from dedupe import DedupeError, Pictures, UsageError
from dedupe_cnn.artefacts import BACKBONE, MODELS
from dedupe_cnn.checkpoint import left_off
from dedupe_cnn.copy_file import HEAD, exported, head_of
from dedupe_cnn.copy_network import Bank, CopyNetwork, contrast, spread
from dedupe_cnn.copy_trainer import CopyTrainer, Progress
from dedupe_cnn.lite0 import WIDTH, stored_weights
from dedupe_cnn.write import write_whole

ROUND = 40
"""Steps between two checkpoints. Each round draws anew from all pictures, so that one that goes on makes no view again."""

HELD = 20
"""Every so many pictures one is held out, to see how well its copies are found."""

BANK = 4096
"""Pictures of earlier batches that those of a batch are told from as well."""

STRANGERS = 1024
"""Pictures whose vectors go into the file, where there are twice as many to learn from."""

HEAD_RATE = 3
"""The rate of the last layer is so many times that of the others."""

WARM_UP = 0.05
"""The share of the steps in which the rate rises."""

AVERAGED = 0.1
"""The share of the steps that the average of the weights reaches back, about."""

FALSE = 1e-4
"""The share of pairs of different held out pictures that the distance may let pass at which recall is told."""


class Run:
    """The network, the average of its weights, the optimiser, and the figures so far."""

    def __init__(self, given: CopyTrainer, pictures: Pictures, checkpoint: Path) -> None:
        self.given, self.checkpoint = given, checkpoint
        self._pictures = pictures
        self._identity = f"{asdict(given)} {given.version} {pictures.digest()}"
        weights, matrix, mean = _start(given)
        self._device = torch.device(given.device)
        self._network = CopyNetwork(weights, matrix, mean).to(self._device)
        parameters = self._network.named
        self._average = {name: each.detach().clone() for name, each in parameters.items()}
        head = [parameters[name] for name in HEAD]
        body = [each for name, each in parameters.items() if name not in HEAD]
        groups = [{"params": body, "lr": given.rate}, {"params": head, "lr": HEAD_RATE * given.rate}]
        self._optimiser = torch.optim.AdamW(groups, weight_decay=1e-4)
        self._schedule = torch.optim.lr_scheduler.LambdaLR(self._optimiser, self._share)
        none = torch.zeros(0, dtype=torch.int64, device=self._device)
        self._bank = Bank(torch.zeros(0, given.n, device=self._device), none)
        self.steps = 0
        self.losses: list[float] = []
        self.recalls: list[float] = []

    @property
    def finished(self) -> bool:
        """Whether all steps are done."""
        return self.steps >= self.given.steps

    def _share(self, step: int) -> float:
        """The part of the rate at a step: it rises, then falls along a cosine."""
        warm = max(1, round(WARM_UP * self.given.steps))
        if step < warm:
            return (step + 1) / warm
        return 0.5 + 0.5 * math.cos(math.pi * (step - warm) / max(1, self.given.steps - warm))

    def round(self, progress: Progress) -> None:
        """Some steps, then how well held out copies are found, and a checkpoint.

        Raises DedupeError for a loss that is not finite, and UsageError where no picture can be shown.
        """
        count, losses, held = min(ROUND, self.given.steps - self.steps), [], []
        with _one_thread(self._device):
            epoch = self._pictures.epoch(len(self.losses), self.given.batch)
            for views in islice(epoch, count):
                every = np.concatenate([views.pictures[:, None], views.copies], axis=1)
                out = views.numbers % HELD == 0
                held.append(every[out])
                losses.append(self._step(every[~out], views.numbers[~out]))
                self.steps += 1
                progress("learning", self.steps, self.given.steps)
            epoch.close()  # type: ignore[attr-defined]
            if not losses:
                raise UsageError("None of the pictures could be read and distorted; look at what the failures say.")
            self.losses.append(float(np.mean(losses)))
            self.recalls.append(self._recall(np.concatenate(held)))
        self._save()

    def _step(self, every: NDArray[np.uint8], numbers: NDArray[np.int64]) -> float:
        n, v = every.shape[:2]
        images = torch.from_numpy(np.ascontiguousarray(every.reshape(n * v, *every.shape[2:]))).to(self._device)
        self._optimiser.zero_grad(set_to_none=True)
        vectors = self._network(images).reshape(n, v, -1)
        known = torch.from_numpy(numbers).to(self._device)
        loss = contrast(vectors, known, self._bank, self.given.temperature)
        loss = loss + self.given.spread * spread(vectors[:, 0])
        value = float(loss.detach())
        if not math.isfinite(value):
            self.checkpoint.unlink(missing_ok=True)
            raise DedupeError(
                f"The training diverged at step {self.steps + 1}: its loss is not a finite number. Nothing was written; "
                f"train with a smaller --rate than {self.given.rate:g}."
            )
        loss.backward()
        self._bank = self._bank.with_newest(vectors[:, 0], known, BANK)
        self._optimiser.step()
        self._schedule.step()
        keep = 1 - 1 / max(2.0, min(self.steps + 1.0, AVERAGED * self.given.steps))
        with torch.no_grad():
            for name, each in self._network.named.items():
                self._average[name].lerp_(each, 1 - keep)
        return value

    def _recall(self, held: NDArray[np.uint8]) -> float:
        """The share of held out pictures' copies, of (n,v,s,s,3), nearer than FALSE of the pairs of pictures."""
        if len(held) < 2:
            return math.nan
        with torch.no_grad():
            parts = [self._network(torch.from_numpy(each).to(self._device)) for each in held]
            vectors = torch.stack(parts)
            others = vectors[:, 0] @ vectors[:, 0].T
            pairs = others[~torch.eye(len(held), dtype=torch.bool, device=self._device)]
            near = torch.quantile(pairs, 1 - FALSE)
            found = torch.einsum("nd,nvd->nv", vectors[:, 0], vectors[:, 1:]) > near
            return float(found.float().mean())

    def exported(self) -> bytes:
        """The network with its averaged weights as an ONNX file."""
        weights = {name: each.cpu().numpy() for name, each in self._average.items()}
        return exported(weights, self.given.side, {"trainer": f"copy {self.given.version}"}, self._strangers())

    def _strangers(self) -> NDArray[np.float32] | None:
        """Vectors (STRANGERS,n) of pictures that it learned from, by the averaged weights; None where there are too few."""
        if len(self._pictures) < 2 * STRANGERS:
            return None
        for name, each in self._network.named.items():
            each.data.copy_(self._average[name])
        found: list[NDArray[np.float32]] = []
        with _one_thread(self._device), torch.no_grad():
            epoch = self._pictures.epoch(len(self.losses), self.given.batch)
            for views in islice(epoch, -(-STRANGERS // self.given.batch)):
                found.append(self._network(torch.from_numpy(views.pictures).to(self._device)).cpu().numpy())
            epoch.close()  # type: ignore[attr-defined]
        return np.concatenate(found)[:STRANGERS]

    def details(self) -> dict[str, Any]:
        """The trainer's own figures for the manifest."""
        lines = {"loss": self.losses, "copies found": [None if math.isnan(each) else each for each in self.recalls]}
        curves = {"title": "Loss and held out copies found", "x": "round", "y": "loss, share", "lines": lines}
        return {"side": self.given.side, "steps": self.steps, "held_out": len(self._pictures) // HELD, "curves": curves}

    def resume(self) -> None:
        """Takes up what the checkpoint has, if it is of the same settings and the same pictures. Raises SafetyError."""
        found = left_off(self.checkpoint, self._identity)
        if found is None:
            return
        self._network.load_state_dict(found["network"])
        self._optimiser.load_state_dict(found["optimiser"])
        self._schedule.load_state_dict(found["schedule"])
        self._average = {name: each.to(self._device) for name, each in found["average"].items()}
        self._bank = Bank(*(each.to(self._device) for each in found["bank"]))
        self.steps, self.losses, self.recalls = found["steps"], found["losses"], found["recalls"]

    def _save(self) -> None:
        content = io.BytesIO()
        state = {"network": self._network.state_dict(), "average": self._average}
        state |= {"bank": (self._bank.vectors, self._bank.numbers)}
        state |= {"optimiser": self._optimiser.state_dict(), "schedule": self._schedule.state_dict()}
        known = {"identity": self._identity, "steps": self.steps, "losses": self.losses, "recalls": self.recalls}
        torch.save(known | state, content)
        write_whole(self.checkpoint, content.getvalue())


def _start(given: CopyTrainer) -> tuple[dict[str, NDArray[Any]], NDArray[Any], NDArray[Any]]:
    """The weights of Lite0, and the matrix (1280,n) and mean (1280,) of the last layer.

    Raises UsageError for a `start` that has none.
    """
    if given.start is None:
        return stored_weights(BACKBONE), *head_of(MODELS / "pca512.onnx", given.n)
    try:
        stored = stored_weights(given.start)
        weights = {name: each for name, each in stored.items() if name.endswith((".weight", ".bias"))}
        matrix, bias = weights.pop(HEAD[0]), weights.pop(HEAD[1])
    except (OSError, ValueError, KeyError):
        raise UsageError(f"start={given.start} is no model that the trainer copy wrote.") from None
    if matrix.shape != (WIDTH, given.n):
        raise UsageError(f"start={given.start} gives {matrix.shape[-1]} numbers, and n={given.n} asks for as many.")
    # a mean whose image is minus the bias
    return weights, matrix, -np.linalg.lstsq(matrix.T, bias, rcond=None)[0]


@contextmanager
def _one_thread(device: torch.device) -> Iterator[None]:
    """On the CPU the order of sums, and with it the last digits, depends on the number of threads.

    Numbers next to nothing, which come up in gradients and take ten times as long, count as nothing.
    """
    threads = torch.get_num_threads()
    if device.type == "cpu":
        torch.set_num_threads(1)
        torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
