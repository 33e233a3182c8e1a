"""A card in, a library that has everything on it: what it lacks is copied into folders by date."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import fields
from functools import partial
from pathlib import Path

from dedupe import config
from dedupe.actions.companions import PICTURE
from dedupe.describe.gather import known_suffixes, load_plugins
from dedupe.describe.several import AnyPath, Paths, Words, asked, words
from dedupe.errors import UsageError
from dedupe.group.keep import made
from dedupe.importing.carrying import carry_out, settled
from dedupe.importing.library import Contents, known
from dedupe.importing.names import PATTERN, Places, check_pattern
from dedupe.importing.planning import planned
from dedupe.model import Progress, Run, Select
from dedupe.model.asked import CPU, silent
from dedupe.model.imports import Import
from dedupe.scan import scan
from dedupe.walk import tidy, walk
from dedupe.whole.kinds import PICTURE_NAMES

__all__ = ["PATTERN", "import_pictures"]


def import_pictures(
    card: AnyPath,
    library: AnyPath,
    *,
    to: str = PATTERN,
    all_files: bool = False,
    keep: Words = (),
    yes: bool = False,
    workers: int | None = None,
    cache: AnyPath | None = None,
    plugin: Paths = (),
    file_timeout: float = config.FILE_TIMEOUT,
    max_pixels: int = config.PIXEL_CAP,
    device: str = CPU,
    progress: Progress = silent,
) -> Import:
    """What has to be copied from a card so that the library has everything on it, and where to; copied only with `yes`.

    Each option is the command's of the same name. Raises UsageError for a request that cannot be served and for folders that
    hold each other, DedupeError when one of them cannot be read, or the library cannot be written, Interrupted after SIGINT.
    """
    check_pattern(to)
    _refuse_odd(card, library)
    run = asked(workers, cache, plugin, file_timeout, max_pixels, progress, device)
    planning = partial(_plan, tidy(os.fsencode(card)), tidy(os.fsencode(library)), to, all_files, words(keep), run)
    if not yes:
        return planning()
    with settled(
        [Path(each) for each in run.plugin]
    ):  # before it is planned: what a killed run has copied without an end is taken back
        return carry_out(planning(), progress)


def _plan(card: bytes, library: bytes, to: str, all_files: bool, keep: Sequence[str], run: Run) -> Import:
    loaded = load_plugins(run)
    rules = made(keep, loaded.make)
    how = {each.name: getattr(run, each.name) for each in fields(run)}
    result = scan([card], reference=[library], keep=keep, judge=True, **how)
    every = Select(all_files=True)
    on_card, in_library = walk([card], frozenset(), every), walk([library], frozenset(), every)
    pictures = known(result, library, loaded, run, rules)
    suffixes = PICTURE_NAMES | PICTURE | known_suffixes(loaded)
    found = planned(on_card, pictures, Contents(in_library), suffixes, Places(library, to), all_files)
    copied = {each.source for each in found.copies}
    return Import(
        card=card,
        library=library,
        copies=found.copies,
        held=found.held,
        likenesses=[pictures.like[each.source] for each in found.copies if each.source in pictures.like],
        left=found.left,
        others=on_card.others,
        failures=[*found.failures, *on_card.failures],
        unread=[each for each in result.failures if each.path in copied],
        own_calibrations=result.header.own_calibrations,
    )


def _refuse_odd(card: AnyPath, library: AnyPath) -> None:
    a, b = (os.path.realpath(os.fsencode(each)) for each in (card, library))
    for given, place in ((card, a), (library, b)):
        if not os.path.isdir(place):  # noqa: PTH112 - pathlib takes no bytes
            what = "is no folder" if os.path.exists(place) else "is not there"  # noqa: PTH110
            raise UsageError(f"{os.fsdecode(given)} {what}; name the folder of a card, and that of a library.")
    inside = os.path.join(a, b""), os.path.join(b, b"")
    if inside[0].startswith(inside[1]) or inside[1].startswith(inside[0]):
        raise UsageError(
            f"{os.fsdecode(card)} and {os.fsdecode(library)} are one folder, or one lies in the other; name two apart."
        )
