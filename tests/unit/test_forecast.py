"""What several orientations cost is said once, in time, and only where it is long."""

from __future__ import annotations

import pytest

from dedupe.describe import forecast
from dedupe.describe.forecast import Forecast
from dedupe.describe.workers import Column


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(forecast.time, "monotonic", lambda: now[0])
    return now


def watch(clock, turns, total, seconds, regions=()):
    """What is said while pictures are done one after the other, each taking so long."""
    said = []
    columns = [Column(turn, None, turn) for turn in turns] + [
        Column(name, None, "none", region=name) for name in regions
    ]
    watching = Forecast(columns, said.append)
    for done in range(1, total + 1):
        clock[0] += seconds
        watching.seen(done, total)
    return said


def test_long_work_is_said_once(clock):
    (said,) = watch(clock, ("none", "hflip", "vflip"), 1000, 3.0)
    assert "in 3 orientations: about 48 min for the 967 that are left" in said
    (said,) = watch(clock, ("none",), 1000, 3.0, regions=("half-0-0", "half-1-0"))
    assert "in 1 orientation and 2 regions: about 48 min" in said


@pytest.mark.parametrize(("turns", "total", "seconds"), [(("none",), 1000, 3.0), (("none", "hflip"), 1000, 0.01)])
def test_else_nothing_is_said(clock, turns, total, seconds):
    assert watch(clock, turns, total, seconds) == []
