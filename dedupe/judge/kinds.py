"""From what is seen to what it is called."""

from __future__ import annotations

from dataclasses import replace

from dedupe.judge import position, words
from dedupe.judge.align import Placed, turned
from dedupe.judge.changes import Change, change, painted, stain
from dedupe.judge.dyed import other_colours, part_dyed
from dedupe.judge.evidence import Evidence, grained, seen
from dedupe.judge.frames import unframed
from dedupe.judge.lacking import lacking
from dedupe.judge.look import Look
from dedupe.judge.observed import observed
from dedupe.judge.placing import LAYOUT, MANY, Laid, closer, coarse, over
from dedupe.judge.remains import Remains, dyed_part, remains, specks
from dedupe.judge.shades import judge_shades
from dedupe.judge.shots import another_shot
from dedupe.judge.small import is_small, judge_small
from dedupe.judge.tone import TONED
from dedupe.model.judgement import COPIES, Box, Judgement

FAINT = 0.45
"""Correlation of coarse edges from which two photos show one scene."""

COARSE = 0.985
"""Nor does a shot from another place; the details of a copy may be lost in noise, or by a codec."""

SHIFT = 0.006
"""A corner that lies off by a smaller share of a side is where it was."""

EDGED, VEILED = 0.6, 0.4
"""Something is laid over one of two pictures if that has so much of the edges around what differs, or so much is a veil."""

LAID, LARGE, CALM = 0.56, 0.1, 0.1
"""Nor do things that come into a second shot have so much of the edges around them; and where all but one large piece is equal to
so little noise, there was none.
"""

REPLACED, ONE_COLOUR, FILLED = 0.63, 0.15, 0.2
"""Where the edges around what differs are shared more evenly, and it has one colour and structure in both in larger shares, there
is another thing in the same place;
"""

REWRITTEN, TEXT, CLEAN = 0.54, 0.2, 3.0
"""other text, where they are shared more evenly, less than that is left without thin lines, and less noise makes edges even."""

STAYS = 0.08
"""Of what was laid over a picture no larger share of the blocks is found nearby."""


def judge(a: Look, b: Look, turn: str = "none", *, evidence: bool = False) -> Judgement:
    """Lays b over a, turned so by those who proposed the pair, and says what they are to each other; with the `evidence`
    where that is asked for.
    """
    found = judge_frame(a, b, turn, evidence=evidence)
    frames = a.traits.frames, b.traits.frames
    if frames[0] != frames[1] and found.kind in COPIES:
        if 1 in frames:
            return replace(found, kind="similar", why="one is a frame of the other")
        return replace(found, kind="variant", why=f"{frames[0]:,} and {frames[1]:,} frames or pages")
    if found.kind == "re-encoded" and (lost := words.lost(a.traits, b.traits)):
        return replace(found, kind="adjusted", why=lost)
    return found


def judge_frame(a: Look, b: Look, turn: str = "none", *, evidence: bool = False) -> Judgement:
    """The same, of single pictures and by their pixels alone; if need be, by what is inside of their frames."""
    said, by = _judged(a, b, turn)
    return said if by is None or not evidence else replace(said, evidence=observed(by))


def _judged(a: Look, b: Look, turn: str) -> tuple[Judgement, Evidence | None]:
    """What two pictures are to each other and what that was seen by; None where they could not be laid over each other."""
    if is_small(a, b):
        return judge_small(a, b, turn), None
    if (shades := judge_shades(a.ramps, b.ramps, turn)) is not None:
        if shades.kind == "re-encoded" and (rest := specks(first := seen(a, b, turned(turn)))):
            return _but_for_little(first, rest), first
        return shades, None
    found, by = _laid_over(a, b, turned(turn))
    in_place = by is not None and by.holds and by.placed.off < SHIFT and found.kind != "similar"  # in one frame, if any
    if (found.kind in COPIES and found.box is None) or (a.drawn and b.drawn) or in_place:
        return found, by
    p, q = unframed(a), unframed(b)
    if p is None or q is None:  # one frame is seen as what it is
        return found, by
    inside, _ = _laid_over(p, q, replace(turned(turn), turn=None))  # about so: frames end between pixels
    if inside.kind in COPIES and (inside.box is None or found.kind not in COPIES):
        return replace(inside, kind="edited", why="framed in another way", box=None, contains=None), None
    return found, by


def _laid_over(a: Look, b: Look, before: Placed) -> tuple[Judgement, Evidence | None]:
    laid = over(a, b, before)
    first, best = laid.first, laid.best
    if best is None and laid.even:
        return _even(laid), first
    if best is None:
        return (said := _no_copy(a, b, laid)), first if said.kind == "variant" else None
    best = closer(a, b, best)
    said = _copy(a, b, best)
    if said.kind not in COPIES:
        return said, best
    contains = best.placed.contains if said.kind == "edited" else None
    return replace(said, lacks=lacking(a, b, best, said.box), contains=contains), best


def _even(laid: Laid) -> Judgement:
    """What two pictures with next to no structure are to each other: they count by their shades."""
    first = laid.first
    if not laid.same:
        return Judgement("different", "other pictures", 1 - first.share_apart, first.placed.nearest_turn)
    if rest := specks(first):
        return _but_for_little(first, rest)
    return Judgement("re-encoded", "the same shades", 1.0, first.placed.nearest_turn)


def _no_copy(a: Look, b: Look, laid: Laid) -> Judgement:
    first = laid.first
    turn, agree = first.placed.nearest_turn, 1 - first.share_apart
    like = coarse(a, b, turn)
    if first.drawn and (like > LAYOUT or agree > 0.3):
        return Judgement("variant", "one layout with other content", agree, turn)
    if not first.drawn and like > COARSE and agree > 0.5:
        return Judgement("edited", "coarser", agree, turn)
    if not first.drawn and (like > FAINT or any(one.placed.points >= MANY for one in laid.placed)):
        return Judgement("similar", "another shot of one scene", agree, turn)
    return Judgement("different", "other pictures", agree, turn)


