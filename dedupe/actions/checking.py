"""Files read again, right before something is done to them: they must be what the plan says, and so must what stays."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass, field

from dedupe.actions.deciding import Going
from dedupe.actions.safely import digest, opened, same_bytes
from dedupe.errors import Refused
from dedupe.model.acting import Action, Taken

Identity = tuple[int, int]
"""Device and inode."""

SAME = "it is a file that stays or goes elsewhere in the plan, by another name"
KEPT_GOES = "the picture that stays goes elsewhere in the plan, by another name"


class Already(Exception):
    """What was to be done is done."""


@dataclass(slots=True)
class Seen:
    """What a run has read: digests of kept files, by all that changes with them; files that stay and files that go."""

    digests: dict[tuple[int, ...], str] = field(default_factory=dict)
    stay: set[Identity] = field(default_factory=set)
    go: set[Identity] = field(default_factory=set)


def checked(one: Going, action: Action, seen: Seen) -> Taken:
    """The file as it is now. Raises Refused for what is not as planned, Already for what is a link to the kept file by now."""
    try:
        return _checked(one, action, seen)
    except OSError as error:
        if error.errno != errno.EIO:
            raise
        raise Refused("unreadable", f"it, or the picture that stays, cannot be read ({error.strerror})") from None


def _checked(one: Going, action: Action, seen: Seen) -> Taken:
    with opened(one.path) as file:
        about = os.fstat(file)
        identity = about.st_dev, about.st_ino
        if one.kept is None:
            found = digest(file)
        else:
            _check_kept(one, identity, action, seen)
            with opened(one.kept) as kept:
                found = _compared(one, file, kept, action, seen)
    if identity in seen.stay or identity in seen.go:
        raise Refused("same file", SAME)
    sizes = about.st_size, about.st_mtime_ns, about.st_nlink
    return Taken(one.path, one.kept, *identity, *sizes, found)


def note(one: Going, file: Taken, seen: Seen) -> None:
    """Remembers that a file goes, and another one stays. Raises Refused where one is the other, of files that go together."""
    identity = file.device, file.inode
    if identity in seen.stay:
        raise Refused("same file", SAME)
    seen.go.add(identity)
    if one.kept is not None:
        with opened(one.kept) as kept:
            about = os.fstat(kept)
        if (about.st_dev, about.st_ino) in seen.go:
            raise Refused("kept goes", KEPT_GOES)
        seen.stay.add((about.st_dev, about.st_ino))


def _check_kept(one: Going, identity: Identity, action: Action, seen: Seen) -> None:
    try:
        with opened(one.kept or b"") as kept:
            about = os.fstat(kept)
    except Refused as error:
        raise Refused("kept gone", f"of the picture that stays: {error}") from None
    stays = about.st_dev, about.st_ino
    if stays == identity:
        if action.name == "hardlink":
            raise Already
        raise Refused("same file", "it is the picture that stays, by another name")
    if stays in seen.go:
        raise Refused("kept goes", KEPT_GOES)
    if one.row is not None and not about.st_size:
        raise Refused("kept empty", "the picture that stays is empty")


def _compared(one: Going, file: int, kept: int, action: Action, seen: Seen) -> str:
    """The file's digest, once both are known to be what they were."""
    found, stays = digest(file), _known(kept, seen)
    if one.digest is not None and found != one.digest:
        raise Refused("changed", "it was changed since the scan")
    if one.kept_digest is not None and stays != one.kept_digest:
        raise Refused("kept changed", "the picture that stays was changed since the scan")
    if one.digest is None and found != stays:
        raise Refused("one shot", "it belongs to a picture that goes, and what is beside the one that stays differs")
    if found == stays and action.frees == "now" and not same_bytes(file, kept):
        raise Refused("changed", "it is not byte by byte what the picture is that stays")
    return found


def _known(kept: int, seen: Seen) -> str:
    """The digest of a kept file, which a group of many asks for many times."""
    about = os.fstat(kept)
    key = about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns
    if key not in seen.digests:
        seen.digests[key] = digest(kept)
    return seen.digests[key]


__all__ = ["Already", "Identity", "Seen", "checked", "note"]
