"""The trainer `copy`: a whole network learns to tell a picture's copies from other pictures. Needs PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dedupe import Decode, Manifest, Pictures, UsageError, install_hint
from dedupe_cnn.features import Features
from dedupe_cnn.write import write_whole

VIEWS = (
    *("seed", "hard", "part:area=0.2", "part:area=0.3", "part:area=0.35", "part:area=0.7", "crop:margin=0.2"),
    *("paste:width=0.6", "rotate:degrees=8", "rotate:degrees=180", "rotate:degrees=270", "perspective", "sticker"),
)

LEAST = 100
"""Pictures without which there is nothing to tell apart."""

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, kw_only=True)
class CopyTrainer:
    """A network for copy detection: EfficientNet-Lite0 whose views of a picture and of its copies are drawn together, and those
    of different pictures apart.

    InfoNCE at `temperature`, and `spread` times KoLeo, as SSCD has it (Pizzi et al. 2022); AdamW at `rate`, three times that
    for the last layer, with one cosine cycle over `steps` of `batch` pictures; the weights are averaged over the last of these.
    The picture is seen at `side` pixels, with two copies each time, by `distortions`. `start` is a model of this
    trainer to go on from, else it begins with the weights of ImageNet and principal components. `device` is as PyTorch
    names it: cpu, cuda, mps. FILE.checkpoint beside the output holds the state after every few steps: the same command goes
    on from there, on the CPU with the same result as if it had not been interrupted.
    """

    n: int = 256
    side: int = 160
    steps: int = 1000
    batch: int = 64
    rate: float = 3e-4
    temperature: float = 0.05
    spread: float = 0.1
    copies: int = 2
    distortions: str = ",".join(VIEWS)
    start: Path | None = None
    device: str = "cpu"
    seed: int = 0

    name = "copy"
    version = "1"

    @property
    def decode(self) -> Decode:
        """The whole picture, its proportions ignored."""
        return Decode((self.side, self.side), "RGB", resample="bilinear")

    def check(self) -> None:
        """Raises UsageError where PyTorch is missing, and for settings that mean nothing."""
        if not 1 <= self.n <= 512:
            raise UsageError(f"copy takes n from 1 to 512, not {self.n}.")
        if min(self.steps, self.copies) < 1 or self.batch < 2 or self.side < 32 or self.seed < 0:
            raise UsageError("steps and copies are at least 1, batch at least 2, side at least 32, the seed 0 or more.")
        if min(self.rate, self.temperature) <= 0 or self.spread < 0:
            raise UsageError("The rate and the temperature are above 0, the spread 0 or more.")
        try:
            import torch  # noqa: F401
        except ImportError:
            raise UsageError(f"it needs PyTorch: {install_hint('train')}. pca does without.") from None

    def fit(self, pictures: Pictures, out: Path, progress: Progress) -> Manifest:
        """Learns from the pictures and writes the network.

        Raises UsageError where PyTorch is missing, pictures are few or `start` is no such model, DedupeError where the loss does
        not stay finite.
        """
        self.check()
        if len(pictures) < LEAST:
            raise UsageError(f"A network takes at least {LEAST} different pictures; there are {len(pictures)}.")
        from dedupe_cnn.copy_run import Run

        run = Run(self, pictures, out.with_suffix(".checkpoint"))
        run.resume()
        while not run.finished:
            run.round(progress)
        write_whole(out, run.exported())
        run.checkpoint.unlink(missing_ok=True)
        base = f"features@{Features().version}(pooling=gem)"
        return Manifest(f"copy{self.n}", "copy", "", base, len(pictures), self.n, run.details())
