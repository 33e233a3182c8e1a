"""Which of the photos that the package ships distortions put beside, behind or on other pictures."""

from __future__ import annotations

from functools import cache

EVERY = 8
"""One in so many of the shipped photos serves, by name."""


@cache
def names() -> tuple[str, ...]:
    """The file names of the shipped photos that distortions use; who evaluates on the shipped ones leaves these out."""
    from importlib.resources import files

    every = (file.name for file in (files("dedupe") / "testing" / "photos").iterdir() if file.name.endswith(".jpg"))
    return tuple(sorted(every)[::EVERY])
