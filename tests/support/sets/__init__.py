"""Sets of pictures as blogs and the web have them, made of photos, with what was made of what."""

from __future__ import annotations

from sets.truth import Made, fresh, listed, spread

__all__ = ["Made", "fresh", "listed", "spread"]
