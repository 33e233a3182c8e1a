"""Calibrations as files: one JSON a descriptor key, the user's own before those that its plugin ships."""

from __future__ import annotations

import json
import math
import re
import sys
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path

from blake3 import blake3

from dedupe import config
from dedupe.calibrate.table import Calibration
from dedupe.errors import UsageError
from dedupe.model import Descriptor
from dedupe.whole import whole_file

FORMAT = 1
FOLDER = "calibration"
"""The name of the folder in the user's data folder, and beside a plugin's modules."""


def find_own(key: str) -> Calibration | None:
    """The user's own calibration of a descriptor key, None where there is none.

    Pillow's version, a device, a turn and a distortion in the key make no difference: none of them moves a null distribution.
    """
    return _read_of(key, own_folder())


def find_shipped(descriptor: Descriptor, key: str) -> Calibration | None:
    """The calibration that a descriptor's plugin ships, None where there is none: a package in its folder `calibration`, a
    module that is one file beside that file.
    """
    plugin = sys.modules.get(type(descriptor).__module__.partition(".")[0])
    file = getattr(plugin, "__file__", None)
    beside = [Path(file).parent] if file else []
    folders = [Path(folder) / FOLDER for folder in getattr(plugin, "__path__", ())] or beside
    return next(filter(None, (_read_of(key, folder) for folder in folders)), None)


def own_folder() -> Path:
    """Where the user's own calibrations are or would be; nothing is created."""
    return config.data_path(make=False) / FOLDER


def list_own() -> list[tuple[Path, Calibration]]:
    """The user's own calibrations with their files, in the order of the files' names."""
    found = ((path, read(path)) for path in sorted(own_folder().glob("*.json")))
    return [(path, each) for path, each in found if each is not None]


def remove(key: str) -> Path:
    """Removes the user's own calibration of a descriptor, by its key, or its name where only one has it; the file that was
    removed. Raises UsageError if there is none, or several.
    """
    own = list_own()
    fits = [path for path, one in own if one.key == plain(key)] or [
        path for path, one in own if one.key.partition("@")[0] == key
    ]
    if not fits:
        raise UsageError(
            f"There is no calibration of yours for {key}; `dedupe calibrate --list` shows those that there are."
        )
    if len(fits) > 1:
        raise UsageError(
            f"You have {len(fits)} calibrations for {key}; give the key of one, as dedupe calibrate --list has it."
        )
    fits[0].unlink()
    return fits[0]


def _read_of(key: str, folder: Path) -> Calibration | None:
    found = read(folder / file_name(key))
    return found if found is not None and found.key == plain(key) else None


def plain(key: str) -> str:
    """A descriptor key without what no null distribution depends on."""
    return re.sub(r"/(pillow|device=|turn=|region=|distort=).*", "", key)


def reading(key: str) -> str:
    """How the pictures of a descriptor key are read, as "working512-6" or "full-1"; nothing where the key does not say."""
    rest, _, last = plain(key).rpartition("/")
    return last if rest else ""


def file_name(key: str) -> str:
    """The name of a calibration's file: the descriptor's, and a digest of the key without how pictures are read."""
    name = re.match(r"[\w.-]*", key)
    described = plain(key).removesuffix(f"/{reading(key)}")
    return f"{name[0] if name else ''}-{blake3(described.encode()).hexdigest(4)}.json"


def read(path: Path) -> Calibration | None:
    """The calibration in a file, None where there is none or it makes no sense."""
    try:
        given = json.loads(path.read_bytes())
        if given.pop("format") != FORMAT:
            return None
        found = Calibration(**{"measured_with": reading(given["key"]), **given})
        return found if _sound(found) else None
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def write(found: Calibration, folder: Path | None = None) -> Path:
    """Writes a calibration into a folder, by default the user's; an older one of that key is replaced at once or not at all."""
    folder = config.data_path() / FOLDER if folder is None else folder
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / file_name(found.key)
    rounded = [float(f"{share:.6g}") for share in found.shares], [float(f"{d:.7g}") for d in found.distances]
    tail = {"slope": float(f"{found.slope:.6g}"), "bend": float(f"{found.bend:.6g}")}
    content = {**asdict(found), "shares": rounded[0], "distances": rounded[1], **tail}
    with whole_file(path) as stream:
        stream.write(json.dumps({"format": FORMAT, **content}).encode("ascii") + b"\n")
    return path


def _sound(found: Calibration) -> bool:
    distances, shares = found.distances, found.shares
    return (
        len(distances) == len(shares) >= 2
        and all(a < b for a, b in pairwise(distances))
        and all(0 < a <= b <= 1 for a, b in pairwise(shares))
        and distances[0] >= 0
        and 0 < found.slope < math.inf
        and 0 <= found.bend < math.inf
        and all(isinstance(each, str) for each in (found.measured_with, found.sources))
    )
