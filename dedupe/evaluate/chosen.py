"""The distortions that an evaluation is asked for, by their labels."""

from __future__ import annotations

from dedupe.distort import chosen
from dedupe.model import Distortion
from dedupe.plugins import Plugins, identity


def distortions(loaded: Plugins, text: str) -> list[tuple[str, Distortion]]:
    """The distortions of "seed", "hard", "blur,rotate:degrees=3,s2" and the like, each once, with its label.

    Raises UsageError for one that does not exist or is given wrongly, and where none is named.
    """
    found: dict[str, tuple[str, Distortion]] = {}
    for spec in chosen(text):
        distortion = loaded.distortion(spec)
        found.setdefault(identity(distortion), (spec, distortion))  # a spec may spell out the defaults of another
    return list(found.values())
