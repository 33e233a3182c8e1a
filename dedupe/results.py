"""What the verbs give out, `read`, which has it back from JSON lines, and `export`, which writes data sets without duplicates."""

from __future__ import annotations

from dedupe.export import Exported, export
from dedupe.model.answers import Compared, Comparison, Described, Description, Found, Match
from dedupe.model.arrays import Failure
from dedupe.model.contract import Manifest
from dedupe.model.copies import Copies
from dedupe.model.evaluation import Calibrated, Evaluation, Judged, Measured, Null, Reported, Result, Verdict
from dedupe.model.held import Held, Pair
from dedupe.model.leaks import Leaked, LeakGroup, Leaks, LeakSummary
from dedupe.model.reading import read
from dedupe.model.results import File, Group, Header, Member, Scan, Summary
from dedupe.model.training import Trained

__all__ = [
    "Calibrated",
    "Compared",
    "Comparison",
    "Copies",
    "Described",
    "Description",
    "Evaluation",
    "Exported",
    "Failure",
    "File",
    "Found",
    "Group",
    "Header",
    "Held",
    "Judged",
    "LeakGroup",
    "LeakSummary",
    "Leaked",
    "Leaks",
    "Manifest",
    "Match",
    "Measured",
    "Member",
    "Null",
    "Pair",
    "Reported",
    "Result",
    "Scan",
    "Summary",
    "Trained",
    "Verdict",
    "export",
    "read",
]
