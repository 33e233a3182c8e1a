"""An engine that works in parts gives what the local one gives: the checks for engines, with all tasks in this process."""

from __future__ import annotations

from contextlib import contextmanager

import pytest

from dedupe.engines import LocalMachines, near_in_parts
from dedupe.engines.parts import bands, cells, components, handed, judging, shuffle
from dedupe.model.asked import silent
from dedupe.testing import engines
from dedupe.testing.tested import cases
from tasks_here import Here


class InParts(LocalMachines):
    def __init__(self) -> None:
        self.tasks = Here()

    def near(self, work):
        return near_in_parts(work, self.tasks, silent)


class Parted:
    """An engine that describes as the local one."""

    name, version = "parted", "1"

    @contextmanager
    def started(self, run, say):
        yield InParts()


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """What is made for millions of rows has to do with few."""
    for module, name, value in (
        (shuffle, "DEALT", 120),
        (bands, "SHARD", 20),
        (bands, "LARGEST", 90),
        (cells, "SHARD", 30),
        (components, "AT_ONCE", 2),
        (handed, "PART", 30),
        (handed, "AT_ONCE", 3),
        (judging, "LEAST", 5),
    ):
        monkeypatch.setattr(module, name, value)


CHECKS = {name: engines.CHECKS[name] for name in ("near", "judged", "failing-metric", "nothing")}
"""Those that are about who is near whom."""

test_engine = cases(CHECKS, engines.EngineUnderTest(Parted(), {}, 9.0))
