"""The checks for engines, on Ray: who is near whom, groups, and what a judge says, as on one machine."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

import pytest
from dedupe_ray.engine import Ray

from dedupe.engines.parts import bands, handed, judging, shuffle
from dedupe.testing import engines
from dedupe.testing.tested import cases

pytestmark = pytest.mark.skipif(find_spec("ray") is None, reason="the extra [ray] is not installed")

CHECKS = {name: engines.CHECKS[name] for name in ("contract", "near", "judged", "failing-metric", "nothing")}


@pytest.fixture(scope="module", autouse=True)
def one_ray() -> Iterator[None]:
    """The same for all checks; what is made for millions of rows has to do with few."""
    from dedupe_ray.cluster import cluster

    with pytest.MonkeyPatch.context() as patch, cluster("", 2):
        for module, name, value in (
            (shuffle, "DEALT", 120),
            (bands, "LARGEST", 90),
            (handed, "PART", 60),
            (judging, "LEAST", 5),
        ):
            patch.setattr(module, name, value)
        yield


test_engine = cases(CHECKS, engines.EngineUnderTest(Ray(), {}, 9.0))
