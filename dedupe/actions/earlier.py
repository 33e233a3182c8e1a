"""What an earlier run has done: a plan may be given twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dedupe.actions.journal import DONE, readable
from dedupe.model.acted import ALREADY, REFUSED, Outcome


def told_apart(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """The same, with those already done that are no longer there, or links, because an earlier run took them."""
    away = {one.path for one in outcomes if one.state == REFUSED and one.reason in ("gone", "replaced")}
    if away:
        away &= {step.file.path for record in readable() for step in record.at(DONE)}
    return [replace(one, state=ALREADY, reason="", message="") if one.path in away else one for one in outcomes]
