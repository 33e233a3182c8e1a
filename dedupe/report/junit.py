"""JUnit XML for CI: one test case a file; a duplicate fails, one that a baseline has is skipped, a file that could not be used is
an error.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TextIO
from xml.sax.saxutils import quoteattr

from dedupe.console import shown, visible
from dedupe.report.programs import inside, members, sentence

OUTCOMES = {"failure": "failures", "error": "errors", "skipped": "skipped"}
"""Elements of a case, and the attributes of a suite that count them."""


@dataclass(frozen=True, slots=True)
class _Case:
    """A file, how it fails (of OUTCOMES, none where it passes), of what type, and why."""

    path: bytes
    outcome: str = ""
    type: str = ""
    message: str = ""


def write(result: Any, stream: TextIO) -> None:
    """Writes a scan or a leak check: of two sets the test pictures are the cases."""
    counts = Counter(case.outcome for case in _cases(result))
    numbers = {"tests": counts.total(), **{plural: counts[name] for name, plural in OUTCOMES.items()}}
    about = {**numbers, "time": f"{sum(result.summary.seconds.values()):.3f}"}
    name = f"dedupe {result.header.command}"
    suite = {"name": name, **about, "timestamp": result.header.time[:19]}
    stream.write(f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites{_attributes({"name": "dedupe", **about})}>\n')
    stream.write(f"<testsuite{_attributes(suite)}>\n")
    for case in _cases(result):
        path = shown(inside(case.path, result.header))
        inner = _element(case)
        head = f"<testcase{_attributes({'classname': name, 'name': path, 'file': path})}"
        stream.write(f"{head}>{inner}</testcase>\n" if inner else f"{head}/>\n")
    stream.write("</testsuite>\n</testsuites>\n")


def _cases(result: Any) -> Iterator[_Case]:
    """Each file once: of a test picture in several groups the first one, of a new match where there is one."""
    seen: set[bytes] = set()
    for known in (False, True):
        for _, group, one in members(result):
            if one.known is known and one.file.path not in seen:
                seen.add(one.file.path)
                outcome = "skipped" if known else "failure"
                yield _Case(one.file.path, outcome, one.kind or "near", sentence(result, group, one))
    for file in result.unique():
        yield _Case(file.path)
    for failed in result.failures:
        yield _Case(failed.path, "error", failed.reason, failed.message)


def _element(case: _Case) -> str:
    if not case.outcome:
        return ""
    type_ = {} if case.outcome == "skipped" else {"type": case.type}  # which JUnit's schema does not have there
    return f"<{case.outcome}{_attributes({**type_, 'message': visible(case.message)})}/>"


def _attributes(values: dict[str, Any]) -> str:
    return "".join(f" {name}={quoteattr(str(value))}" for name, value in values.items())
