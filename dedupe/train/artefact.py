"""A trained artefact on the disk: the trainer writes the model, the host the manifest beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from blake3 import blake3

from dedupe.errors import DedupeError, UsageError
from dedupe.model import Manifest, PictureTrainer, Progress, Trainer
from dedupe.plugins.key import identity
from dedupe.plugins.manifest import FORMAT, MANIFEST, MODEL, SUFFIX, manifest_path
from dedupe.train.learnt import Batches
from dedupe.train.shown import Shown
from dedupe.whole import refuse_other, whole_file


def free_output(output: Path, force: bool) -> Path:
    """The artefact's path, if it may be written.

    Raises UsageError for another suffix, a missing folder and, without `force`, for what is there; SafetyError for what no
    training wrote, with `force` too.
    """
    if output.suffix != SUFFIX or not output.stem:
        raise UsageError(f"-o {output}: a trained head is a file FILE{SUFFIX}.")
    if not output.parent.is_dir():
        raise UsageError(f"-o {output}: there is no folder {output.parent}.")
    for path, kind in ((output, MODEL), (manifest_path(output), MANIFEST)):
        refuse_other(path, kind)
        if path.exists() and not force:
            raise UsageError(f"{path} is there already; name another file, or replace it with --force.")
    return output


def publish(
    trainer: Trainer | PictureTrainer, fed: Batches | Shown, out: Path, progress: Progress
) -> tuple[Manifest, Any]:
    """Has the trainer learn of what it is fed, and write `out`; writes the manifest; gives the manifest, and what was written
    of it.

    Raises what the trainer raises, and DedupeError where a file cannot be written or the manifest has what JSON has not.
    """
    try:
        before = out.read_bytes() if out.is_file() else None
        given = trainer.fit(fed, out, progress)  # type: ignore[arg-type] # each is fed what it declares
        manifest = replace(given, trainer=identity(trainer), base=fed.base or given.base)
        written = _record(manifest, fed, out)
        text = _as_json(written, out, before)
        with whole_file(manifest_path(out), MANIFEST) as stream:
            stream.write(text)
    except OSError as error:
        raise DedupeError(f"{out} cannot be written: {error.strerror or error}.") from error
    return manifest, written


def _record(manifest: Manifest, fed: Batches | Shown, out: Path) -> Mapping[str, Any]:
    created = datetime.now(UTC).replace(microsecond=0).isoformat()
    return {
        "format": FORMAT,
        **asdict(manifest),
        **fed.about(),
        "created": created,
        "pictures_digest": fed.digest(),
        "digest": "blake3:" + blake3(out.read_bytes()).hexdigest(),
    }


def _as_json(record: Mapping[str, Any], out: Path, before: bytes | None) -> bytes:
    """The manifest as it is written; where that cannot be, `out` is again what it was before. Raises DedupeError."""
    try:
        return json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False).encode("utf-8") + b"\n"
    except (TypeError, ValueError) as error:
        _put_back(out, before)
        raise DedupeError(
            f"The trainer {record['trainer']} gave figures that JSON cannot hold ({error}); nothing was written: "
            "train with other parameters, or tell the plugin's author."
        ) from None


def _put_back(out: Path, before: bytes | None) -> None:
    if before is None:
        out.unlink(missing_ok=True)
        return
    with whole_file(out, over=None) as stream:  # over what the trainer has just written
        stream.write(before)
