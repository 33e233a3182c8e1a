"""Descriptors in loose files that do wrong in a way that is given, and what a run with one found."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

DESCRIPTOR = """
import os, subprocess, sys, time
import numpy as np
from dedupe import Decode, hookimpl

class Fault:
    name, version, metric, decode, threshold = "fault", "1", "l2", Decode((8, 8)), 1000.0
    def describe(self, images):
        X = images.reshape(len(images), 64).astype(np.float32)
        BODY
        return X

@hookimpl
def dedupe_descriptors():
    return [Fault]
"""

DARK = "dark = X.mean(axis=1) < 20"
"""Selects the one picture of the folder that is nearly black; a fault that only it causes must be blamed on it alone."""


def plugin(folder: Path, body: str, name: str = "fault") -> Path:
    """A loose plugin whose `describe` runs the body, with X at hand."""
    path = folder / f"loose_{name}.py"
    lines = textwrap.indent(textwrap.dedent(body).strip(), " " * 8).strip()
    path.write_text(DESCRIPTOR.replace("BODY", lines).replace('"fault"', f'"{name}"'))
    return path


def groups(ran: Any) -> list[set[str]]:
    return [{Path(f["path"]).name for f in (g["keep"], *g["members"])} for g in ran.lines("group")]


HEALTHY = [{"0.jpg", "0-again.jpg"}]
"""The groups that the descriptor finds when nothing is wrong with it."""
