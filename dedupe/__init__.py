"""dedupe: finds near-duplicate images. The public names, each imported when it is first used."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dedupe import errors as errors
    from dedupe import ignored as ignored
    from dedupe import results as results
    from dedupe.actions import apply, undo
    from dedupe.console import progress
    from dedupe.copies import distort
    from dedupe.errors import DedupeError, PictureError, UsageError, install_hint
    from dedupe.evaluate import evaluate
    from dedupe.evaluate.calibrating import calibrate
    from dedupe.evaluate.scoring import score
    from dedupe.hookspecs import hookimpl
    from dedupe.importing import import_pictures
    from dedupe.kernels import kernel
    from dedupe.leak import leak
    from dedupe.model import (
        API,
        Action,
        Decode,
        DecodedInfo,
        Decoder,
        Descriptor,
        Distortion,
        Entry,
        Failure,
        Group,
        Index,
        Manifest,
        Metric,
        Pictures,
        PictureSource,
        Report,
        Rule,
        Scan,
        Trainer,
        Traits,
    )
    from dedupe.query import compare, describe, find
    from dedupe.scan import scan
    from dedupe.train import train

_HOME = {
    "actions": "apply undo",
    "console": "progress",
    "copies": "distort",
    "errors": "DedupeError PictureError UsageError install_hint",
    "evaluate": "evaluate",
    "evaluate.calibrating": "calibrate",
    "evaluate.scoring": "score",
    "hookspecs": "hookimpl",
    "importing": "import_pictures",
    "kernels": "kernel",
    "leak": "leak",
    "model": "API Action Decode DecodedInfo Decoder Descriptor Distortion Entry Failure Group Index Manifest Metric "
    "Pictures PictureSource Report Rule Scan Trainer Traits",
    "query": "compare describe find",
    "scan": "scan",
    "train": "train",
}
_MODULE = {name: module for module, names in _HOME.items() for name in names.split()}

__all__ = [
    "API",
    "Action",
    "Decode",
    "DecodedInfo",
    "Decoder",
    "DedupeError",
    "Descriptor",
    "Distortion",
    "Entry",
    "Failure",
    "Group",
    "Index",
    "Manifest",
    "Metric",
    "PictureError",
    "PictureSource",
    "Pictures",
    "Report",
    "Rule",
    "Scan",
    "Trainer",
    "Traits",
    "UsageError",
    "apply",
    "calibrate",
    "compare",
    "describe",
    "distort",
    "evaluate",
    "find",
    "hookimpl",
    "import_pictures",
    "install_hint",
    "kernel",
    "leak",
    "progress",
    "scan",
    "score",
    "train",
    "undo",
]


class _Package(ModuleType):
    """Keeps `dedupe.scan` the function: importing the submodule of that name would bind the module over it."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _MODULE and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    """Imports a public name's module, or one of the three rooms that users name, when the name is first used."""
    if name in ("errors", "ignored", "results"):
        return import_module(f"dedupe.{name}")
    if name not in _MODULE:
        raise AttributeError(f"module 'dedupe' has no attribute {name!r}")
    value = getattr(import_module(f"dedupe.{_MODULE[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
