"""The network of a plan, drawn: what goes through it, from left to right, and what is done in between."""

from __future__ import annotations

from collections.abc import Iterator

from dedupe_lab.classify.pixels import SIDE
from dedupe_lab.classify.plan import Plan
from dedupe_lab.page import escape

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
        parts.append(f'<text class="mid strong" x="{x:.0f}" y="{MIDDLE + 74}">{_said(shape)}</text>')
        if done:
            parts.append(f'<path class="axis" d="M{x - apart + 50:.0f} {MIDDLE}H{x - 46:.0f}m-5 -4l5 4l-5 4"/>')
            parts += _words(x - apart / 2, done)
    label = "the network: " + ", ".join(_said(shape) for shape, _ in found)
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">{"".join(parts)}</svg>'


def _said(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape)) or "one a class"


def _block(x: float, shape: tuple[int, ...]) -> Iterator[str]:
    """Maps as squares behind each other, as high as they are large; single values as a bar."""
    if len(shape) < 3:
        high = 12 + 96 * (sum(shape) / 256) ** 0.5
        yield f'<rect class="block" x="{x - 6:.0f}" y="{MIDDLE - high / 2:.0f}" width="12" height="{high:.0f}"/>'
        return
    side, behind = 24 + 1.5 * shape[0], 2 if shape[2] == 3 else 5
    for k in range(behind, -1, -1):
        at = x - side / 2 + 3 * (k - behind / 2), MIDDLE - side / 2 - 3 * (k - behind / 2)
        yield f'<rect class="block" x="{at[0]:.1f}" y="{at[1]:.1f}" width="{side}" height="{side}"/>'


def _words(x: float, done: list[str]) -> Iterator[str]:
    for row, words in enumerate(done):
        yield f'<text class="mid" x="{x:.0f}" y="{MIDDLE + 74 + LINE * (row + 1)}">{escape(words)}</text>'
