"""Which files of a card are copied, and where each goes."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from dedupe.actions.companions import split
from dedupe.digests import digest_of
from dedupe.errors import DedupeError
from dedupe.importing.library import SAME, CardPictures, Contents
from dedupe.importing.names import Places, date_taken, date_written
from dedupe.importing.shots import CardShot, shots
from dedupe.model import Failure
from dedupe.model.imports import COMPANION, OTHER, PICTURE, Copy, InLibrary
from dedupe.walk import Walk

SAME_BYTES = SAME[0]


@dataclass(slots=True)
class Planned:
    """What is copied, what the library holds, what is left by suffix, and what could not be read."""

    copies: list[Copy] = field(default_factory=list)
    held: list[InLibrary] = field(default_factory=list)
    left: Counter[str] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)

    def next_shot(self) -> int:
        """The number of the next shot of which something is copied."""
        return self.copies[-1].shot + 1 if self.copies else 0


@dataclass(slots=True)
class Card:
    """Bytes of each file on the card, by path, and when it was written, in seconds since 1970; digests as far as they are
    known; and where the first of each content goes.
    """

    size: dict[bytes, int]
    written: dict[bytes, float]
    digests: dict[bytes, str]
    first: dict[str, bytes] = field(default_factory=dict)

    def digest(self, path: bytes, found: Planned) -> str | None:
        """The digest of a file; None for one that cannot be read, which is noted."""
        if path not in self.digests:
            try:
                self.digests[path] = digest_of(path)
            except DedupeError as error:
                found.failures.append(Failure(path, "read", "unreadable", str(error)))
        return self.digests.get(path)


def planned(
    walked: Walk, known: CardPictures, library: Contents, suffixes: Collection[bytes], places: Places, all_files: bool
) -> Planned:
    """What becomes of each file that was met on the card; those with one of the `suffixes` are pictures, whatever is in them."""
    card, found = _card(walked, known), Planned()
    pictures = [path for path in card.size if path in known.digests or _suffix(path) in suffixes]
    rest = card.size.keys() - set(pictures)
    every = shots(pictures, rest)
    for shot in every:
        _plan_shot(shot, card, known, library, places, found)
    for path in sorted(rest - {each for shot in every for each in shot.companions}):
        _plan_other(path, card, library, places, all_files, found)
    return found


def _card(walked: Walk, known: CardPictures) -> Card:
    files = walked.files
    paths = [files.path(index) for index in range(len(files))]
    written = (files.mtime_ns / 1e9).tolist()
    return Card(
        dict(zip(paths, files.size.tolist(), strict=True)),
        dict(zip(paths, written, strict=True)),
        dict(known.digests),
    )


def _suffix(path: bytes) -> bytes:
    return split(os.path.basename(path))[1]


def _plan_shot(
    shot: CardShot, card: Card, known: CardPictures, library: Contents, places: Places, found: Planned
) -> None:
    """Pictures that the library does not hold, and the companions of all: beside a picture of theirs that it does hold."""
    held = [one for path in shot.pictures if (one := _held(path, card, known, library, found))]
    found.held += held
    wanted = [path for path in shot.pictures if path in card.digests and path not in {each.path for each in held}]
    companions = [
        path
        for path in shot.companions
        if (digest := card.digest(path, found)) and (wanted or not _noted(path, digest, card, library, found))
    ]
    sibling = next((each.place for each in held if each.kind == SAME_BYTES), None)
    files, number = [*wanted, *companions], found.next_shot()
    names = [os.path.basename(path) for path in files]
    if sibling is None:
        targets = places.by_date(_date(shot, card, known), shot.stem, names)
    else:
        targets = places.beside(sibling, shot.stem, names)
    for path, target in zip(files, targets, strict=True):
        what = PICTURE if path in wanted else COMPANION
        found.copies.append(Copy(path, target, what, card.size[path], card.digests[path], number))
        if what == PICTURE:
            card.first.setdefault(card.digests[path], target)


def _held(path: bytes, card: Card, known: CardPictures, library: Contents, found: Planned) -> InLibrary | None:
    """Where the library holds a picture, or will when what is planned is done."""
    if path in known.held:
        return known.held[path]
    if (digest := card.digest(path, found)) is None:
        return None
    place = card.first.get(digest)
    if place is None and path not in known.digests:  # nobody looked at it, so that it can be told by its bytes alone
        place = library.place(card.size[path], digest)
    return None if place is None else InLibrary(path, place, SAME_BYTES)


def _noted(path: bytes, digest: str, card: Card, library: Contents, found: Planned) -> bool:
    """Whether the library has a file's bytes, which is noted."""
    place = library.place(card.size[path], digest)
    if place is not None:
        found.held.append(InLibrary(path, place, SAME_BYTES))
    return place is not None


def _date(shot: CardShot, card: Card, known: CardPictures) -> datetime:
    """When a shot was taken, else when the first of its files was written."""
    taken = [when for path in shot.pictures if (when := known.taken.get(path)) is not None]
    if taken:
        return date_taken(min(taken))
    return date_written(min(card.written[path] for path in (*shot.pictures, *shot.companions)))


def _plan_other(path: bytes, card: Card, library: Contents, places: Places, all_files: bool, found: Planned) -> None:
    if library.has_size(card.size[path]):
        digest = card.digest(path, found)
        if digest is None or _noted(path, digest, card, library, found):
            return
    if not all_files:
        found.left[os.fsdecode(_suffix(path)) or "no suffix"] += 1
        return
    name = os.path.basename(path)
    (target,) = places.by_date(date_written(card.written[path]), split(name)[0], [name])
    found.copies.append(Copy(path, target, OTHER, card.size[path], card.digests.get(path), found.next_shot()))
