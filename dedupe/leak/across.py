"""Two sets of pictures in, the pictures of the second that the first has already out."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np

from dedupe import ignored
from dedupe.calibrate import Limits, refuse_noise
from dedupe.describe.choose import TURN_CHOICES, header
from dedupe.describe.gather import AnyPath, note_idle, stage
from dedupe.leak.groups import LeakGroups
from dedupe.leak.looking import PairsLookedAt, looked_at
from dedupe.leak.matching import aligned, nearest, with_equal, without
from dedupe.leak.request import LeakRequest, nearness, small
from dedupe.leak.sides import Sides, sides, unlabelled
from dedupe.metrics.failed import FailedMetrics
from dedupe.model import Proposed
from dedupe.model.leaks import Leaks, LeakSummary
from dedupe.near import between


def across(train: AnyPath, test: AnyPath, how: LeakRequest) -> Leaks:
    """`leak` of two sets."""
    both, how = sides(train, test, how)
    note_idle([glob for glob in both.train.found.walk.idle if glob in both.test.found.walk.idle])
    collections = both.train.found.collection, both.test.found.collection
    any_small = any(bool(small(each.contents).any()) for each in collections)
    pictures = both.train.described + both.test.described
    limits, usual = how.limits(both.train.described * both.test.described, pictures, any_small)
    seconds, failed = both.seconds(), FailedMetrics()
    with stage(seconds, "search"):
        found, searched = between(*collections, limits.chosen, how.index, failed)
        limits, usual = limits.without(failed, searched), usual.without(failed)
    apart = ignored.between(*(each.contents for each in collections))
    if not how.judge:
        refuse_noise(limits, np.count_nonzero(~np.isnan(found.distance), axis=0).tolist())
    candidates, looked = len(found), None
    with stage(seconds, "judge"):
        found = _worth_a_look(found, usual, both, how) if how.judge else nearest(found, nearness(found, limits.chosen))
        found = without(with_equal(found, *collections), apart)
        if how.judge:
            looked = looked_at(found, nearness(found, limits.chosen), both, how)
    pairs, said = looked.listed(how.listed) if looked else (found, [])
    groups = LeakGroups(both, pairs, [each.label for each in limits.chosen], said)
    notes = [*how.notes, *limits.notes, *ignored.note(len(apart)), *unlabelled(both.train, both.test)]
    expected = limits.expected if looked is None else None if any_small else limits.expected_judged
    made = header("leak", limits.chosen, notes, expected, limits.own, both.test.found.bits, judged=how.judge)
    failures = [*both.train.found.failures, *both.test.found.failures]
    counts, foreign = _summary(both, groups, candidates, seconds, looked), both.test.found.others.get("other files", 0)
    return failed.given(Leaks(made, groups, failures, counts, groups.clean(), foreign))


def _worth_a_look(found: Proposed, usual: Limits, both: Sides, how: LeakRequest) -> Proposed:
    """Of each two pictures the nearest turn: of small ones where their edges agree, of others where a scan would propose them."""
    train, test = both.train.found.collection, both.test.found.collection
    (edges,) = how.edges
    columns = test.columns([*how.chosen, edges])[edges.label]
    tiny = small(train.contents)[found.left] | small(test.contents)[found.right]
    by = nearness(found, usual.chosen)
    limit = np.where(tiny, edges.threshold, 1.0)
    by[tiny] = aligned(found.of(tiny), train.matrices[-1], columns, TURN_CHOICES[how.turns], how.run.progress)
    near = by <= limit
    return nearest(found.of(near), by[near])


def _summary(
    both: Sides, groups: LeakGroups, candidates: int, seconds: dict[str, float], looked: PairsLookedAt | None
) -> LeakSummary:
    labels = Counter(both.test.labels[index] for index in np.unique(groups.members).tolist())
    counts = LeakSummary(
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
    return replace(counts, kinds=looked.kinds(), not_judged=looked.not_judged()) if looked else counts
