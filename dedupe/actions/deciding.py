"""A plan's decisions, looked at anew: which files go, for which kept one, and what goes along."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache

from dedupe.actions.companions import STILL, counterpart, go_together, names_in, own_sidecars, shot, split
from dedupe.actions.live import strangers
from dedupe.actions.placed import Folders
from dedupe.actions.plan import REMOVE, Plan
from dedupe.errors import Refused
from dedupe.model.acting import Action
from dedupe.model.addresses import is_address
from dedupe.model.judgement import LISTED
from dedupe.model.plans import PlanRow

ListFolder = Callable[[bytes], tuple[bytes, ...]]
"""The sorted names in a folder."""

QUIET = ("other kind", "same shot")
"""Why a file stays that nobody has asked to go: nothing to be told."""


@dataclass(frozen=True, slots=True)
class Going:
    """A file that is to go: its path, that of the file which stays for it, and the digests that both must have.

    What goes along with a picture has no row; its digests are None, and where it has a kept file both must be the same.
    """

    path: bytes
    kept: bytes | None
    digest: str | None = None
    kept_digest: str | None = None
    row: PlanRow | None = None

    @property
    def kind(self) -> str | None:
        """What a picture is to the one that stays; of one that takes the place of its group's, what that one was to it."""
        if self.row is None:
            return None
        return "same-bytes" if self.digest == self.kept_digest else self.row.kind


@dataclass(frozen=True, slots=True)
class Item:
    """Files that go together or not at all, pictures first."""

    files: tuple[Going, ...]

    @property
    def companions(self) -> int:
        """How many go along that are no duplicates by themselves."""
        return sum(one.row is None for one in self.files)


@dataclass(frozen=True, slots=True)
class Left:
    """A file of the plan that stays where it is though it was to go: a stable word and a sentence."""

    path: bytes
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Agreed:
    """What is to be done, and what is refused."""

    items: tuple[Item, ...]
    left: tuple[Left, ...]


def decide(plan: Plan, folders: Folders, action: Action) -> Agreed:
    """The items of a plan that an action can be done to. Each file that goes matches one that stays directly; whatever stands
    against one is said of it.
    """
    left: list[Left] = []
    going: list[Going] = []
    for rows in plan.groups():
        for row in rows:
            if row.action == REMOVE:
                try:
                    going.append(_going(row, rows, folders, action))
                except Refused as error:
                    if row.asked or error.reason not in QUIET:
                        left.append(Left(row.file.path, error.reason, str(error)))
    times = Counter(folders.whole(row.file.path) for row in plan.rows)
    going, twice = _once(going, folders, {path for path, count in times.items() if count > 1})
    stay = set(_asked_to_stay(plan, folders))
    items, apart = _items(going, stay, action) if action.takes_along else ([Item((one,)) for one in going], [])
    return Agreed(tuple(items), (*left, *twice, *apart))


def _asked_to_stay(plan: Plan, folders: Folders) -> Iterator[bytes]:
    """Where the files stand of which somebody has said that they stay."""
    for row in plan.rows:
        if row.asked and row.action != REMOVE:
            with suppress(Refused):
                yield folders.place(row.file.path)


def _going(row: PlanRow, rows: Sequence[PlanRow], folders: Folders, action: Action) -> Going:
    """A file that is to go, and for which one. Raises Refused."""
    if row.file.in_memory:
        raise Refused("in memory", "it is a picture in memory, no file")
    if row.file.within and is_address(row.file.within.container):
        raise Refused("at an address", "it is at an address, and dedupe changes nothing there")
    if row.file.within:
        raise Refused("in an archive", "it is in an archive, and dedupe changes no archive")
    if row.kind not in (None, *LISTED):
        raise Refused("unknown kind", f"the plan calls it {row.kind!r}, which dedupe does not know")
    place = folders.place(row.file.path)
    folders.check_free(place)
    kept = _kept(row, rows)
    kind = "same-bytes" if kept.file.digest == row.file.digest else row.kind or kept.kind
    if kind not in action.kinds and tuple(action.kinds) != LISTED:
        allowed = ", ".join(action.kinds)
        raise Refused("other kind", f"{action.name} takes {allowed} alone, and it is {kind or 'not known what it is'}")
    stays = folders.place(kept.file.path)
    if action.takes_along and _is_same_shot(place, stays):
        raise Refused("same shot", f"it is one shot with {os.fsdecode(os.path.basename(stays))}, which stays")
    return Going(place, stays, row.file.digest, kept.file.digest, row)


def _is_same_shot(one: bytes, other: bytes) -> bool:
    (folder, name), (beside, kept) = os.path.split(one), os.path.split(other)
    return folder == beside and split(name)[0] == split(kept)[0] and go_together(name, kept)


def _kept(row: PlanRow, rows: Sequence[PlanRow]) -> PlanRow:
    """A row of the group that stays and that the file matches directly: of its content, the one that the group was made around,
    or where the file is of that one's content any.
    """
    first = rows[0]
    stay = [one for one in rows if one.action != REMOVE and not one.file.no_file]
    same = [one for one in stay if one.file.digest == row.file.digest]
    central = [one for one in stay if one.file.digest == first.file.digest]
    found: list[PlanRow] = [*same, *central, *(stay if row.file.digest == first.file.digest else ())]
    if not found and any(one.action != REMOVE and one.file.within for one in rows):
        raise Refused("kept in an archive", "what stays for it is in an archive, which apply does not look into")
    if not found:
        raise Refused(
            "nothing kept", "no picture that it was compared with stays" if stay else "no picture of its group stays"
        )
    return found[0]


