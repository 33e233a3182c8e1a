"""Groups as their page shows them: words for each picture are made here, its script shows them as text."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from dedupe import config
from dedupe.console import shown, visible
from dedupe.model import File, Group, Header, Member, Scan
from dedupe.model.judgement import COPIES
from dedupe.model.leaks import Leaked, LeakGroup
from dedupe.model.plans import PROTECTED, REMOVE
from dedupe.model.records import encoded, group, header, shares, summary
from dedupe.previews import Preview
from dedupe.report import relative
from dedupe.report.lines import distances

ALIKE = ((0.1, "nearly equal"), (0.2, "very alike"), (0.45, "alike"))
"""How near two pictures are that nobody has looked at, in words, by the share of the distance that unrelated ones have."""

FAR = "less alike"

TURNED = {
    "hflip": "mirrored",
    "vflip": "mirrored top to bottom",
    "rotate180": "upside down",
    "rotate90": "turned right",
    "rotate270": "turned left",
    "transpose": "turned left and mirrored",
    "transverse": "turned right and mirrored",
}


def groups_shown(
    groups: Sequence[Group | LeakGroup], made: Header, seen: Mapping[str, Preview], actions: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Each group as a list of pictures, the kept one first; `seen` has their previews by digest, `actions` what is decided of
    them, by the id of their row in a plan.
    """
    places = {digest: place for place, digest in enumerate(seen)}
    protected = [os.path.realpath(os.fsencode(each)) for each in config.protected()]

    def picture(file: File, label: str | None, more: Mapping[str, Any]) -> dict[str, Any]:
        folder, name = os.path.split(relative(file.path))
        preview = seen.get(file.digest, Preview(b""))
        when = file.stat.mtime_ns // 10**9 if file.taken is None and file.stat else file.taken or 0
        said = {
            "name": shown(name),
            "folder": shown(folder) or ".",
            "bytes": file.size,
            "frees": file.frees,
            "width": file.width,
            "height": file.height,
            "when": when,
            "date": _date(when, file.taken is not None),
            "links": [shown(relative(link)) for link in file.links],
            "fixed": _fixed(file, made, protected),
            "picture": places.get(file.digest, -1),
            "content": file.digest,
            "note": visible(preview.note),
            "label": None if label is None else visible(label),
        }
        return {**said, **more}

    found = []
    for number, each in enumerate(groups, 1):
        best = picture(each.kept, getattr(each, "label", None), {"why": visible(getattr(each, "why", ""))})
        others = (picture(one.file, getattr(one, "label", None), _match(one, made)) for one in each.members)
        pictures = [best, *others]
        for at, one in enumerate(pictures):
            one["row"] = f"g{number}m{at}" if at else f"g{number}"
            one["goes"] = actions.get(one["row"]) == REMOVE and not one["fixed"]
        found.append({"pictures": pictures})
    return found


def plan_shown(result: Scan, groups: Sequence[Group]) -> list[list[str]]:
    """The JSON lines of a scan as a script makes a plan of them: of each group the pieces of its line between which stand the
    actions, one a picture; first and last the lines around. As texts, since a script would round inode numbers.
    """
    found = [_pieces(group(one, number)) for number, one in enumerate(groups, 1)]
    return [[encoded(header(result.header))], *found, [encoded(summary(result.summary))]]


def _pieces(line: dict[str, Any]) -> list[str]:
    undecided = {"action": ""}
    members = [{**one, **undecided} for one in line["members"]]
    return encoded({**line, "keep": {**line["keep"], **undecided}, "members": members}).split('"action":""')


def _match(one: Member | Leaked, made: Header) -> dict[str, Any]:
    box = getattr(one, "box", None)
    return {
        "kind": visible(one.kind or ""),
        "alike": "" if one.kind else alike(one.distance, made),
        "distance": "" if one.kind == "same-bytes" else visible(distances(one.distance)),
        "turned": one.turn != "none",
        "turn": visible("" if one.turn == "none" or one.kind in COPIES else TURNED.get(one.turn, one.turn)),
        "why": visible(getattr(one, "why", "")),
        **({"box": shares(box)} if box else {}),
    }


def alike(distance: Mapping[str, float], made: Header) -> str:
    """How near a picture that nobody has looked at is by its nearest descriptor, in words."""
    shares = [_share(name, value, made) for name, value in distance.items()]
    if not shares:
        return ""
    return next((words for most, words in ALIKE if min(shares) <= most), FAR) if any(shares) else "equal"


def _share(name: str, value: float, made: Header) -> float:
    """Of hashes unrelated pictures differ in half of the bits; of others the threshold is taken for half as far as these are."""
    far = made.bits[name] / 2 if name in made.bits else 2 * made.thresholds.get(name, 0.0)
    return value / far if far else float(value > 0)


def _date(seconds: int, taken: bool) -> str:
    """When a picture was taken, by its own clock, else when its file was written, here; empty where neither is known."""
    if not seconds:
        return ""
    try:
        when = datetime.fromtimestamp(seconds, UTC) if taken else datetime.fromtimestamp(seconds, UTC).astimezone()
    except (ValueError, OverflowError, OSError):
        return ""
    return f"{'taken' if taken else 'file dated'} {when:%Y-%m-%d %H:%M}"


def _fixed(file: File, made: Header, protected: Sequence[bytes]) -> str:
    """Why a picture cannot be removed; nothing for one that can."""
    if file.in_memory:
        return "in memory"
    if file.within:
        return "in an archive"
    if _inside(file.path, made.references):
        return "reference"
    place = os.path.realpath(os.path.join(made.folder, file.path)) if protected else b""
    return PROTECTED if file.protected or _inside(place, protected) else ""


def _inside(path: bytes, folders: Iterable[bytes]) -> bool:
    return any(path == folder or path.startswith(os.path.join(folder, b"")) for folder in folders)
