"""How one picture is laid over another so that they agree: as was proposed, turned, or where keypoints say that it lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from dedupe.judge.align import Placed, turned
from dedupe.judge.canvas import turned_pixels
from dedupe.judge.changes import differ
from dedupe.judge.evidence import Evidence, seen
from dedupe.judge.fitting import Both, by_keypoints, by_parts, few_matches, glimpsed
from dedupe.judge.look import SIDE, Look
from dedupe.judge.nudge import nudged
from dedupe.model import TURNS

LAYOUT = 0.5
"""Correlation of coarse edges from which two drawn pictures have one layout."""

CLOSE = 0.8
"""From there on pictures of one layout lie over each other already: keypoints, which take long, are not asked."""

WHOLE = 0.2
"""From there on all of one photo lies in the other, or they are alike by chance: a glance tells which."""

SHARED, EXACT = 0.2, 0.05
"""Drawn pictures of one layout of which more blocks agree are variants of each other; one that lies elsewhere in the other is
a copy if fewer are apart."""

MANY, MOST = 25, 0.5
"""So many keypoints agree by chance next to never; and of shots of one scene more than so much lies in each other."""

FEW = 8
"""With fewer blocks that have structure, a picture counts by its shades,"""

SHADES = 6
"""which may lie so many levels apart."""

SURE = 0.85
"""Half of the blocks of a part are more alike, where only a few keypoints said that it lies there."""


@dataclass(frozen=True, slots=True)
class Laid:
    """b laid over a: as it was proposed, `first`, and as they agree, `best`, None if they do not; where keypoints say that b
    lies, `placed`; `even` where neither has structure, so that shades alone count, which are the `same` or not.
    """

    first: Evidence
    best: Evidence | None
    placed: Sequence[Evidence] = ()
    even: bool = False
    same: bool = False


def over(a: Look, b: Look, before: Placed) -> Laid:
    """Lays b over a, which was proposed to lie there."""
    first = seen(a, b, before)
    if first.structured < FEW:
        same = _same_shades(first)
        return Laid(first, None if same or first.drawn else _by_keypoints(a, b), even=True, same=same)
    near = coarse(a, b, before.nearest_turn)
    layout = first.drawn and not first.holds and near > LAYOUT
    if layout and first.agreeing > SHARED * first.structured:  # a copy that lies elsewhere agrees nowhere
        return Laid(first, None)
    best, placed, part = first if first.holds else _turned(a, b, first, near), list[Evidence](), None
    whole = near > WHOLE and not (a.drawn or b.drawn)  # text is too fine for a glance
    if whole and not best.holds and not glimpsed(a, b):
        return Laid(first, None)
    if (not best.holds and not (layout and near > CLOSE)) or (best.share_apart > 0.02 and not best.drawn):
        few = few_matches(a, b)
        placed = [seen(a, b, one) for one in by_keypoints(a, b, few)]
        holding = [one for one in placed if one.holds and (not best.holds or one.score > 1.1 * best.score)]
        best = max(holding, key=lambda one: one.score, default=best)
        # forms that share a part are others, and so are shots of one scene
        others = first.drawn or any(_lies_whole(one.placed) for one in placed)
        part = None if best.holds or others else _part(a, b, few)
    if layout and best.share_apart > EXACT:
        return Laid(first, None)  # what a family's pictures share agrees elsewhere, too
    return Laid(first, best if best.holds else part, placed)


def _turned(a: Look, b: Look, first: Evidence, near: float) -> Evidence:
    """The evidence that speaks most for one of the turns by which coarse edges are more alike than as proposed, where they are
    `near`.
    """
    turn = first.placed.nearest_turn
    others = [one for one in TURNS if one != turn and coarse(a, b, one) > max(0.6, near)]
    return max([first, *(seen(a, b, turned(one)) for one in others)], key=lambda one: one.score)


def _by_keypoints(a: Look, b: Look) -> Evidence | None:
    """b where keypoints say that it lies in a, or that a part of the one lies in the other, if they agree there."""
    few = few_matches(a, b)
    holding = [one for each in by_keypoints(a, b, few) if (one := seen(a, b, each)).holds]
    return max(holding, key=lambda one: one.score, default=None) or _part(a, b, few)


def _lies_whole(placed: Placed) -> bool:
    """Whether more keypoints than by chance say that most of the one picture lies in most of the other."""
    return placed.points >= MANY and min(placed.shown, placed.within) > MOST


def _part(a: Look, b: Look, few: Both) -> Evidence | None:
    """b where it, or a, is a small part of the other one."""
    found = [closer(a, b, seen(a, b, one)) for one in by_parts(a, b, few)]
    return max((one for one in found if one.holds and one.likeness > SURE), key=lambda one: one.score, default=None)


def _same_shades(found: Evidence) -> bool:
    off = cv2.absdiff(cv2.blur(found.canvas.a, (5, 5)), cv2.blur(found.canvas.b, (5, 5))).max()
    return not found.apart.any() and bool(off <= SHADES)


def closer(a: Look, b: Look, found: Evidence) -> Evidence:
    """Drawn pictures at their own size, and what lies a little off moved to where it agrees."""
    told = found.placed.turn is not None and found.share_apart > 0.01 and differ(found)  # seen already
    fine = found.drawn and not told and max(a.width, a.height, b.width, b.height) > SIDE
    if fine:
        found = seen(a, b, found.placed, fine=True)
    for _ in range(2):
        off = found.placed.turn is None and (found.likeness < 0.97 or found.share_apart > 0.01)
        moved = nudged(found) if off else None
        again = found if moved is None else seen(a, b, moved, fine=fine)
        if again.score <= found.score:
            return found
        found = again
    return found


def coarse(a: Look, b: Look, turn: str) -> float:
    """Correlation of the edges of both pictures at 48x48, b turned so."""
    edges = []
    for thumb in (a.thumb, turned_pixels(b.thumb, turn)):
        soft = cv2.GaussianBlur(thumb.astype(np.float32), (0, 0), 1.0)
        edges.append(np.concatenate([np.diff(soft, axis=axis).ravel() for axis in (0, 1)]))
    norm = float(np.linalg.norm(edges[0]) * np.linalg.norm(edges[1]))
    return float(edges[0] @ edges[1]) / norm if norm else 0.0
