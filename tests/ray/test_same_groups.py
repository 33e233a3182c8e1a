"""A scan on Ray finds what one on one machine finds: with one worker, with two, with workers killed, with a node removed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

import pytest
from dedupe_ray.cluster import ASKS, QUIET

from ray_runs import busy_workers, found_by, kill_a_worker, meanwhile, scan

pytestmark = pytest.mark.skipif(find_spec("ray") is None, reason="the extra [ray] is not installed")


@pytest.mark.parametrize("workers", [1, 2])
def test_with_so_many_workers(pictures, right, tmp_path, workers):
    assert found_by(scan(pictures, tmp_path / "cache", engine="ray", workers=workers)) == right


def test_with_killed_workers_and_once_more_from_the_cache(pictures, right, tmp_path, full, monkeypatch):
    with meanwhile(kill_a_worker, 10 if full else 3, 1.0) as killed:
        assert found_by(scan(pictures, tmp_path / "cache", engine="ray", workers=2)) == right
    assert killed
    from dedupe.engines import judging

    monkeypatch.setattr(judging.GatheredJudge, "elsewhere", property(lambda _: pytest.fail("nothing is to be judged")))
    again = scan(pictures, tmp_path / "cache", engine="ray", workers=2)
    assert (list(again.groups), again.summary.described) == (right[0], 0)


@contextmanager
def two_nodes() -> Iterator[tuple[Any, Any]]:
    """A cluster of two nodes with one processor each, to which this process is connected, and the second node."""
    import ray
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    try:
        second = cluster.add_node(num_cpus=1)
        ray.init(address=cluster.address, log_to_driver=False)
        yield cluster, second
    finally:
        ray.shutdown()
        cluster.shutdown()


def test_with_a_node_removed(pictures, right, tmp_path, monkeypatch):
    for name, value in {**QUIET, **ASKS}.items():
        monkeypatch.setenv(name, value)
    with two_nodes() as (cluster, second):

        def remove() -> bool:
            """Once there is work that may be on it."""
            if not busy_workers():
                return False
            cluster.remove_node(second, allow_graceful=False)
            return True

        with meanwhile(remove, 1, 0.5) as removed:
            assert found_by(scan(pictures, tmp_path / "cache", engine="ray", workers=2)) == right
        assert removed
