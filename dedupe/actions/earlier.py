"""What an earlier run has done: a plan may be given twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dedupe.actions.journal import DONE, journals, read
from dedupe.model.acted import ALREADY, REFUSED, Outcome


def told_apart(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """The same, with those already done that are no longer there because an earlier run took them."""
    if not any(one.state == REFUSED and one.reason == "gone" for one in outcomes):
        return list(outcomes)
    went = {step.file.path for path in journals() for step in read(path).at(DONE)}
    return [
        replace(one, state=ALREADY, reason="", message="")
        if one.state == REFUSED and one.reason == "gone" and one.path in went
        else one
        for one in outcomes
    ]
