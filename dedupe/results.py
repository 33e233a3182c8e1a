"""What the verbs give out, `read`, which has it back from JSON lines, and `export`, which writes data sets without duplicates."""

from __future__ import annotations

from dedupe.export import Exported, export
from dedupe.model.acted import Acted, Outcome
from dedupe.model.answers import Compared, Comparison, Described, Description, Found, Match
from dedupe.model.arrays import Failure
from dedupe.model.contract import Manifest
from dedupe.model.copies import Copies
from dedupe.model.evaluation import Calibrated, Evaluation, Judged, Measured, Null, Reported, Result, Verdict
from dedupe.model.held import Held, Pair
from dedupe.model.imports import Copy, Import, InLibrary, Likeness
from dedupe.model.judgement import Judgement
from dedupe.model.leaks import Leaked, LeakGroup, Leaks, LeakSummary
from dedupe.model.reading import read
from dedupe.model.results import File, Group, Header, Member, Scan, Stat, Summary, Within
from dedupe.model.training import Trained

__all__ = [
    "Acted",
    "Calibrated",
    "Compared",
    "Comparison",
    "Copies",
    "Copy",
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
    "Import",
    "InLibrary",
    "Judged",
    "Judgement",
    "LeakGroup",
    "LeakSummary",
    "Leaked",
    "Leaks",
    "Likeness",
    "Manifest",
    "Match",
    "Measured",
    "Member",
    "Null",
    "Outcome",
    "Pair",
    "Reported",
    "Result",
    "Scan",
    "Stat",
    "Summary",
    "Trained",
    "Verdict",
    "Within",
    "export",
    "read",
]
