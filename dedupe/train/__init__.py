"""Training: photos to a model that describes pictures."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from dedupe import config
from dedupe.console import warn, warn_once
from dedupe.describe.choose import distortions
from dedupe.describe.gather import (
    AnyPath,
    failure_version,
    load_plugins,
    note_idle,
    note_links,
    open_store,
    walk,
)
from dedupe.describe.recorded import recorded
from dedupe.describe.several import Listed, Paths, Words, asked, formerly, selected, several
from dedupe.describe.workers import Column
from dedupe.errors import UsageError
from dedupe.model import Descriptor, Distortion, PictureTrainer, Progress, Trained, Trainer
from dedupe.model.asked import CPU, silent
from dedupe.plugins import Plugins, descriptor_key
from dedupe.store import Store
from dedupe.train.artefact import free_output, publish
from dedupe.train.learnt import Batches, describe_all
from dedupe.train.shown import Shown

__all__ = ["train"]


@formerly(plugin_files="plugin", pixel_cap="max_pixels")
@recorded("photos")
def train(
    trainer: str,
    photos: Paths = (),
    *,
    output: AnyPath,
    force: bool = False,
    exclude: Words = (),
    min_size: int = 0,
    min_pixels: int = 0,
    recursive: bool = True,
    all_files: bool = False,
    files_from: Listed | None = None,
    workers: int | None = None,
    cache: AnyPath | None = None,
    plugin: Paths = (),
    file_timeout: float = config.FILE_TIMEOUT,
    max_pixels: int = config.PIXEL_CAP,
    device: str = CPU,
    progress: Progress = silent,
) -> Trained:
    """Learns from photos by a trainer such as "pca:n=256" and writes `output` (FILE.onnx) with its manifest FILE.json.

    The photos are described by the trainer's base descriptor, each different content once; what has been described is in
    the cache, so that an interrupted run goes on where it was; with `cache` "none" it is in a temporary file. A trainer that is
    fed pictures gets each different one, with distorted copies, as often as it likes. Raises UsageError for an unknown trainer,
    an output that is there already (unless `force`), too few pictures; DedupeError where something cannot be read or written.
    """
    select = selected(exclude, min_size, min_pixels, recursive, all_files, files_from)
    run = asked(workers, cache, plugin, file_timeout, max_pixels, progress, device)
    loaded = load_plugins(run)
    chosen = loaded.trainer(trainer)
    if device != CPU and getattr(chosen, "device", None) == CPU:
        warn(f"dedupe: {chosen.name} trains on the CPU; as {chosen.name}:device=cuda it trains on a card.")
    columns = [] if isinstance(chosen, PictureTrainer) else [_column(loaded.descriptor(chosen.base))]
    copies = _copies(loaded, chosen)
    out = free_output(Path(os.fsdecode(output)), force)
    walked = walk(map(os.fsencode, several(photos)), loaded, select)
    note_idle(walked.idle)
    note_links(walked)
    with _store(run.cache, loaded) as store:
        version = failure_version(loaded, [column.key for column in columns], run)
        found = describe_all(walked.files, columns, loaded.decoders, store, run, version=version)
        if not len(found.digests):
            raise UsageError("There is no picture to learn from; name folders of photos.")
        fed: Batches | Shown
        if isinstance(chosen, PictureTrainer):
            fed = Shown(walked.files, found, chosen, copies, loaded.decoders, run)
        else:
            fed = Batches(store, columns[0].key, found.digests)
        manifest, written = publish(chosen, fed, out, progress)
    return Trained(out, manifest, written, [*walked.failures, *found.failures, *fed.failures], found.described)


def _copies(loaded: Plugins, trainer: Trainer | PictureTrainer) -> list[Distortion]:
    """The distortions that a trainer wants copies by."""
    if not isinstance(trainer, PictureTrainer) or not trainer.copies:
        return []
    return [distortion for _, distortion in distortions(loaded, trainer.distortions)]


def _column(base: Descriptor) -> Column:
    return Column(descriptor_key(base), base, "none")


@contextlib.contextmanager
def _store(cache: str | os.PathLike[str] | None, loaded: Plugins) -> Iterator[Store]:
    """The cache or, without one, a file for this run: vectors of all photos need not fit into memory."""
    with contextlib.ExitStack() as ending:
        if config.chosen_cache(cache, warn_once) is None:
            folder = ending.enter_context(tempfile.TemporaryDirectory(prefix="dedupe-", ignore_cleanup_errors=True))
            cache = Path(folder) / "vectors.sqlite3"
        yield ending.enter_context(open_store(cache, loaded))