def _once(going: list[Going], folders: Folders, several: set[bytes]) -> tuple[list[Going], list[Left]]:
    """Those that stand in the plan once, and go for a file that stays itself; `several` are the paths in it more than once."""
    count = Counter(one.path for one in going)
    fine, left = [], []
    for one in going:
        if count[one.path] > 1 or (one.row and folders.whole(one.row.file.path) in several):
            left.append(_left(one, "twice", "it stands in the plan more than once"))
        elif one.kept in count:
            left.append(_left(one, "kept goes", "the picture that is to stay for it goes in another group"))
        else:
            fine.append(one)
    return fine, left


def _left(one: Going, reason: str, message: str) -> Left:
    return Left(one.path if one.row is None else one.row.file.path, reason, message)


def _items(going: Iterable[Going], stay: Set[bytes], action: Action) -> tuple[list[Item], list[Left]]:
    """Files with what belongs to them, but for what is to `stay`; refused is what would tear a shot apart."""
    list_folder = cache(names_in)
    by_shot: defaultdict[tuple[bytes, bytes], dict[bytes, Going]] = defaultdict(dict)
    for one in going:
        folder, name = os.path.split(one.path)
        by_shot[folder, split(name)[0]][name] = one
    items: list[Item] = []
    left: list[Left] = []
    for (folder, stem), ones in by_shot.items():
        try:
            parts = list(_parts(folder, stem, ones, list_folder(folder)))
        except Refused as error:
            left += [_left(one, error.reason, str(error)) for one in ones.values()]
            continue
        for part in parts:
            try:
                _check_none_stays(folder, part, stay)
                items.append(_item(folder, part, ones, list_folder, action))
            except Refused as error:
                asked = (one for one in part.pictures if one in ones)
                left += [_left(ones[name], error.reason, str(error)) for name in asked]
    return items, left


@dataclass(frozen=True, slots=True)
class _Part:
    """Names that go together: pictures, clips and sidecars."""

    pictures: tuple[bytes, ...]
    clips: tuple[bytes, ...] = ()
    sidecars: tuple[bytes, ...] = ()


def _parts(folder: bytes, stem: bytes, ones: Mapping[bytes, Going], names: Sequence[bytes]) -> Iterator[_Part]:
    """A stem's files that go, in parts. Where all of its pictures go, and a clip or a sidecar belongs to them all, it is one."""
    found = shot(stem, names)
    found = replace(found, clips=tuple(clip for clip in found.clips if _belongs(folder, clip, found.pictures)))
    along = [each for each in found.pictures if each not in ones and any(go_together(one, each) for one in ones)]
    if (found.clips or found.sidecars) and set(found.pictures) <= {*ones, *along}:
        yield _Part((*ones, *along), found.clips, found.sidecars)
        return
    done: set[bytes] = set()
    for name in ones:
        if name not in done:
            partners = [each for each in found.pictures if each != name and go_together(name, each)]
            others = [each for each in ones if any(go_together(each, one) for one in partners)]
            together = tuple(dict.fromkeys([name, *partners, *others]))
            done.update(together)
            yield _Part(together)


def _belongs(folder: bytes, clip: bytes, pictures: Sequence[bytes]) -> bool:
    """Whether a clip belongs to pictures of its name: not where all say that another one is theirs."""
    stills = [os.path.join(folder, name) for name in pictures if split(name)[1] in STILL]
    return not stills or not all(strangers(still, os.path.join(folder, clip)) for still in stills)


def _check_none_stays(folder: bytes, part: _Part, stay: Set[bytes]) -> None:
    for name in part.pictures:
        if os.path.join(folder, name) in stay:
            raise Refused("one shot", f"{os.fsdecode(name)} belongs to it, and is to stay")


def _item(folder: bytes, part: _Part, ones: Mapping[bytes, Going], list_folder: ListFolder, action: Action) -> Item:
    pictures = [ones[name] for name in part.pictures if name in ones]
    first = pictures[0]
    sidecars = [*part.sidecars, *(each for name in part.pictures for each in own_sidecars(name, list_folder(folder)))]
    along = [name for name in part.pictures if name not in ones]
    files = [_along(folder, name, first, True, list_folder) for name in (*along, *part.clips)]
    files += [_along(folder, name, first, action.frees == "now", list_folder) for name in dict.fromkeys(sidecars)]
    return Item((*pictures, *files))


def _along(folder: bytes, name: bytes, picture: Going, must_be_kept: bool, list_folder: ListFolder) -> Going:
    """What goes along; of what has content of its own the kept picture must have a copy beside it."""
    path = os.path.join(folder, name)
    if not must_be_kept:
        return Going(path, None)
    beside, kept = os.path.split(picture.kept or b"")
    found = counterpart(name, os.path.basename(picture.path), kept, list_folder(beside))
    if found is None or os.path.join(beside, found) == path:
        raise Refused("one shot", f"{os.fsdecode(name)} belongs to it, and has no copy beside the picture that stays")
    return Going(path, os.path.join(beside, found))


__all__ = ["Agreed", "Going", "Item", "Left", "decide"]
