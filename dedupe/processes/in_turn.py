"""Work that is a list of tasks, each done on its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Generic, TypeVar

from dedupe.processes.life import Life
from dedupe.processes.pool import Task, Work

T = TypeVar("T", bound=Task)


class InTurn(Work, Generic[T]):
    """The `tasks`, whose items are their places in that list, for `size` children; `left` are the items that no child has,
    and what is taken back is the next.
    """

    def __init__(self, life: Life, tasks: Sequence[T], size: int) -> None:
        self.life, self.size = life, size
        self.tasks, self.left = tasks, deque(range(len(tasks)))

    def task(self) -> T | None:
        return self.tasks[self.left.popleft()] if self.left else None

    def again(self, items: list[int], _: bool) -> None:
        self.left.extendleft(reversed(items))
