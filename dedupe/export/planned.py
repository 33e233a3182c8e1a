"""What is exported, and under which name."""

# ruff: noqa: PTH112, PTH122 -- paths are bytes here, which pathlib does not take

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from dedupe.describe.lists import is_list
from dedupe.errors import UsageError
from dedupe.export.duplicates import real
from dedupe.model import PictureSource
from dedupe.model.addresses import bare, is_address
from dedupe.walk.inside import names_one


@dataclass(frozen=True, slots=True)
class Exporting:
    """A file or folder to export, and its name in the export: "" for what is all of it."""

    path: bytes
    name: bytes
    is_folder: bool


def planned(roots: Sequence[bytes], target: bytes, sources: Sequence[PictureSource]) -> list[Exporting]:
    """What becomes of each root. Raises UsageError where the target is there, or the roots cannot become one."""
    shown = os.fsdecode(target)
    if os.path.lexists(target):
        raise UsageError(f"--export {shown}: it is there already, and nothing is overwritten; name a new one.")
    if not os.path.isdir(os.path.dirname(target) or b"."):
        raise UsageError(f"--export {shown}: there is no folder to put it in; make {os.path.dirname(shown)} first.")
    if not roots:
        raise UsageError("--export needs to know what to export: name folders, archives or tables.")
    for root in roots:
        if is_address(root):
            raise UsageError(f"--export: {os.fsdecode(bare(root))} is an address; fetch it, and export the copy.")
        if names_one(root):
            raise UsageError(f"--export: {os.fsdecode(root)} is one picture of an archive; name the archive.")
    paths = [real(os.path.abspath(root)) if is_list(root) else os.path.realpath(root) for root in roots]
    _refuse_lists(paths, target)
    _refuse_nested(paths, os.path.realpath(target))
    if len(paths) == 1:
        if not os.path.isdir(paths[0]):
            _refuse_other_form(paths[0], shown, sources)
        return [Exporting(paths[0], b"", os.path.isdir(paths[0]))]
    top = os.path.commonpath([os.path.dirname(path) for path in paths])
    return [Exporting(path, os.path.relpath(path, top), os.path.isdir(path)) for path in paths]


def _refuse_lists(paths: Sequence[bytes], target: bytes) -> None:
    """Raises UsageError for a list that would not stand beside the one that it is made of: its paths begin in its folder."""
    for path in filter(is_list, paths):
        if len(paths) > 1 or os.path.dirname(path) != os.path.realpath(os.path.dirname(target)):
            name = os.fsdecode(path)
            raise UsageError(
                f"--export: the paths in {name} begin in its folder; export it alone, to a name in that folder."
            )


def _refuse_nested(paths: Sequence[bytes], target: bytes) -> None:
    ordered = sorted([*paths, target], key=lambda path: os.path.join(path, b""))
    for outer, inner in pairwise(ordered):
        if os.path.join(inner, b"").startswith(os.path.join(outer, b"")):
            one, other = os.fsdecode(inner), os.fsdecode(outer)
            what = "are the same" if one == other else "lie inside each other"
            raise UsageError(f"--export: {one} and {other} {what}; name others.")


def _refuse_other_form(path: bytes, target: str, sources: Sequence[PictureSource]) -> None:
    """Raises UsageError where a target has not the suffix of the one file that is exported."""
    name = os.fsdecode(path).lower()
    suffixes = [suffix for each in sources for suffix in each.suffixes if name.endswith(suffix)]
    suffix = max(suffixes, key=len, default=os.path.splitext(name)[1])
    if not target.lower().endswith(suffix):
        raise UsageError(
            f"--export {target}: what is in a {suffix} file is exported as one; end the name with {suffix}."
        )
