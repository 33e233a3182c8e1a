"""Child processes that may crash, hang or eat memory, each leading the life that it is given, watched by their parent."""

from dedupe.processes.child import Child, ChildLost, ask_once
from dedupe.processes.in_turn import InTurn
from dedupe.processes.interrupts import Interrupts
from dedupe.processes.life import Bounds, Life, ReadingLife, confined_to
from dedupe.processes.pool import RESTING, Answer, Pool, Task, Work
from dedupe.processes.slots import InHand, Slot

__all__ = [
    "RESTING",
    "Answer",
    "Bounds",
    "Child",
    "ChildLost",
    "InHand",
    "InTurn",
    "Interrupts",
    "Life",
    "Pool",
    "ReadingLife",
    "Slot",
    "Task",
    "Work",
    "ask_once",
    "confined_to",
]
