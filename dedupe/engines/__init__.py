"""For plugins that bring an engine: the local one, and the parts of the work that it is made of.

What searches in parts is imported when it is used: it loads the kernels of all searches, which few local scans need.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from dedupe.engines.asked import LOCAL, chosen_engine, started
from dedupe.engines.judging import GatheredJudge
from dedupe.engines.local import Local, LocalMachines, LocalNearness
from dedupe.engines.looking import looked_at_groups
from dedupe.group import Neighbours, group
from dedupe.model import (
    Batch,
    Crew,
    Criterion,
    Engine,
    LookedAt,
    Machines,
    Nearness,
    PairJudge,
    Portion,
    Progress,
    Run,
    ToCompare,
    ToDescribe,
    ToGroup,
    ToJudge,
)
from dedupe.near import within
from dedupe.processes import Interrupts

if TYPE_CHECKING:
    from dedupe.engines.parts.nearness import NearInParts, near_in_parts
    from dedupe.engines.parts.tasks import Ref, Tasks

__all__ = [
    "LOCAL",
    "Batch",
    "Crew",
    "Criterion",
    "Engine",
    "GatheredJudge",
    "Interrupts",
    "Local",
    "LocalMachines",
    "LocalNearness",
    "LookedAt",
    "Machines",
    "NearInParts",
    "Nearness",
    "Neighbours",
    "PairJudge",
    "Portion",
    "Progress",
    "Ref",
    "Run",
    "Tasks",
    "ToCompare",
    "ToDescribe",
    "ToGroup",
    "ToJudge",
    "chosen_engine",
    "group",
    "looked_at_groups",
    "near_in_parts",
    "started",
    "within",
]


_LATER = {"NearInParts": "nearness", "near_in_parts": "nearness", "Ref": "tasks", "Tasks": "tasks"}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.parts.{_LATER[name]}"), name)
