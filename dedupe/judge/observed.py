"""The evidence in numbers that a result can keep."""

from __future__ import annotations

from dedupe.judge.changes import change, pieces
from dedupe.judge.evidence import Evidence, pixels_of
from dedupe.judge.position import off_right_angles
from dedupe.model.observed import Observed


def observed(found: Evidence) -> Observed:
    """What was seen when b was laid over a."""
    corners = found.placed.corners
    rest = found.canvas.both & ~pixels_of(found.apart, found.blocks.size, found.canvas.both.shape)
    where = rest if rest.mean() > 0.1 else found.canvas.both
    a, b = (float(one[where].std()) if where.any() else 0.0 for one in found.canvas.greys)
    differs = not found.holds or change(found) is not None
    angles = off_right_angles(corners * found.canvas.a.shape[1::-1])
    return Observed(
        drawn=found.drawn,
        blocks=found.structured,
        corners=tuple((float(x), float(y)) for x, y in corners),  # type: ignore[arg-type]
        boxes=tuple(pieces(found)) if differs else (),
        shown=found.placed.shown,
        beyond=1 - found.placed.within,
        rotated=abs(sum(angles)) / 2,
        lighter=-found.curve.lighter,
        contrast=b / a if a else 1.0,
        colour=found.colour.strength,
        balance=found.colour.before,
        softer=found.blocks.sharper,
        grain=-found.grain.more,
    )
