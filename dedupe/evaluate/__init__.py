"""How descriptors hold up: photos are distorted in known ways, and the copies' distances set against other photos'."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from dedupe import config
from dedupe.describe.choose import choose
from dedupe.describe.choose import distortions as named
from dedupe.describe.gather import AnyPath, load_plugins
from dedupe.describe.recorded import recorded
from dedupe.describe.several import Listed, Paths, Words, asked, formerly, selected, several, words
from dedupe.evaluate import raw as raws
from dedupe.evaluate.assess import assess
from dedupe.evaluate.collect import collect
from dedupe.evaluate.collector import AskedPhotos
from dedupe.evaluate.reporting import looked_at
from dedupe.evaluate.speed import milliseconds
from dedupe.metrics.failed import FailedMetrics
from dedupe.model import Evaluation, Progress
from dedupe.model.asked import CPU, silent
from dedupe.plugins import Plugins

SHIPPED = Path(__file__).resolve().parents[1] / "testing" / "photos"
"""The photos inside the package."""


def shipped() -> list[Path]:
    """The photos that an evaluation without photos of its own takes: not those that distortions put on other pictures."""
    from dedupe.distort.others import names

    return sorted(path for path in SHIPPED.glob("*.jpg") if path.name not in names())


@formerly(descriptors="descriptor", thresholds="threshold", plugin_files="plugin", pixel_cap="max_pixels")
@recorded("paths")
def evaluate(
    paths: Paths = (),
    *,
    descriptor: Words = (),
    distortions: Words = "seed",
    turns: str = "none",
    union: bool = False,
    judge: bool = False,
    seed: int = 0,
    save: AnyPath | None = None,
    exclude: Words = (),
    min_size: int = 0,
    min_pixels: int = 0,
    recursive: bool = True,
    all_files: bool = False,
    files_from: Listed | None = None,
    workers: int | None = None,
    cache: AnyPath | None = None,
    plugin: Paths = (),
    file_timeout: float = config.FILE_TIMEOUT,
    max_pixels: int = config.PIXEL_CAP,
    device: str = CPU,
    progress: Progress = silent,
) -> Evaluation:
    """How descriptors tell distorted copies of photos from other photos; without paths on the photos in the package.

    `distortions` is "seed", "s2", "hard" or specifications with commas. With `turns` a distance is the least over the
    orientations of the original. Of photos that are near-duplicates of each other one takes part. `union` adds what all
    descriptors find together at the same false positive rates, `judge` what a scan by them would report; without descriptors
    it is the default one, with `judge` those that a scan goes by. `seed` is for what is drawn at random; `save` names a file
    for the raw distances. Raises UsageError for a request that cannot be served and for fewer than 20 photos, DedupeError
    when the work cannot be finished, Interrupted after saving what was described.
    """
    select = selected(exclude, min_size, min_pixels, recursive, all_files, files_from)
    run = asked(workers, cache, plugin, file_timeout, max_pixels, progress, device)
    loaded = load_plugins(run)
    chosen = choose(loaded, words(descriptor) or _usual(loaded, judge), (), turns)
    copies = named(loaded, distortions)
    file = None if save is None else Path(os.fsdecode(save))
    if file is not None:
        raws.check_target(file)
    paths, failed = several(paths), FailedMetrics()
    given = bool(paths) or files_from is not None
    raw, found, photos = collect(
        AskedPhotos(paths if given else shipped(), select, run), chosen, copies, loaded, failed, turns=turns, seed=seed
    )
    if not given:
        raw = replace(raw, notes=("These are the photos that come with dedupe; name a folder for yours.", *raw.notes))
    if judge:
        raw = replace(raw, looked=looked_at(raw, chosen, dict(copies), found, photos, loaded, run, seed))
    if file is not None:
        raws.save(raw, file)
    timed = []
    for done, each in enumerate(raw.descriptors, 1):
        (one,) = (one.descriptor for one in chosen if one.label == each.label)
        time = milliseconds(one, found.walk.files, photos, loaded.decoders, run)
        timed.append(replace(each, milliseconds=time))
        progress("timing", done, len(raw.descriptors))
    raw = replace(raw, descriptors=timed)
    if file is not None:
        raws.add_times(raw, file)
    return failed.given(assess(raw, union=union, seed=seed, progress=progress))


def _usual(loaded: Plugins, judge: bool) -> list[str]:
    """The descriptors that are measured where none is named."""
    learned = judge and config.LEARNED_DESCRIPTOR in loaded.descriptors
    return [config.DEFAULT_DESCRIPTOR, *([config.LEARNED_DESCRIPTOR] if learned else [])]


@recorded()
def evaluate_saved(file: AnyPath, *, union: bool = False, seed: int = 0, progress: Progress = silent) -> Evaluation:
    """The same figures from the raw distances that `evaluate` saved. Raises DedupeError and UsageError for other files."""
    return assess(raws.load(Path(os.fsdecode(file))), union=union, seed=seed, progress=progress)
