"""`--engine ray`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from dedupe import UsageError, install_hint
from dedupe.engines import Batch, Machines, Nearness, Progress, Run, ToCompare, ToDescribe, near_in_parts


class Ray:
    """Without an address it starts a Ray of its own, which nobody else can reach and which ends with the scan; with one it
    connects to the cluster there, and leaves it as it is.
    """

    name, version = "ray", "1"

    def __init__(self, address: str = "") -> None:
        self.address = address

    def check(self) -> None:
        """Raises UsageError where Ray is not installed."""
        if find_spec("ray") is None:
            raise UsageError(f"Ray is not installed: {install_hint('ray')}.")

    @contextmanager
    def started(self, run: Run, say: Callable[[str], None]) -> Iterator[Machines]:
        """Ray, with so many processors as `run` asks for."""
        from dedupe_ray.cluster import cluster

        with cluster(self.address, run.workers) as workers:
            yield RayMachines(workers, run.progress, say)


class RayMachines:
    """A cluster on which so many workers describe, and tasks search and judge, which tell how far they are."""

    def __init__(self, workers: int, progress: Progress, say: Callable[[str], None]) -> None:
        self._workers, self._progress, self._say = workers, progress, say

    def describe(self, work: ToDescribe) -> Iterator[Batch]:
        """All files, in portions."""
        from dedupe_ray.describing import described

        return described(work, self._workers, self._say)

    def near(self, work: ToCompare) -> Nearness:
        """Who is near whom, in parts."""
        from dedupe_ray.tasks import RayTasks

        return near_in_parts(work, RayTasks(), self._progress)
