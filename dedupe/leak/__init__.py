"""Two sets of pictures in, the pictures of the second that the first has already out."""

from __future__ import annotations

from collections import Counter

import numpy as np

from dedupe import config, ignored
from dedupe.calibrate import Limits, refuse_noise, refuse_wide, settle
from dedupe.describe.choose import TURN_CHOICES, budget, choose, chosen_index, header
from dedupe.describe.gather import AnyPath, load_plugins, note_idle, stage
from dedupe.describe.recorded import recorded
from dedupe.describe.several import Paths, Thresholds, Words, asked, formerly, selected, words
from dedupe.leak.aligned import Aligned
from dedupe.leak.decide import alone, by_pixels, pixels, wide
from dedupe.leak.groups import LeakGroups
from dedupe.leak.matching import with_equal, without
from dedupe.leak.sides import Sides, sides
from dedupe.metrics.failed import FailedMetrics
from dedupe.model import Progress
from dedupe.model.asked import silent
from dedupe.model.leaks import Leaks, LeakSummary
from dedupe.near import between

DESCRIPTORS = ("phash", "dhash")
"""The union that finds candidates where none is asked for."""


@formerly(descriptors="descriptor", thresholds="threshold", plugin_files="plugin", pixel_cap="max_pixels")
@recorded("train", "test")
def leak(
    train: AnyPath,
    test: AnyPath,
    *,
    descriptor: Words = DESCRIPTORS,
    threshold: Thresholds = (),
    aligned: float | None = Aligned.threshold,
    turns: str = "none",
    exclude: Words = (),
    min_size: int = 0,
    min_pixels: int = 0,
    recursive: bool = True,
    all_files: bool = False,
    index: str = "auto",
    workers: int | None = None,
    cache: AnyPath | None = None,
    plugin: Paths = (),
    file_timeout: float = config.FILE_TIMEOUT,
    max_pixels: int = config.PIXEL_CAP,
    progress: Progress = silent,
) -> Leaks:
    """Finds the pictures under `test` that are near-duplicates of pictures under `train`; a picture's folder is its label.

    Descriptors find candidates, with a wide budget unless `threshold` says otherwise, and a candidate stays if its
    aligned pixels are within `aligned`; with None descriptors decide alone, as in a scan. Raises UsageError for a request
    that cannot be served and for folders that hold each other, DedupeError when one has no usable picture or the work cannot
    be finished.
    """
    select = selected(exclude, min_size, min_pixels, recursive, all_files)
    run = asked(workers, cache, plugin, file_timeout, max_pixels, progress)
    loaded, threshold = load_plugins(run), words(threshold)
    chosen = choose(loaded, descriptor, threshold, turns)
    refuse_wide(chosen)
    by = chosen_index(loaded, index, chosen)
    ignored.pairs()  # a list that cannot be read stops this before the work, not after it
    last = pixels(aligned, TURN_CHOICES[turns])
    both = sides(train, test, [*chosen, *last], loaded, select, run)
    note_idle([glob for glob in both.train.found.walk.idle if glob in both.test.found.walk.idle])
    allowed = wide(len(chosen)) if last and not threshold else budget(threshold)
    limits = settle(chosen, allowed, both.train.described * both.test.described)
    if last:
        limits = Limits(limits.each, [])  # how far candidates are looked for is no promise of the result's
    collections = both.train.found.collection, both.test.found.collection
    seconds, failed = both.seconds(), FailedMetrics()
    with stage(seconds, "search"):
        found, searched = between(*collections, limits.chosen, by, failed)
        limits = limits.without(failed, searched)
        apart = ignored.between(*(each.contents for each in collections))
        found = without(found, apart)
    with stage(seconds, "align"):
        if last:
            decided = by_pixels(found, limits, last[0], both, progress)
        else:
            refuse_noise(limits, np.count_nonzero(~np.isnan(found.distance), axis=0).tolist())
            decided = alone(found, limits)
    groups = LeakGroups(
        both, without(with_equal(decided.pairs, *collections), apart), [each.label for each in decided.chosen]
    )
    notes = [*decided.notes, *ignored.note(len(apart)), *_unlabelled(both)]
    made = header("leak", decided.chosen, notes, decided.expected, limits.own, both.test.found.bits)
    failures = [*both.train.found.failures, *both.test.found.failures]
    summary, foreign = _summary(both, groups, len(found), seconds), both.test.found.others.get("other files", 0)
    return failed.given(Leaks(made, groups, failures, summary, groups.clean(), foreign))


def _unlabelled(both: Sides) -> list[str]:
    """A note where labels cannot be compared."""
    if both.train.names() and both.test.names():
        return []
    return ["The pictures are not in one folder for each class on both sides, so labels are not compared."]


def _summary(both: Sides, groups: LeakGroups, candidates: int, seconds: dict[str, float]) -> LeakSummary:
    labels = Counter(both.test.labels[index] for index in np.unique(groups.members).tolist())
    return LeakSummary(
        train=both.train.files,
        test=both.test.files,
        described=both.train.found.collection.described + both.test.found.collection.described,
        groups=len(groups),
        pairs=len(groups.members),
        leaked=len(np.unique(groups.members)),
        cross_label=len(np.unique(groups.members[groups.crossing])),
        candidates=candidates,
        labels={label: count for label, count in sorted(labels.items(), key=str) if label is not None},
        failures=both.counts("failures"),
        others=both.counts("others"),
        seconds=seconds,
        suffixes=both.counts("suffixes"),
    )