def _copy(a: Look, b: Look, found: Evidence) -> Judgement:
    changed = change(found)
    return _alike(a, b, found) if changed is None else _but_for_a_part(a, b, found, changed)


def _but_for_a_part(a: Look, b: Look, found: Evidence, changed: Change) -> Judgement:
    if found.drawn and other_colours(found):
        return _recoloured(found, None)
    kind, turn, agree = _changed(found, changed), found.placed.nearest_turn, 1 - found.share_apart
    if kind == "edited":
        said = [*position.geometry(found, a, b, SHIFT), words.part(changed, found.placed.corners)]
        said += _toned(found, a, b, changed=True)
        return Judgement(kind, words.joined(said), agree, turn, changed.box)
    why = "parts of it moved" if kind == "similar" else "one layout with other content"
    return Judgement(kind, why, agree, turn, changed.box)


def _alike(a: Look, b: Look, found: Evidence) -> Judgement:
    """What two pictures are to each other whose blocks all agree."""
    turn, agree = found.placed.nearest_turn, 1 - found.share_apart
    if other_colours(found):
        return _recoloured(found, None)
    if box := part_dyed(found):
        return _recoloured(found, box)
    if not found.drawn and another_shot(a, b, found):
        return Judgement("similar", "another shot of one scene", agree, turn)
    said, toned = position.geometry(found, a, b, SHIFT), _toned(found, a, b)
    if said:
        return Judgement("edited", words.joined([*said, *toned]), agree, turn)
    if not toned and (box := stain(found)):
        return _recoloured(found, box)
    only_tones = not toned or toned == [words.tones(found)]  # what is another one may look like other tones
    if only_tones and (box := dyed_part(found)):
        return _recoloured(found, box)
    if (only_tones or found.drawn) and (rest := remains(found)):
        return _but_for_little(found, rest)
    if toned:
        return Judgement("adjusted", words.joined(toned), agree, turn)
    return Judgement("re-encoded", words.encoding(a, b), agree, turn)


def _but_for_little(found: Evidence, rest: Remains) -> Judgement:
    """What two pictures are to each other of which a small part is another one: as inscriptions are, or as by an edit."""
    turn, agree = found.placed.nearest_turn, 1 - found.share_apart
    if found.drawn or rest.both:
        return Judgement("variant", "one layout with other content", agree, turn, rest.box)
    return Judgement("edited", words.little(rest.box, found.placed.corners), agree, turn, rest.box)


def _recoloured(found: Evidence, box: Box | None) -> Judgement:
    """What two pictures are to each other of which a part has other colours: one was painted over, or a thing was dyed."""
    turn, agree = found.placed.nearest_turn, 1 - found.share_apart
    if paint := None if found.drawn else painted(found):
        return Judgement("edited", "with something added", agree, turn, paint)
    return Judgement("variant", "the same in other colours", agree, turn, box)


def _changed(found: Evidence, changed: Change) -> str:
    """The kind of two pictures that agree but for a part."""
    least, most = sorted(changed.plain)
    if found.drawn:  # unless it covers what has shades, as a photo of a thing on white has
        return "edited" if changed.edged > 0.7 and changed.filled > 0.3 and least < 0.4 else "variant"
    if changed.edged > 0.75 and most > 0.1:
        return "edited"
    if changed.moved > 0.2 and found.share_apart > 0.02:
        return "similar"
    both = changed.edged < 0.7 and (changed.filled > 0.5 or not changed.compact)
    if found.placed.off < SHIFT and both and least > 0.15 and least > 0.5 * most:  # laid over both
        return "variant"
    if found.placed.off < SHIFT and (_other_thing(changed, least) or _other_text(changed, found.blocks.noise)):
        return "variant"
    exact = found.share_apart > LARGE and found.blocks.noise < CALM
    if changed.compact and changed.moved < STAYS and (changed.edged > LAID or exact):
        return "edited"
    if changed.edged > EDGED and (most > 0.1 or changed.veil > VEILED):
        return "edited"
    return "edited" if most > 0.5 or (most > 0.3 and changed.edged > 0.55) else "similar"


def _other_thing(changed: Change, plain: float) -> bool:
    return changed.edged < REPLACED and plain > ONE_COLOUR and changed.filled > FILLED


def _other_text(changed: Change, noise: float) -> bool:
    return changed.edged < REWRITTEN and changed.solid < TEXT and noise < CLEAN


def _toned(found: Evidence, a: Look, b: Look, *, changed: bool = False) -> list[str]:
    """In words, what of tones, colours, sharpness and grain is not the same and neither size nor codec explains; where a part
    is changed, which has edges of its own, nothing of sharpness.
    """
    colour, said = found.colour, []
    if found.curve.moved > TONED:
        said.append(words.tones(found))
    weak, strong = sorted(colour.strength)
    if weak < 1 and strong > 2:  # codecs shift grey by up to 1.4
        said.append(words.grey_or_not(colour))
    elif toned := found.toned_in_one:
        said.append(words.toned_or_not(toned))
    elif colour.before > 3 and colour.before > 2 * colour.left:
        said.append(words.hues(found))
    if abs(found.blocks.sharper) > 0.7 and not changed:
        said.append("blurred" if found.blocks.sharper > 0 else "sharpened")
    if grained(found, a, b):
        said.append("with less grain" if found.grain.more > 0 else "with more grain")
    return said
