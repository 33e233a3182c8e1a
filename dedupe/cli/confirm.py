"""Asking before what cannot be undone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TextIO

from dedupe.console import is_terminal, warn
from dedupe.errors import SafetyError


def confirming(action: str, named: int | None, stdin: TextIO) -> Callable[[int], bool] | None:
    """What is asked with the number of files: whether --yes=N named it or, on a terminal, it is typed. None for what can be
    undone.
    """
    if action != "delete":
        return None

    def confirmed(number: int) -> bool:
        if named is not None or not is_terminal(stdin):
            if named != number:
                raise SafetyError(
                    f"{number:,} files would be deleted for good, and nothing was done; to do it, give --yes={number}."
                )
            return True
        warn(f"{number:,} files are deleted for good: nothing brings them back. Type their number to do it:")
        if stdin.readline().strip() != str(number):
            raise SafetyError("That is not their number; nothing was done.")
        return True

    return confirmed
