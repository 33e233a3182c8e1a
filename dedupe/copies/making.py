"""One photo to its distorted copies, in a worker process."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TypeAlias

from blake3 import blake3

from dedupe import config
from dedupe.copies.target import publish
from dedupe.decode import HEAD, read_picture, recognised
from dedupe.distort import apply, generator
from dedupe.distort.arrays import Pixels
from dedupe.distort.saving import jpeg, png
from dedupe.errors import DedupeError, PictureError
from dedupe.guard import guard, let_go, limit_memory
from dedupe.loose import Loose
from dedupe.messages import packed, unpacked
from dedupe.model import Decoder, Distortion, Failure
from dedupe.workers.confined import confine
from dedupe.workers.files import LARGEST, open_file, read_all

Event: TypeAlias = int | Failure
"""A copy that is made, by the number of its distortion, or what could not be."""

Said: TypeAlias = Event | DedupeError | None
"""What a worker says: an event, an error that ends everything, or None: the photo is done."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What every worker needs to know: subfolders by distortion with its key, and how to read, draw and save.

    `loose` stands first: a worker that starts afresh has to import these plugins before it can know what is theirs.
    """

    loose: Sequence[Loose]
    folder: bytes
    distortions: Sequence[tuple[str, str, Distortion]]
    decoders: Sequence[Decoder]
    suffix: bytes
    quality: int
    seed: int
    pixel_cap: int


@dataclass(frozen=True, slots=True)
class Task:
    """One photo: its path, its (device, inode), whether it may be none, and what its copies are called."""

    path: bytes
    identity: tuple[int, int]
    sniff: bool
    stem: bytes


def life(pipe: Connection, setup: Setup, parent: int) -> None:
    """The life of a worker: photo after photo, until there is none."""
    guard(parent, setup.pixel_cap)
    let_go(pipe.fileno())
    limit_memory(config.WORKER_MEMORY)
    confine(setup.loose, Path(os.fsdecode(setup.folder)), largest=LARGEST)
    with suppress(EOFError, OSError):
        while (task := pipe.recv()) is not None:
            for said in _all_said(setup, task):
                pipe.send_bytes(told(said))
    os._exit(0)


def told(said: Said) -> bytes:
    """What a worker says as a message."""
    if isinstance(said, Failure):
        return packed(["failure", said.stage, said.reason, said.message])
    return packed(["error", str(said)] if isinstance(said, DedupeError) else ["made", said])


def understood(message: bytes, setup: Setup, path: bytes) -> Said:
    """What a worker says of the photo `path`. Raises ValueError for a message that is none."""
    match unpacked(message)[0]:
        case ["failure", str(stage), str(reason), str(text)]:
            return Failure(path, stage, reason, text)
        case ["error", str(text)]:
            return DedupeError(text)
        case ["made", int(number)] if 0 <= number < len(setup.distortions):
            return number
        case ["made", None]:
            return None
    raise ValueError("not of these kinds")


def _all_said(setup: Setup, task: Task) -> Iterator[Said]:
    try:
        yield from copies(setup, task)
    except PictureError as error:
        yield Failure(task.path, "decode", error.reason, str(error))
    except MemoryError:
        yield Failure(task.path, "decode", "memory", "Decoding it takes more memory than a worker may use.")
    except DedupeError as error:
        yield DedupeError(str(error))
    yield None


def copies(setup: Setup, task: Task) -> Iterator[Event]:
    """Writes all copies of a photo: gives the number of each distortion that is done, or why it is not.

    Raises PictureError where the photo itself cannot be read, DedupeError where a copy cannot be written.
    """
    data = _read(setup, task)
    picture = read_picture(data, setup.decoders, rgb=True, full=True, pixel_cap=setup.pixel_cap)
    image, digest = picture.array("RGB", "none"), blake3(data).digest()
    for number, (folder, key, distortion) in enumerate(setup.distortions):
        try:
            saved = _saved(setup, task, key, distortion, image, digest)
        except PictureError as error:
            yield Failure(task.path, "distort", error.reason, str(error))
            continue
        except MemoryError:
            yield Failure(task.path, "distort", "memory", f"{distortion.name} takes more memory than a worker may use.")
            continue
        publish(os.path.join(setup.folder, os.fsencode(folder), task.stem + setup.suffix), saved)
        yield number


def _read(setup: Setup, task: Task) -> bytes:
    fd, found = open_file(task.path, task.identity)
    try:
        data = read_all(fd, found)
    finally:
        os.close(fd)
    if task.sniff and not recognised(data[:HEAD], setup.decoders):
        raise PictureError("not_an_image", "It has no picture's suffix and does not begin as one.")
    return data


def _saved(setup: Setup, task: Task, key: str, distortion: Distortion, image: Pixels, digest: bytes) -> bytes:
    named = getattr(distortion, "named", None)
    if named is not None:
        distortion = named(os.path.basename(task.path).decode("utf-8", "replace"))
    copy = apply(distortion, image, generator(digest, key, setup.seed))
    return png(copy) if setup.suffix == b".png" else jpeg(copy, setup.quality)
