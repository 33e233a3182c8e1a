"""One set of pictures in, what stands in it more than once out: a scan, with labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dedupe import config, ignored
from dedupe.calibrate import Limits, refuse_noise
from dedupe.describe.choose import TURN_CHOICES, Chosen, header
from dedupe.describe.gather import AnyPath, note_idle, stage
from dedupe.engines import LocalNearness
from dedupe.group import Neighbours
from dedupe.leak.groups import LabelledGroups
from dedupe.leak.matching import aligned
from dedupe.leak.request import LeakRequest, small
from dedupe.leak.sides import Side, one_side, unlabelled
from dedupe.metrics.failed import FailedMetrics
from dedupe.model import Bools, Proposed, ToCompare
from dedupe.model.leaks import Leaks, LeakSummary
from dedupe.near import criteria, set_aside, told_apart, within
from dedupe.scan.grouping import Grouped, Near, by_distance, by_judge, in_keep_order


def inside(root: AnyPath, how: LeakRequest) -> Leaks:
    """`leak` of one set."""
    one, how = one_side(root, how)
    found, contents = one.found, one.found.collection.contents
    note_idle(found.walk.idle)
    used, fixed = np.zeros(len(contents), np.bool_), np.zeros(len(contents), np.bool_)
    used[found.collection.rows[found.collection.rows >= 0]] = True
    tiny = small(contents) & used
    limits, usual = how.limits(one.described * (one.described - 1) // 2, one.described, bool(tiny.any()))
    failed = FailedMetrics()
    with stage(found.seconds, "search"):
        columns = found.collection.columns([*how.chosen, *how.edges])
        folder = config.beside_cache(how.run.cache, "joins")
        compared = criteria(limits.chosen, told_apart(limits.chosen, columns, contents, judged=False))
        asked = ToCompare(contents, compared, used, fixed, how.index, folder, failed.unless_it_fails, how.judge)
        neighbours, searched = within(asked)
        limits, usual = limits.without(failed, searched), usual.without(failed)
        candidates = sum(each.count() for each in neighbours[1:])
        if how.judge:
            neighbours = [neighbours[0], *_worth_a_look(neighbours[1:], usual, one, how, tiny)]
        else:
            refuse_noise(limits, [each.count() for each in neighbours[1:]])
    apart = ignored.among(contents, used)
    nearness = LocalNearness(neighbours, [1.0, *(each.threshold for each in limits.chosen)])
    with stage(found.seconds, "group"):
        order = in_keep_order(found, nearness, 0, ())
    near = Near(found, nearness, order, fixed, apart, 0, ())
    grouped = by_judge(near, how.listed, how.loaded.decoders, how.run) if how.judge else by_distance(near)
    groups = LabelledGroups(grouped.groups, one)
    notes = [*how.notes, *limits.notes, *set_aside(contents, used), *ignored.note(len(apart)), *unlabelled(one)]
    expected = limits.expected if not how.judge else None if tiny.any() else limits.expected_judged
    made = header("leak", limits.chosen, notes, expected, limits.own, found.bits, judged=how.judge)
    clean, counts = groups.clean(), _summary(one, groups, candidates, grouped)
    return failed.given(Leaks(made, groups, found.failures, counts, clean, found.others.get("other files", 0)))


def _worth_a_look(
    found: Sequence[Neighbours], usual: Limits, one: Side, how: LeakRequest, tiny: Bools
) -> list[Neighbours]:
    """Of near pictures, of small ones those whose edges agree, of others those that a scan would propose."""
    return [_fewer(each, chosen, one, how, tiny) for each, chosen in zip(found, usual.chosen, strict=True)]


def _fewer(found: Neighbours, usual: Chosen, one: Side, how: LeakRequest, tiny: Bools) -> Neighbours:
    """The same without the pairs that the judge would refuse. Pictures of equal descriptors are all asked about."""
    pairs, (edges,) = found.pairs, how.edges
    if not len(pairs):
        return found
    size = np.bincount(found.classes[found.classes >= 0], minlength=len(found.within))
    rows = np.full(len(found.within), -1, np.int64)
    used = np.flatnonzero(found.classes >= 0)[::-1]
    rows[found.classes[used]] = used  # the first of each class
    left, right = rows[pairs.left], rows[pairs.right]
    turn = np.zeros(len(pairs), np.uint8) if pairs.turn is None else pairs.turn
    either = tiny[left] | tiny[right]
    keep = np.where(either, (size[pairs.left] > 1) | (size[pairs.right] > 1), pairs.distance <= usual.threshold)
    asked = np.flatnonzero(either & ~keep)
    columns = one.found.collection.columns([*how.chosen, edges])[edges.label]
    some = Proposed(left[asked], right[asked], pairs.distance[asked, None], turn[asked])
    far = aligned(some, columns[0], columns, TURN_CHOICES[how.turns], how.run.progress)
    keep[asked] = far <= edges.threshold
    kept = replace(
        pairs,
        left=pairs.left[keep],
        right=pairs.right[keep],
        distance=pairs.distance[keep],
        turn=None if pairs.turn is None else pairs.turn[keep],
    )
    return replace(found, pairs=kept)


def _summary(one: Side, groups: LabelledGroups, candidates: int, grouped: Grouped) -> LeakSummary:
    labels = Counter(one.labels[index] for index in groups.members.tolist())
    return LeakSummary(
        train=one.files,
        test=0,
        described=one.found.collection.described,
        groups=len(groups),
        pairs=len(groups.members),
        leaked=len(groups.members),
        cross_label=int(groups.crossing.sum()),
        candidates=candidates,
        labels={label: count for label, count in sorted(labels.items(), key=str) if label is not None},
        failures=dict(Counter(failure.reason for failure in one.found.failures)),
        others=one.found.others,
        seconds=one.found.seconds,
        suffixes=one.found.walk.suffixes,
        kinds=dict(grouped.kinds),
        not_judged=grouped.not_judged,
    )
