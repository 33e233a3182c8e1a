"""Distorting pictures: which distortions a text asks for, what they draw from, and each one applied and made sure of."""

from __future__ import annotations

from dedupe.distort.applied import apply, generator, named
from dedupe.distort.sets import HARD, S2, SEED, SETS, chosen

__all__ = ["HARD", "S2", "SEED", "SETS", "apply", "chosen", "generator", "named"]
