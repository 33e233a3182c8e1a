"""What a scan would report of distorted copies: those that the descriptors' union proposes are held against their photos."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from dedupe.calibrate import settle
from dedupe.console import counted
from dedupe.describe.choose import Chosen, proposing
from dedupe.describe.gather import Gathered
from dedupe.evaluate.judging import judged_copies
from dedupe.evaluate.raw import Looked, RawDistances
from dedupe.judge import Judged, source
from dedupe.model import Distortion, Failure, Ints, Reported, Run
from dedupe.model.judgement import COPIES, KINDS
from dedupe.plugins import Plugins, identity
from dedupe.report import distance_text
from dedupe.statistics import wilson

SAMPLE = 100
"""Photos whose copies are looked at, of more some drawn at random: a copy takes a twentieth of a second or so."""

NOT_DRAWN, NOT_PROPOSED, NOT_JUDGED = -1, -2, -3
"""In place of a kind: the photo is not one of those drawn; no descriptor proposes its copy; it could not be looked at."""


def looked_at(
    raw: RawDistances,
    chosen: Sequence[Chosen],
    distortions: Mapping[str, Distortion],
    found: Gathered,
    photos: Ints,
    loaded: Plugins,
    run: Run,
    seed: int,
) -> Looked:
    """What the judge says of the copies that a scan of as many photos would look at; `photos` int64 (n,) are the files of the
    photos of the raw distances. Raises as `judged_copies`.
    """
    labels = [each.label for each in raw.descriptors]
    used = [each for each in chosen if each.label in labels]
    limits = settle(used, proposing((), raw.photos, used), raw.photos * (raw.photos - 1) // 2)
    within = {each.label: each.threshold for each in limits.chosen}
    said = np.full((len(raw.distortions), raw.photos), NOT_DRAWN, np.int8)
    drawn = np.sort(np.random.default_rng(seed).permutation(raw.photos)[:SAMPLE])
    said[:, drawn] = NOT_PROPOSED
    near = np.logical_or.reduce([each.similar <= within[each.label] for each in raw.descriptors])
    some = [(k, i) for i in drawn.tolist() for k in np.flatnonzero(near[:, i]).tolist()]  # by photo, which is read once
    named = [(identity(distortions[name]), distortions[name]) for name in raw.distortions]
    copies = [(source(found, int(photos[i])), k) for k, i in some]
    for (k, i), what in zip(some, judged_copies(copies, named, loaded.decoders, run, seed), strict=True):
        said[k, i] = _place(what)
    return Looked(said, within, limits.own)


def _place(what: Judged) -> int:
    return NOT_JUDGED if isinstance(what, Failure) else KINDS.index(what.kind)


def reported(raw: RawDistances) -> list[Reported]:
    """By distortion what a scan would report; nothing where nothing was looked at."""
    return [] if raw.looked is None else list(map(_reported, raw.distortions, raw.looked.said))


def _reported(distortion: str, said: NDArray[np.int8]) -> Reported:
    codes = said[said != NOT_DRAWN].tolist()
    n, kinds = len(codes), Counter(KINDS[code] for code in codes if code >= 0)
    hits = sum(kinds[kind] for kind in COPIES)
    return Reported(
        distortion,
        n,
        proposed=1 - codes.count(NOT_PROPOSED) / n if n else None,
        found=hits / n if n else None,
        interval=wilson(hits, n) if n else None,
        kinds={kind: kinds[kind] for kind in KINDS if kinds[kind]},
        not_judged=codes.count(NOT_JUDGED),
    )


def notes(raw: RawDistances) -> list[str]:
    """Within which distances the copies were looked at, and of how many photos."""
    if raw.looked is None:
        return []
    within = ", ".join(f"{label} distance {distance_text(limit)}" for label, limit in raw.looked.thresholds.items())
    looked_at = int((raw.looked.said[0] != NOT_DRAWN).sum())
    some = f"{looked_at:,} photos drawn at random" if looked_at < raw.photos else "all photos"
    return [
        f"A scan of {counted(raw.photos, 'photo', 'photos')} looks at pairs within {within}: copies that are so near were "
        f"looked at, for {some}."
    ]
