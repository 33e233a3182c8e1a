"""The conformance kit for authors of plugins, with its photos; pytest is needed only by those who use it.

Three lines make a named pytest case of every promise of the contract:

    from dedupe.testing import descriptor_checks
    from my_plugin import ColourMoments
    test_descriptor = descriptor_checks(ColourMoments)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dedupe.testing.actions import action_checks
    from dedupe.testing.decoders import decoder_checks
    from dedupe.testing.descriptors import descriptor_checks
    from dedupe.testing.distortions import distortion_checks
    from dedupe.testing.engines import engine_checks
    from dedupe.testing.indexes import index_checks
    from dedupe.testing.pictures import other_photos, photos
    from dedupe.testing.reports import report_checks
    from dedupe.testing.rules import rule_checks
    from dedupe.testing.sources import source_checks
    from dedupe.testing.trainers import trainer_checks

__all__ = [
    "action_checks",
    "decoder_checks",
    "descriptor_checks",
    "distortion_checks",
    "engine_checks",
    "index_checks",
    "other_photos",
    "photos",
    "report_checks",
    "rule_checks",
    "source_checks",
    "trainer_checks",
]

_HOME = {
    "action_checks": "actions",
    "decoder_checks": "decoders",
    "descriptor_checks": "descriptors",
    "distortion_checks": "distortions",
    "engine_checks": "engines",
    "index_checks": "indexes",
    "other_photos": "pictures",
    "photos": "pictures",
    "report_checks": "reports",
    "rule_checks": "rules",
    "source_checks": "sources",
    "trainer_checks": "trainers",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return list(__all__)
