"""The raw distances of an evaluation, from which every figure can be computed again, and their file."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe.errors import DedupeError, UsageError
from dedupe.model import Failure, Floats, Summary
from dedupe.model.judgement import KINDS
from dedupe.whole import Kind, refuse_other, remove_abandoned, whole_file

FORMAT = 1

ABOUT, LARGEST = 64 << 20, 8 << 30
"""Bytes, unpacked, of what a file says of itself, and of all of it, that are read at most."""

TIMES = "times"
"""The array of milliseconds by descriptor, NaN where unknown, which comes last: they are measured when all else is saved."""


@dataclass(frozen=True, slots=True)
class Distances:
    """One descriptor's distances, inf where undefined: `similar` float32 (K,n) of photo and own copy by distortion,
    `negatives` float32 (m,) of the run's pairs of different photos.
    """

    label: str
    key: str
    metric: str
    bytes: int
    milliseconds: float | None
    similar: Floats
    negatives: Floats


@dataclass(frozen=True, slots=True)
class Looked:
    """What a judge says of the copies that a scan would look at: `said` int8 (K,n), by distortion and photo a place in KINDS, or
    why there is none (`reporting`). A scan looks at pairs within `thresholds`, by label; of some the calibration is the user's
    `own`.
    """

    said: NDArray[np.int8]
    thresholds: Mapping[str, float]
    own: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RawDistances:
    """All that was measured on `photos` photos. `left` and `right` int32 (m,) are the photos of each negative pair.

    The first `originals` of the pairs are of two originals; in the others the left one is an original and the right one a
    distorted copy, in the order of `distortions`.
    """

    photos: int
    distortions: tuple[str, ...]
    turns: str
    descriptors: Sequence[Distances]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    originals: int
    summary: Summary
    failures: Sequence[Failure] = ()
    notes: tuple[str, ...] = field(default=())
    looked: Looked | None = None


def _is_raw(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return "about.npy" in archive.namelist()
    except zipfile.BadZipFile:
        return False


RAW = Kind("a file of raw distances", _is_raw)


def check_target(path: Path) -> None:
    """Makes room for a file before the work. Raises UsageError for one that is there already (SafetyError where `eval` did not
    make it), DedupeError for one that cannot be made.
    """
    refuse_other(path, RAW)
    if path.exists():
        raise UsageError(f"--save {path}: there is such a file already; give another name or move it away.")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise DedupeError(f"--save {path}: nothing can be written in that folder.")
    remove_abandoned(path.parent)


def save(raw: RawDistances, path: Path) -> None:
    """Writes an .npz file as a whole, never over another one; raises DedupeError if that fails."""
    with _written(path), whole_file(path, anew=True) as stream:
        _write(raw, stream)


def add_times(raw: RawDistances, path: Path) -> None:
    """Adds the descriptors' times to what `save` has written, which stands until then; raises DedupeError if that fails."""
    times = np.array([np.nan if each.milliseconds is None else each.milliseconds for each in raw.descriptors])
    with _written(path), whole_file(path, RAW) as stream:
        with path.open("rb") as saved:
            shutil.copyfileobj(saved, stream, 1 << 20)
        with zipfile.ZipFile(stream, "a") as archive:
            _put(archive, TIMES, times)


