"""Two sets of pictures in, the pictures of the second that the first has already out."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from dedupe.calibrate import Lost, refuse_noise, refuse_wide, settle
from dedupe.console import Progress
from dedupe.describe.choose import TURN_CHOICES, budget, choose, header
from dedupe.describe.gather import AnyPath, load_plugins, note_idle, stage
from dedupe.describe.several import Paths, Thresholds, Words, words
from dedupe.leak.aligned import Aligned
from dedupe.leak.decide import alone, by_pixels, pixels, wide
from dedupe.leak.groups import LeakGroups
from dedupe.leak.matching import candidates, equal, joined
from dedupe.leak.sides import Sides, sides
from dedupe.model.leaks import Leaks, LeakSummary
from dedupe.search import check_index

DESCRIPTORS = ("phash", "dhash")
"""The union that finds candidates where none is asked for."""


def leak(
    train: AnyPath,
    test: AnyPath,
    *,
    descriptors: Words = DESCRIPTORS,
    thresholds: Thresholds = (),
    aligned: float | None = Aligned.threshold,
    turns: str = "none",
    index: str = "auto",
    plugin_files: Paths = (),
    progress: Progress = lambda *_: None,
    **settings: Any,
) -> Leaks:
    """Finds the pictures under `test` that are near-duplicates of pictures under `train`; a picture's folder is its label.

    Descriptors find candidates, with a wide budget unless `thresholds` say otherwise, and a candidate stays if its
    aligned pixels are within `aligned`; with None descriptors decide alone, as in a scan. `settings` are those of
    `dedupe.describe.gather.gather`. Raises UsageError for a request that cannot be served and for folders that hold
    each other, DedupeError when one has no usable picture or the work cannot be finished.
    """
    loaded, thresholds = load_plugins(plugin_files, settings.get("file_timeout")), words(thresholds)
    chosen = choose(loaded, descriptors, thresholds, turns)
    refuse_wide(chosen)
    check_index(index, [each.descriptor.metric for each in chosen])
    last = pixels(aligned, TURN_CHOICES[turns])
    both = sides(train, test, [*chosen, *last], loaded, progress=progress, **settings)
    note_idle([glob for glob in both.train.found.walk.idle if glob in both.test.found.walk.idle])
    allowed = wide(len(chosen)) if last and not thresholds else budget(thresholds)
    limits = settle(chosen, allowed, both.train.described * both.test.described)
    seconds = both.seconds()
    lost = Lost()
    with stage(seconds, "search"):
        collections = both.test.found.collection, both.train.found.collection
        found, limits, searched = candidates(*collections, limits, index, lost)
    with stage(seconds, "align"):
        if last:
            decided = by_pixels(found, limits.chosen, last[0], both, progress)
        else:
            refuse_noise(limits, [int(each) for each in np.count_nonzero(~np.isnan(found.distance), axis=0)])
            decided = alone(found, limits.chosen, limits.expected, limits.notes)
    names = [each.label for each in decided.chosen]
    same = equal(both.test.found.collection, both.train.found.collection, len(names))
    groups = LeakGroups(both, joined(same, decided.pairs, len(both.train.found.collection.contents)), names)
    made = header("leak", decided.chosen, [*decided.notes, *searched, *_unlabelled(both)], decided.expected, limits.own)
    failures = [*both.train.found.failures, *both.test.found.failures]
    return lost.given(Leaks(made, groups, failures, _summary(both, groups, len(found), seconds), groups.clean()))


def _unlabelled(both: Sides) -> list[str]:
    """A note where labels cannot be compared."""
    if both.train.names() and both.test.names():
        return []
    return ["The pictures are not in one folder for each class on both sides, so labels are not compared."]


def _summary(both: Sides, groups: LeakGroups, candidates: int, seconds: dict[str, float]) -> LeakSummary:
    labels = Counter(both.test.labels[index] for index in np.unique(groups.test).tolist())
    return LeakSummary(
        train=both.train.files,
        test=both.test.files,
        described=both.train.found.collection.described + both.test.found.collection.described,
        groups=len(groups),
        pairs=len(groups.test),
        leaked=len(np.unique(groups.test)),
        cross_label=len(np.unique(groups.test[groups.crossing])),
        candidates=candidates,
        labels={label: count for label, count in sorted(labels.items(), key=str) if label is not None},
        failures=both.counts("failures"),
        others=both.counts("others"),
        seconds=seconds,
    )
