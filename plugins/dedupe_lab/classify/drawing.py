"""The network of a plan, drawn: what goes through it, from left to right, and what is done in between."""

from __future__ import annotations

from collections.abc import Iterator

from dedupe.kit import pages
from dedupe_lab.classify.pixels import SIDE
from dedupe_lab.classify.plan import Plan

WIDTH, HEIGHT, MIDDLE = 800, 216, 66
LINE = 15
ACTIVATIONS = {"relu": "ReLU", "elu": "ELU", "tanh": "TanH"}
LOSSES = {"softmax": "softmax", "sigmoid": "sigmoid", "hinge": "hinge"}

BUILT = ("activation", "loss", "filter", "deeper")
"""What of a plan says how its network is built."""

Step = tuple[tuple[int, ...], list[str]]
"""A shape (height, width, channels), (values,) or () for one value a class; and what is done to get there, a line each."""


def steps(plan: Plan) -> list[Step]:
    """The shapes that pictures take in the network of `dedupe_lab.classify.network`, those fed first, with nothing done."""
    active, size = ACTIVATIONS[plan.activation], f"{plan.filter}x{plan.filter}"
    deeper = [active, "conv 3x3"] if plan.deeper else []
    found: list[Step] = [((SIDE, SIDE, 3), [])]
    for number, side in enumerate((SIDE // 2, SIDE // 4)):
        normed = [] if number else ["batch norm"]
        found.append(((side, side, 64), [f"conv {size}", *normed, *deeper, "max-pool 2x2", active]))
    return [*found, ((256,), ["dense", active]), ((128,), ["dense", active]), ((), ["dense", LOSSES[plan.loss]])]


def drawn(plan: Plan) -> str:
    """The figure."""
    found = steps(plan)
    apart = (WIDTH - 100) / (len(found) - 1)
    parts: list[str] = []
    for number, (shape, done) in enumerate(found):
        x = 50 + apart * number
        parts += _block(x, shape)
        parts.append(pages.text(x, MIDDLE + 74, _said(shape), "mid strong"))
        if done:
            end = x - 46
            parts.append(pages.line(x - apart + 50, MIDDLE, end, MIDDLE, "axis"))
            parts.append(pages.curve([(end - 5, MIDDLE - 4), (end, MIDDLE), (end - 5, MIDDLE + 4)], "axis"))
            parts += _words(x - apart / 2, done)
    return pages.svg(WIDTH, HEIGHT, "the network: " + ", ".join(_said(shape) for shape, _ in found), parts)


def _said(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape)) or "one a class"


def _block(x: float, shape: tuple[int, ...]) -> Iterator[str]:
    """Maps as squares behind each other, as high as they are large; single values as a bar."""
    if len(shape) < 3:
        high = 12 + 96 * (sum(shape) / 256) ** 0.5
        yield pages.rectangle(x - 6, MIDDLE - high / 2, 12, high, "block")
        return
    side, behind = 24 + 1.5 * shape[0], 2 if shape[2] == 3 else 5
    for k in range(behind, -1, -1):
        shift = 3 * (k - behind / 2)
        yield pages.rectangle(x - side / 2 + shift, MIDDLE - side / 2 - shift, side, side, "block")


def _words(x: float, done: list[str]) -> Iterator[str]:
    for row, words in enumerate(done):
        yield pages.text(x, MIDDLE + 74 + LINE * (row + 1), words, "mid")
