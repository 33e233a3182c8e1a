"""The manifest of a trained artefact: FILE.json beside FILE.onnx."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from blake3 import blake3

from dedupe.errors import UsageError
from dedupe.whole import Kind

SUFFIX = ".onnx"
FORMAT = 1
PRODUCER = b"\x12\x0ddedupe-images"
"""What an ONNX file says of the program that made it (ModelProto.producer_name), as the shipped trainers write it."""


def manifest_path(artefact: Path) -> Path:
    """Where the manifest of an artefact stands."""
    return artefact.with_suffix(".json")


def read_manifest(artefact: Path) -> dict[str, Any]:
    """The manifest as it was written. Raises UsageError where it or the artefact is missing, or it does not read as one."""
    path = manifest_path(artefact)
    if not artefact.is_file():
        raise UsageError(f"There is no file {artefact}.")
    try:
        found = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise UsageError(
            f"{artefact} has no manifest {path.name} beside it; keep the two together. "
            f"A model that `dedupe train` did not make is used as -d onnx:model={artefact}."
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"The manifest {path} cannot be read: {error}.") from None
    if not isinstance(found, dict) or found.get("format") != FORMAT or not isinstance(found.get("descriptor"), str):
        raise UsageError(f"{path} is not a manifest of `dedupe train` that this version reads.")
    return found


def _is_manifest(path: Path) -> bool:
    try:
        found = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and {"format", "trainer", "descriptor", "base", "digest"} <= found.keys()


def _is_model(path: Path) -> bool:
    """Whether the manifest beside a model knows it, whatever trainer wrote it, or one of the shipped trainers did."""
    content, beside = path.read_bytes(), manifest_path(path)
    if PRODUCER in content[:32]:
        return True
    known = beside.is_file() and _is_manifest(beside) and json.loads(beside.read_bytes())["digest"]
    return bool(known == "blake3:" + blake3(content).hexdigest())


MANIFEST = Kind("a manifest of dedupe train", _is_manifest)
MODEL = Kind("a model of dedupe train", _is_model)
"""What a training with --force may replace."""


def model_files(spec: str) -> list[Path]:
    """The models that a descriptor's specification names, as FILE.onnx or name:model=FILE.onnx, and their manifests."""
    models = [Path(name) for name in re.findall(r"(?:^|=)([^=,]+?\.onnx)(?=$|[:,])", spec)]
    return [*models, *map(manifest_path, models)]


def resolved(spec: str) -> str:
    """The specification of the descriptor that opens a trained file, for one like FILE.onnx or FILE.onnx:dtype=int8.

    Any other specification stays as it is. Raises UsageError for a file without a manifest.
    """
    if (found := re.match(r"(?!\w+:)(.+\.onnx)(?::(.*))?$", spec)) is None:
        return spec
    artefact = Path(found[1])
    more = f",{found[2]}" if found[2] else ""
    return f"{read_manifest(artefact)['descriptor']}:model={artefact.absolute()}{more}"
