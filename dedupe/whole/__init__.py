"""Files written whole, and only where they may be: the content is complete before it has its name."""

from __future__ import annotations

from dedupe.whole.kinds import FOLDER, TEXT, TEXT_OR_DRAWN, TEXT_OR_TABLE, Kind, is_stream, refuse_other
from dedupe.whole.parts import remove_abandoned
from dedupe.whole.writing import take_name, text_file, whole_file

__all__ = [
    "FOLDER",
    "TEXT",
    "TEXT_OR_DRAWN",
    "TEXT_OR_TABLE",
    "Kind",
    "is_stream",
    "refuse_other",
    "remove_abandoned",
    "take_name",
    "text_file",
    "whole_file",
]
