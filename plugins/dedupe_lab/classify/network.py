"""The network, its loss and its optimiser, in PyTorch."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import torch
from torch import nn

from dedupe_lab.classify.plan import Plan

CHANNELS, WIDTH = 3, 64
ACTIVATIONS = {"relu": nn.ReLU, "elu": nn.ELU, "tanh": nn.Tanh}


def dense(width: int, classes: int) -> Any:
    """For rows float32 (n,width): batch norm, then what follows the document's convolutions."""
    return _started([nn.BatchNorm1d(width), *_logits(width, classes, nn.ReLU)], "")


def network(plan: Plan, classes: int) -> Any:
    """Convolution with batch norm, convolution, each with a 2x2 max-pool; dense 256, dense 128, one logit a class.

    Takes float32 (n,3,32,32). Weights come from torch's generator, which the caller seeds. Each max-pool stands before its
    activation: all of them rise monotonically, so that it is the same function on a quarter of the values.
    """
    activation = ACTIVATIONS[plan.activation]
    layers: list[Any] = []
    for channels, normed in ((CHANNELS, True), (WIDTH, False)):
        layers.append(nn.Conv2d(channels, WIDTH, plan.filter, padding=plan.filter // 2))
        layers += [nn.BatchNorm2d(WIDTH)] if normed else []
        layers += [activation(), nn.Conv2d(WIDTH, WIDTH, 3, padding=1)] if plan.deeper else []
        layers += [nn.MaxPool2d(2), activation()]
    return _started([*layers, nn.Flatten(), *_logits(WIDTH * 8 * 8, classes, activation)], plan.initial)


def _logits(width: int, classes: int, activation: Any) -> list[Any]:
    """Dense 256, dense 128, one logit a class."""
    layers: list[Any] = []
    for before, after in pairwise((width, 256, 128)):
        layers += [nn.Linear(before, after), activation()]
    return [*layers, nn.Linear(128, classes)]


def _started(layers: list[Any], initial: str) -> Any:
    made = nn.Sequential(*layers)
    made.apply(lambda layer: _start(layer, initial))
    return made


def _start(layer: Any, initial: str) -> None:
    """Starting weights. The document shows a truncated normal of 0.1 and biases of 0.1 for its first convolution alone, and is
    silent about the others; those begin as PyTorch begins them, uniform within 1 / sqrt(inputs).
    """
    if not isinstance(layer, nn.Conv2d | nn.Linear):
        return
    if initial == "uniform":
        nn.init.uniform_(layer.weight, -0.1, 0.1)
        nn.init.uniform_(layer.bias, -0.1, 0.1)
    elif initial == "xavier":
        nn.init.xavier_normal_(layer.weight)
        nn.init.zeros_(layer.bias)
    elif isinstance(layer, nn.Conv2d) and layer.in_channels == CHANNELS:
        nn.init.trunc_normal_(layer.weight, std=0.1, a=-0.2, b=0.2)
        nn.init.constant_(layer.bias, 0.1)


def objective(plan: Plan, logits: Any, labels: Any) -> Any:
    """What is trained: softmax cross-entropy, sigmoid cross-entropy for each class, or the hinge loss with margin 1."""
    if plan.loss == "sigmoid":
        wanted = nn.functional.one_hot(labels, logits.shape[1]).to(logits.dtype)
        return nn.functional.binary_cross_entropy_with_logits(logits, wanted)
    if plan.loss == "hinge":
        return nn.functional.multi_margin_loss(logits, labels, margin=1.0)
    return nn.functional.cross_entropy(logits, labels)


def optimiser(plan: Plan, made: Any) -> Any:
    """Adam, plain gradient descent or Adagrad at the plan's rate."""
    kinds = {"adam": torch.optim.Adam, "sgd": torch.optim.SGD, "adagrad": torch.optim.Adagrad}
    return kinds[plan.optimiser](made.parameters(), lr=plan.rate)
