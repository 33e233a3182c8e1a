"""How descriptors hold up: photos are distorted in known ways, and the copies' distances set against other photos'."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from dedupe import config
from dedupe.calibrate import Lost
from dedupe.console import Progress
from dedupe.describe.choose import choose
from dedupe.describe.choose import distortions as named
from dedupe.describe.gather import AnyPath, load_plugins
from dedupe.describe.several import Paths, Words, several
from dedupe.evaluate import raw as raws
from dedupe.evaluate.assess import assess
from dedupe.evaluate.collect import collect
from dedupe.evaluate.speed import milliseconds
from dedupe.model import Evaluation

SHIPPED = Path(__file__).resolve().parents[1] / "testing" / "photos"
"""The photos inside the package."""


def shipped() -> list[Path]:
    """The photos that an evaluation without photos of its own takes: not those that distortions put on other pictures."""
    from dedupe.distort.others import names

    return sorted(path for path in SHIPPED.glob("*.jpg") if path.name not in names())


def evaluate(
    paths: Paths = (),
    *,
    descriptors: Words = (config.DEFAULT_DESCRIPTOR,),
    distortions: Words = "seed",
    turns: str = "none",
    union: bool = False,
    seed: int = 0,
    save: AnyPath | None = None,
    plugin_files: Paths = (),
    progress: Progress = lambda *_: None,
    **settings: Any,
) -> Evaluation:
    """How descriptors tell distorted copies of photos from other photos; without paths on the photos in the package.

    `distortions` is "seed", "s2", "hard" or specifications with commas. With `turns` a distance is the least over the
    orientations of the original. Of photos that are near-duplicates of each other one takes part. `union` adds what all
    descriptors find together at the same false positive rates; `seed` is for what is drawn at random; `save` names a file
    for the raw distances. `settings` are those of `dedupe.describe.gather.gather`. Raises UsageError for a request that
    cannot be served and for fewer than 20 photos, DedupeError when the work cannot be finished, Interrupted after saving
    what was described.
    """
    loaded = load_plugins(plugin_files, settings.get("file_timeout"))
    chosen = choose(loaded, descriptors, (), turns)
    asked = named(loaded, distortions)
    file = None if save is None else Path(os.fsdecode(save))
    if file is not None:
        raws.check_target(file)
    paths, lost = several(paths), Lost()
    found, files, photos = collect(
        paths or shipped(), chosen, asked, loaded, lost, turns=turns, seed=seed, settings=settings, progress=progress
    )
    if not paths:
        found = replace(
            found, notes=("These are the photos that come with dedupe; name a folder for yours.", *found.notes)
        )
    if file is not None:
        raws.save(found, file)
    timed = []
    for done, each in enumerate(found.descriptors, 1):
        (descriptor,) = (one.descriptor for one in chosen if one.label == each.label)
        time = milliseconds(descriptor, files, photos, loaded.decoders, settings)
        timed.append(replace(each, milliseconds=time))
        progress("timing", done, len(found.descriptors))
    found = replace(found, descriptors=timed)
    if file is not None:
        raws.add_times(found, file)
    return lost.given(assess(found, union=union, seed=seed, progress=progress))


def evaluate_saved(
    file: AnyPath, *, union: bool = False, seed: int = 0, progress: Progress = lambda *_: None
) -> Evaluation:
    """The same figures from the raw distances that `evaluate` saved. Raises DedupeError and UsageError for other files."""
    return assess(raws.load(Path(os.fsdecode(file))), union=union, seed=seed, progress=progress)
