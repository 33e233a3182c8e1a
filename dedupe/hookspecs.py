"""The hooks. Each returns a list and takes nothing; a plugin implements those it has something for (`API` = 1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from dedupe.model import (
        Decoder,
        Descriptor,
        Distortion,
        Engine,
        Index,
        PictureSource,
        PictureTrainer,
        Report,
        Rule,
        Trainer,
    )
    from dedupe.model.acting import Action

hookspec = pluggy.HookspecMarker("dedupe")
hookimpl = pluggy.HookimplMarker("dedupe")


@hookspec
def dedupe_descriptors() -> list[Callable[..., Descriptor]]:  # type: ignore[empty-body]
    """Descriptor classes, or functions with keyword arguments that return a `Descriptor`; called without arguments too."""


@hookspec
def dedupe_decoders() -> list[Decoder]:  # type: ignore[empty-body]
    """Decoders for formats that the host does not read."""


@hookspec
def dedupe_distortions() -> list[Callable[..., Distortion]]:  # type: ignore[empty-body]
    """Distortion classes, or functions with keyword arguments that return a `Distortion`; called without arguments too."""


@hookspec
def dedupe_trainers() -> list[Callable[..., Trainer | PictureTrainer]]:  # type: ignore[empty-body]
    """Trainer classes, or functions with keyword arguments that return a `Trainer`, fed with vectors, or a `PictureTrainer`;
    called without arguments too.
    """


@hookspec
def dedupe_indexes() -> list[Callable[..., Index]]:  # type: ignore[empty-body]
    """Classes of search indexes, or functions with keyword arguments that return an `Index`; called without arguments too."""


@hookspec
def dedupe_reports() -> list[Callable[..., Report]]:  # type: ignore[empty-body]
    """Classes of reports, or functions with keyword arguments that return a `Report`; called without arguments too."""


@hookspec
def dedupe_rules() -> list[Callable[..., Rule]]:  # type: ignore[empty-body]
    """Classes of keep rules, or functions with keyword arguments that return a `Rule`; called without arguments too."""


@hookspec
def dedupe_sources() -> list[PictureSource]:  # type: ignore[empty-body]
    """What opens files that hold pictures, as archives and tables do; folders and files are walked by the host."""


@hookspec
def dedupe_actions() -> list[Callable[..., Action]]:  # type: ignore[empty-body]
    """Classes of what is done to duplicates, or functions with keyword arguments that return an `Action`; called without
    arguments too.
    """


@hookspec
def dedupe_engines() -> list[Callable[..., Engine]]:  # type: ignore[empty-body]
    """Classes of what does the work of a scan elsewhere, or functions with keyword arguments that return an `Engine`; called
    without arguments too.
    """
