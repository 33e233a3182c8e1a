"""The core types: frozen, slotted, no behaviour beyond giving out their own rows. Each module is imported when it is used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dedupe.model.acting import Action
    from dedupe.model.aliases import Bools, Bytes, Floats, Ints
    from dedupe.model.answers import Compared, Comparison, Described, Description, Found, Match
    from dedupe.model.arrays import (
        CONTENT_FIELDS,
        FLIPS,
        NO_DATE,
        REGIONS,
        TRAITS,
        TURNS,
        UNTURN,
        Failure,
        Files,
        Matrix,
        Pairs,
        Proposed,
    )
    from dedupe.model.asked import Progress, Run, Select
    from dedupe.model.containers import (
        INSIDE,
        MARK,
        Container,
        Entry,
        Listing,
        MemberPlace,
        Members,
        PictureSource,
        Reader,
    )
    from dedupe.model.contract import (
        API,
        DTYPES,
        Checked,
        Decode,
        DecodedInfo,
        Decoder,
        Descriptor,
        Distortion,
        Images,
        Index,
        Manifest,
        Metric,
        Mode,
        Plugin,
        Report,
        Resample,
        Source,
        Trainer,
        Traits,
    )
    from dedupe.model.engines import (
        Batch,
        Crew,
        Criterion,
        Engine,
        LookedAt,
        Machines,
        Nearness,
        PairJudge,
        Portion,
        ToCompare,
        ToDescribe,
        ToGroup,
        ToJudge,
    )
    from dedupe.model.evaluation import Calibrated, Evaluation, Judged, Measured, Null, Reported, Result, Verdict
    from dedupe.model.in_memory import MEMORY, InMemory
    from dedupe.model.keeping import Candidates, Rule
    from dedupe.model.results import File, Group, Header, Member, Scan, Summary
    from dedupe.model.training import Trained
    from dedupe.model.views import Pictures, PictureTrainer, Views

__all__ = [
    "API",
    "CONTENT_FIELDS",
    "DTYPES",
    "FLIPS",
    "INSIDE",
    "MARK",
    "MEMORY",
    "NO_DATE",
    "REGIONS",
    "TRAITS",
    "TURNS",
    "UNTURN",
    "Action",
    "Batch",
    "Bools",
    "Bytes",
    "Calibrated",
    "Candidates",
    "Checked",
    "Compared",
    "Comparison",
    "Container",
    "Crew",
    "Criterion",
    "Decode",
    "DecodedInfo",
    "Decoder",
    "Described",
    "Description",
    "Descriptor",
    "Distortion",
    "Engine",
    "Entry",
    "Evaluation",
    "Failure",
    "File",
    "Files",
    "Floats",
    "Found",
    "Group",
    "Header",
    "Images",
    "InMemory",
    "Index",
    "Ints",
    "Judged",
    "Listing",
    "LookedAt",
    "Machines",
    "Manifest",
    "Match",
    "Matrix",
    "Measured",
    "Member",
    "MemberPlace",
    "Members",
    "Metric",
    "Mode",
    "Nearness",
    "Null",
    "PairJudge",
    "Pairs",
    "PictureSource",
    "PictureTrainer",
    "Pictures",
    "Plugin",
    "Portion",
    "Progress",
    "Proposed",
    "Reader",
    "Report",
    "Reported",
    "Resample",
    "Result",
    "Rule",
    "Run",
    "Scan",
    "Select",
    "Source",
    "Summary",
    "ToCompare",
    "ToDescribe",
    "ToGroup",
    "ToJudge",
    "Trained",
    "Trainer",
    "Traits",
    "Verdict",
    "Views",
]

_HOME = {
    "acting": "Action",
    "aliases": "Bools Bytes Floats Ints",
    "answers": "Compared Comparison Described Description Found Match",
    "arrays": "CONTENT_FIELDS FLIPS Failure Files Matrix NO_DATE Pairs Proposed REGIONS TRAITS TURNS UNTURN",
    "asked": "Progress Run Select",
    "contract": "API Checked DTYPES Decode DecodedInfo Decoder Descriptor Distortion Images Index Manifest Metric Mode Plugin "
    "Report Resample Source Trainer Traits",
    "containers": "Container Entry INSIDE Listing MARK Members PictureSource MemberPlace Reader",
    "engines": "Batch Crew Criterion Engine LookedAt Machines Nearness PairJudge Portion ToCompare ToDescribe ToGroup ToJudge",
    "in_memory": "InMemory MEMORY",
    "keeping": "Candidates Rule",
    "evaluation": "Calibrated Evaluation Judged Measured Null Reported Result Verdict",
    "results": "File Group Header Member Scan Summary",
    "training": "Trained",
    "views": "PictureTrainer Pictures Views",
}
_MODULE = {name: module for module, names in _HOME.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    if name not in _MODULE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULE[name]}"), name)
    globals()[name] = value
    return value
