"""What was published of the networks that are trained again here: the document, of which other modules speak."""

from __future__ import annotations

from dedupe_lab.classify.plan import Plan

Figures = dict[str, float | None]

FIGURES = ("train_accuracy", "steps_to_90", "cross_entropy", "loss", "test_accuracy", "on_distorted", "seconds")
"""Accuracies from 0 to 1; seconds of the clock, on a machine that it does not name."""

MAIN: dict[str, Figures] = {
    "original": dict(zip(FIGURES, (0.844, 9000, 0.23, 0.32, 0.546, 0.496, 15769), strict=True)),
    "distorted": {},
    "hash": dict(zip(FIGURES, (1.0, 3600, 0.3, 0.03, 0.682, None, 17743), strict=True)),
}
"""Its main results by input; it trained none on distorted pictures."""

VARIANTS: dict[str, tuple[float, float, int]] = {
    "elu": (0.92, 0.493, 5285),
    "tanh": (0.93, 0.489, 6899),
    "cross-entropy": (0.421875, 0.375, 855),
    "hinge": (0.5, 0.5, 3261),
    "epoch-100": (0.91, 0.488, 8235),
    "epoch-128": (0.929688, 0.471, 8889),
    "gradient-descent": (0.58, 0.541, 6746),
    "adagrad": (0.53125, 0.491, 4186),
    "filter-size": (0.90625, 0.523, 8198),
    "4-layers": (0.921875, 0.51, 8100),
    "xavier": (0.65625, 0.492, 4821),
    "uniform": (0.5, 0.472, 4111),
}
"""Training accuracy, test accuracy and seconds by variant. Its table has the unchanged network too: 0.921875, 0.5, 6009."""


def published(plan: Plan) -> Figures:
    """Each of FIGURES as the document has it for that training, None where it has none."""
    found = dict(MAIN.get(plan.input, {}))
    if plan.variant != "original":
        found = dict(zip(("train_accuracy", "test_accuracy", "seconds"), VARIANTS[plan.variant], strict=True))
    return {name: found.get(name) for name in FIGURES}
