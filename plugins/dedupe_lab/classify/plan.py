"""What one training is: the network of the document and its twelve variants, by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from dedupe import DedupeError, UsageError
from dedupe_lab.classify.data import INPUTS, PICTURES, VECTORS

REVISION = 3
"""Changes whenever the same plan may give another network, so that no earlier result or checkpoint is taken for it."""

STEPS = 10_000
BATCH = 64


PUBLISHED = "-as-published"
"""What the name of a training with the document's mistakes ends with, but for its seed."""


class Diverged(DedupeError):
    """The loss of a training is no number any more."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One training: what goes in, which variant, for how long, from which seed.

    `epochs` in place of `steps` is so many passes, no more than 10,000 steps in all.
    """

    input: str = "original"
    variant: str = "original"
    activation: str = "relu"
    loss: str = "softmax"
    optimiser: str = "adam"
    rate: float = 1e-4
    filter: int = 5
    deeper: bool = False
    initial: str = "truncated"
    steps: int = STEPS
    epochs: int = 0
    batch: int = BATCH
    seed: int = 0
    published: bool = False

    @property
    def name(self) -> str:
        """What the folder of its results is called."""
        what = self.input if self.variant == "original" else f"{self.input}-{self.variant}"
        return f"{what}{PUBLISHED if self.published else ''}-seed{self.seed}"

    def per_pass(self, pictures: int) -> int:
        """Steps of one pass over so many pictures; those that fill no batch are left for another pass."""
        return max(1, pictures // self.batch)

    def last_step(self, pictures: int) -> int:
        """How many steps it takes on so many training pictures."""
        return min(STEPS, self.epochs * self.per_pass(pictures)) if self.epochs else self.steps

    def plain(self, pictures: int) -> Plan:
        """The same training by its plainest name: passes over so many pictures are steps of the document's network."""
        if not self.epochs:
            return self
        return replace(self, variant="original", epochs=0, steps=self.last_step(pictures))

    def facts(self) -> dict[str, Any]:
        """Everything that decides its result."""
        return {**asdict(self), "revision": REVISION}


VARIANTS: Mapping[str, Mapping[str, Any]] = {
    "elu": {"activation": "elu"},
    "tanh": {"activation": "tanh"},
    "cross-entropy": {"loss": "sigmoid"},
    "hinge": {"loss": "hinge"},
    "epoch-100": {"epochs": 100},
    "epoch-128": {"epochs": 128},
    "gradient-descent": {"optimiser": "sgd", "rate": 0.01},
    "adagrad": {"optimiser": "adagrad", "rate": 0.01},
    "filter-size": {"filter": 3},
    "4-layers": {"deeper": True},
    "xavier": {"initial": "xavier"},
    "uniform": {"initial": "uniform"},
}


def plan(input_: str = "original", variant: str = "original", **settings: Any) -> Plan:
    """The plan of an input and a variant; raises UsageError for an unknown one and for numbers below 1."""
    if input_ not in INPUTS:
        raise UsageError(f"--input {input_}: choose from {', '.join(INPUTS)}.")
    if variant != "original" and variant not in VARIANTS:
        raise UsageError(f"--variant {variant}: choose from original, {', '.join(VARIANTS)}.")
    if input_ in VECTORS and (variant != "original" or settings.get("published")):
        raise UsageError(
            f"--input {input_} has neither variants nor a published form; those are of {', '.join(PICTURES)}."
        )
    made = replace(Plan(input_, variant, **settings), **VARIANTS.get(variant, {}))
    if made.steps < 1:
        raise UsageError(f"--steps {made.steps}: at least 1 step is needed.")
    return made


def everything(steps: int = STEPS, seeds: int = 3, published: bool = False) -> list[Plan]:
    """The document's tables: the three inputs with several seeds, and each variant once for a quarter of the steps at most."""
    main = [plan(kind, steps=steps, seed=seed, published=published) for kind in PICTURES for seed in range(seeds)]
    shorter = min(steps, STEPS // 4)
    return [*main, *(plan("original", name, steps=shorter, published=published) for name in VARIANTS)]


def with_mistakes(plans: Sequence[Plan]) -> list[Plan]:
    """The same trainings with the document's mistakes, of those that can have them and have none."""
    return [replace(each, published=True) for each in plans if each.input in PICTURES and not each.published]
