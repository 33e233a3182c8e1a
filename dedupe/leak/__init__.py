"""Labelled sets of pictures in, what stands in them twice out: across two sets, or within one."""

from __future__ import annotations

from dedupe import config, ignored
from dedupe.baseline import against, earlier
from dedupe.calibrate import refuse_wide
from dedupe.describe.choose import chosen_index
from dedupe.describe.gather import AnyPath, load_plugins
from dedupe.describe.recorded import recorded
from dedupe.describe.several import Paths, Thresholds, Words, asked, formerly, selected, words
from dedupe.errors import UsageError
from dedupe.leak.across import across
from dedupe.leak.inside import inside
from dedupe.leak.request import LeakRequest
from dedupe.model import Progress
from dedupe.model.asked import CPU, silent
from dedupe.model.judgement import kinds
from dedupe.model.leaks import Leaks
from dedupe.near.usual import Asked

HASHES = ("phash", "dhash")
"""Those that propose pairs where no descriptor is asked for; of small pictures they know a third more than a scan's."""


@formerly(descriptors="descriptor", thresholds="threshold", plugin_files="plugin", pixel_cap="max_pixels")
@recorded("train", "test")
def leak(
    train: AnyPath,
    test: AnyPath | None = None,
    *,
    descriptor: Words = (),
    threshold: Thresholds = (),
    fast: bool = False,
    thorough: bool = False,
    turns: str = "none",
    exclude: Words = (),
    min_size: int = 0,
    min_pixels: int = 0,
    recursive: bool = True,
    all_files: bool = False,
    label: str = "",
    follow_rows: bool = False,
    index: str = "auto",
    judge: bool = True,
    kind: Words = (),
    baseline: AnyPath | None = None,
    workers: int | None = None,
    cache: AnyPath | None = None,
    plugin: Paths = (),
    file_timeout: float = config.FILE_TIMEOUT,
    max_pixels: int = config.PIXEL_CAP,
    device: str = CPU,
    progress: Progress = silent,
) -> Leaks:
    """Finds the pictures under `test` that are near-duplicates of pictures under `train`, without `test` those that stand in
    `train` twice; a picture's folder is its label.

    Descriptors propose pairs, and each is looked at, as in a scan; members say of what `kind` they are. Without `judge` the
    distances decide. Raises UsageError for a request that cannot be served and for folders that hold each other, DedupeError
    when one has no usable picture or the work cannot be finished.
    """
    if words(kind) and not judge:
        raise UsageError("--kind: without the judge no kind is known; leave out --no-judge.")
    listed = kinds(words(kind))
    select = selected(exclude, min_size, min_pixels, recursive, all_files, None, label, follow_rows)
    run = asked(workers, cache, plugin, file_timeout, max_pixels, progress, device)
    loaded, threshold = load_plugins(run), words(threshold)
    asked_for = Asked(descriptor, threshold, turns, fast, thorough, judge, hashes=HASHES)
    chosen, notes = asked_for.before_the_walk(loaded)
    refuse_wide(chosen)
    by = chosen_index(loaded, index, chosen)
    how = LeakRequest(asked_for, chosen, notes, threshold, turns, by, judge, listed, loaded, select, run)
    ignored.pairs()  # a list that cannot be read stops this before the work, not after it
    before = earlier(baseline, "leak")
    return against(inside(train, how) if test is None else across(train, test, how), before)
