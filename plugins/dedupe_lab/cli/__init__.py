"""Experiments with hashes and labelled pictures.

One file a command; each imports what it needs when it runs.
"""

from __future__ import annotations

from dedupe.kit import commands
from dedupe_lab.cli.classes import classes
from dedupe_lab.cli.classify import classify
from dedupe_lab.cli.images import images
from dedupe_lab.cli.inputs import inputs
from dedupe_lab.cli.robustness import robustness

app = commands(images, robustness, classes, classify, inputs, about="Experiments with hashes and labelled pictures.")
