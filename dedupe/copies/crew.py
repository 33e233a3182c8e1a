"""What a pool is to do to make copies of photos: one after the other, each a task."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TypeAlias

from dedupe.copies.making import Event, Making, PhotoTask, understood
from dedupe.decode.prepare import prepare
from dedupe.model import Failure
from dedupe.processes import Answer, InHand, InTurn, slots

Found: TypeAlias = tuple[int, Event]
"""Index of the photo, and the copy that is made or what could not be."""


class Copying(InTurn[PhotoTask]):
    """Copies of photos."""

    def __init__(self, life: Making, tasks: Sequence[PhotoTask], size: int) -> None:
        super().__init__(life, tasks, size)
        self._making = life

    def prepare(self) -> None:
        prepare([], large=False)

    def again(self, items: list[int], _: bool) -> None:
        self.left.extend(items)  # behind all others

    def answer(self, message: bytes, items: Collection[int]) -> Answer:
        (item,) = items
        event = understood(message, self._making, self.tasks[item].path)
        return Answer(None, [], True) if event is None else Answer((item, event), [], False)

    def failure(self, item: int, hand: InHand, reason: str, fate: str) -> Found:
        who, distortions = "Reading or decoding it", self._making.distortions
        if hand.stage == slots.DISTORT and 0 <= hand.part < len(distortions):
            who = f"The distortion {distortions[hand.part][2].name}"
        return item, Failure(self.tasks[item].path, slots.STAGES[hand.stage], reason, f"{who} {fate}.")
