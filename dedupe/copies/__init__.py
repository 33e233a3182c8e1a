"""Photos to a folder of their distorted copies, with a list of the pairs."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from operator import itemgetter

from dedupe import config
from dedupe.copies.making import Copying, Found, Making, PhotoTask
from dedupe.copies.names import folders, stems
from dedupe.copies.pairs import NAME, pair_list
from dedupe.copies.target import make_folders, publish, refuse_full
from dedupe.describe.choose import distortions as named
from dedupe.describe.gather import AnyPath, load_plugins, note_idle, note_links, stage, walk
from dedupe.describe.recorded import recorded
from dedupe.describe.several import Listed, Paths, Words, asked, formerly, selected, several
from dedupe.errors import Interrupted, UsageError
from dedupe.model import Distortion, Failure, Header, Progress
from dedupe.model.asked import silent
from dedupe.model.copies import Copies
from dedupe.plugins import Plugins, identity
from dedupe.processes import Pool
from dedupe.walk import Walk

__all__ = ["distort"]

FORMATS = ("jpg", "png")
LEFT_OUT = {"not_an_image": "other files", "few_pixels": "too few pixels"}
"""What is counted and not listed, by the reason of a failure."""


@formerly(plugin_files="plugin", pixel_cap="max_pixels")
@recorded("photos")
def distort(
    photos: Paths,
    folder: AnyPath,
    *,
    distortions: Words = "seed",
    form: str = "jpg",
    quality: int = 100,
    seed: int = 0,
    exclude: Words = (),
    min_size: int = 0,
    min_pixels: int = 0,
    recursive: bool = True,
    all_files: bool = False,
    files_from: Listed | None = None,
    workers: int | None = None,
    plugin: Paths = (),
    file_timeout: float = config.FILE_TIMEOUT,
    max_pixels: int = config.PIXEL_CAP,
    progress: Progress = silent,
) -> Copies:
    """Writes FOLDER/<distortion>/<name>.jpg for every photo and distortion, and FOLDER/pairs.csv: a,b,same,distortion.

    What a distortion draws depends on the photo's content, the distortion and `seed`; an evaluation with the same seed looks
    at the same. Raises UsageError for a folder that is not empty, unknown distortions and bad settings, DedupeError where
    something cannot be read or written at all, Interrupted after SIGINT; the list then has what was finished.
    """
    target, photos = os.fsencode(folder), several(photos)
    _check(form, quality)
    select = selected(exclude, min_size, min_pixels, recursive, all_files, files_from)
    run = asked(workers, None, plugin, file_timeout, max_pixels, progress)
    refuse_full(target)
    loaded = load_plugins(run)
    wanted = _wanted(loaded, distortions)
    seconds: dict[str, float] = {}
    with stage(seconds, "walk"):
        found = walk(map(os.fsencode, photos), loaded, select)
    note_links(found)
    note_idle(found.idle)
    if not len(found.files):
        raise UsageError(
            f"There is no picture in {', '.join(map(str, photos)) or 'the list'}; name a folder that has some."
        )
    life = Making(target, wanted, loaded.decoders, f".{form}".encode(), quality, seed, max_pixels, min_pixels)
    make_folders(target, [name for name, _, _ in wanted])
    tasks, events = _tasks(found), list[Found]()
    try:
        with stage(seconds, "distort"):
            work = Copying(life, tasks, min(config.workers(workers), len(tasks)))
            for event in _shown(Pool(work, work.size, file_timeout).events(), len(tasks) * len(wanted), progress):
                events.append(event)
    except Interrupted as error:
        raise Interrupted(f"{error} The copies that were finished stand.") from None
    finally:
        made = sorted((index, event) for index, event in events if isinstance(event, int))
        publish(os.path.join(target, NAME), pair_list(life, tasks, made))
    return _result(life, found, events, seconds)


def _check(form: str, quality: int) -> None:
    if form not in FORMATS:
        raise UsageError(f"--form {form}: copies are saved as {' or '.join(FORMATS)}.")
    if not 1 <= quality <= 100:
        raise UsageError(f"--quality {quality}: JPEG has qualities from 1 to 100.")


def _wanted(loaded: Plugins, text: Words) -> list[tuple[str, str, Distortion]]:
    """The distortions asked for, each once: the name of its subfolder, its key, itself."""
    asked = named(loaded, text)
    names = folders(spec for spec, _ in asked)
    return [(name, identity(distortion), distortion) for name, (_, distortion) in zip(names, asked, strict=True)]


def _tasks(found: Walk) -> list[PhotoTask]:
    files = found.files
    paths = [files.path(i) for i in range(len(files))]
    identities = zip(files.device.tolist(), files.inode.tolist(), strict=True)
    rows = zip(paths, identities, files.sniff.tolist(), stems(paths), strict=True)
    return [PhotoTask((item,), path, identity, sniff, stem) for item, (path, identity, sniff, stem) in enumerate(rows)]


def _shown(events: Iterator[Found], total: int, progress: Progress) -> Iterator[Found]:
    """The events, counted for the progress."""
    for done, event in enumerate(events, 1):
        progress("distorting", min(done, total), total)
        yield event


def _result(life: Making, found: Walk, events: list[Found], seconds: dict[str, float]) -> Copies:
    failed = [(index, event) for index, event in events if isinstance(event, Failure)]
    failures = [failure for _, failure in sorted(failed, key=itemgetter(0)) if failure.reason not in LEFT_OUT]
    others = Counter(found.others)
    others.update(LEFT_OUT[failure.reason] for _, failure in failed if failure.reason in LEFT_OUT)
    made = [(index, event) for index, event in events if isinstance(event, int)]
    counts = Counter(number for _, number in made)
    return Copies(
        Header("distort", (), {}),
        pairs=os.path.join(life.folder, NAME),
        files=len({index for index, _ in made}),
        copies={key: counts[number] for number, (_, key, _) in enumerate(life.distortions)},
        failures=[*found.failures, *failures],
        others=+others,
        seconds=seconds,
    )