@contextmanager
def _written(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DedupeError(f"--save {path}: it cannot be written ({error.strerror or error}).") from error


def _write(raw: RawDistances, stream: Any) -> None:
    about = {
        "format": FORMAT,
        "photos": raw.photos,
        "distortions": raw.distortions,
        "turns": raw.turns,
        "originals": raw.originals,
        "notes": raw.notes,
        "summary": asdict(raw.summary),
        "failures": [[os.fsdecode(each.path), each.stage, each.reason, each.message] for each in raw.failures],
        "looked": None if raw.looked is None else [dict(raw.looked.thresholds), raw.looked.own],
        "descriptors": [[d.label, d.key, d.metric, d.bytes, d.milliseconds] for d in raw.descriptors],
    }
    arrays: list[tuple[str, NDArray[Any]]] = [("left", raw.left), ("right", raw.right)]
    arrays.append(("about", np.frombuffer(json.dumps(about).encode("utf-8"), np.uint8)))
    if raw.looked is not None:
        arrays.append(("said", raw.looked.said))
    for number, each in enumerate(raw.descriptors):
        arrays += [(f"similar_{number}", each.similar), (f"negatives_{number}", each.negatives)]
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, array in arrays:
            _put(archive, name, array)


def _put(archive: zipfile.ZipFile, name: str, array: NDArray[Any]) -> None:
    with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
        np.lib.format.write_array(member, np.ascontiguousarray(array), allow_pickle=False)


def load(path: Path) -> RawDistances:
    """The raw distances in a file that `save` made; raises DedupeError or UsageError for anything else."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            _refuse_bomb(stored.zip)
            return _read(lambda name: np.asarray(stored[name]))
    except OSError as error:
        raise DedupeError(f"--load {path}: it cannot be read ({error.strerror or error}).") from error
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
        EOFError,
        RecursionError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise UsageError(f"--load {path}: this is no file that `dedupe eval --save` made.") from error


def _refuse_bomb(archive: zipfile.ZipFile) -> None:
    """Raises ValueError for a file that would take more memory than one of `save` can."""
    sizes = {each.filename: each.file_size for each in archive.infolist()}
    if sizes.get("about.npy", 0) > ABOUT or sum(sizes.values()) > LARGEST:
        raise ValueError


def _read(array: Callable[[str], NDArray[Any]]) -> RawDistances:
    about = json.loads(array("about").tobytes())
    if about["format"] != FORMAT:
        raise ValueError
    left, right = array("left"), array("right")
    if not _sound(about, left, right):
        raise ValueError
    shape = len(about["distortions"]), about["photos"]
    descriptors = []
    times = _times(array, [each[4] for each in about["descriptors"]])
    for number, ((label, key, metric, size, _), time) in enumerate(zip(about["descriptors"], times, strict=True)):
        distances = array(f"similar_{number}"), array(f"negatives_{number}")
        one = Distances(label, key, metric, size, time, *distances)
        if (
            one.similar.shape != shape
            or one.negatives.shape != left.shape
            or not (_defined(one.similar) and _defined(one.negatives))
        ):
            raise ValueError
        descriptors.append(one)
    failures = [Failure(os.fsencode(path), *why) for path, *why in about["failures"]]
    return RawDistances(
        shape[1],
        tuple(about["distortions"]),
        about["turns"],
        descriptors,
        left,
        right,
        about["originals"],
        Summary(**about["summary"]),
        failures,
        tuple(about["notes"]),
        _looked(about.get("looked"), array, shape),
    )


def _looked(about: Any, array: Callable[[str], NDArray[Any]], shape: tuple[int, int]) -> Looked | None:
    """What was said of copies, None where none was looked at. Raises ValueError for what makes no sense."""
    if about is None:
        return None
    (thresholds, own), said = about, array("said")
    if said.dtype != np.int8 or said.shape != shape or said.min() < -3 or said.max() >= len(KINDS):
        raise ValueError
    return Looked(said, {str(label): float(limit) for label, limit in thresholds.items()}, tuple(map(str, own)))


def _times(array: Callable[[str], NDArray[Any]], known: list[float | None]) -> list[float | None]:
    """The times that were added, those known before where none were. Raises ValueError for what are none."""
    try:
        times = array(TIMES)
    except KeyError:
        return known
    if times.dtype != np.float64 or times.shape != (len(known),) or (times < 0).any():
        raise ValueError
    return [None if each != each else each for each in times.tolist()]


def _sound(about: dict[str, Any], left: NDArray[Any], right: NDArray[Any]) -> bool:
    """Whether what is said fits together, and each pair is of two of the photos. Raises what a wrong type raises."""
    words = [*about["distortions"], *about["notes"], about["turns"], *(w for d in about["descriptors"] for w in d[:3])]
    numbers = [about["photos"], about["originals"], *(d[3] for d in about["descriptors"])]
    times = [d[4] for d in about["descriptors"]]
    pairs = all(side.dtype == np.int32 and side.ndim == 1 and len(side) for side in (left, right))
    return (
        all(isinstance(each, str) for each in words)
        and all(type(each) is int and each > 0 for each in numbers)
        and all(each is None or (isinstance(each, int | float) and each >= 0) for each in times)
        and bool(about["descriptors"] and about["distortions"])
        and pairs
        and len(left) == len(right) >= about["originals"]
        and all(side.min() >= 0 and side.max() < about["photos"] for side in (left, right))
    )


def _defined(distances: NDArray[Any]) -> bool:
    return distances.dtype == np.float32 and not np.isnan(distances).any()
