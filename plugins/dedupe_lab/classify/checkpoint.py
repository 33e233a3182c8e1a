"""What a training leaves on the disk, read with care: any of it may be damaged or another training's."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from dedupe.kit import text_file

KEYS = {"plan", "step", "seconds", "reached", "recent", "loss", "net", "optimiser"}


def loaded(path: Path) -> dict[str, Any] | None:
    """A checkpoint, None where it is not one or is damaged."""
    import torch

    try:
        state: dict[str, Any] = torch.load(path, weights_only=True)
        return state if set(state) >= KEYS and {**state["plan"]} and state["step"] >= 0 else None
    except Exception:  # a damaged checkpoint costs a training, nothing else
        return None


def set_aside(path: Path) -> None:
    """Gives what is no checkpoint another name, as checkpoint.pt.1: it may be somebody's. Nothing is overwritten."""
    number = 1
    while os.path.lexists(aside := path.with_name(f"{path.name}.{number}")):
        number += 1
    path.rename(aside)


def standing(folder: Path) -> int:
    """The step of the checkpoint in a folder, 0 where there is none that can be read."""
    path = folder / "checkpoint.pt"
    state = loaded(path) if path.is_file() else None
    return int(state["step"]) if state else 0


def measured(path: Path) -> list[dict[str, Any]]:
    """The lines of a training's metrics, none where they are gone; one that cannot be read, as the last of a killed one, is
    left out.
    """
    try:
        text = path.read_text(errors="replace")
    except OSError:
        return []
    return [line for each in text.splitlines() if (line := _line(each))]


def _line(text: str) -> dict[str, Any] | None:
    try:
        line = json.loads(text)
        return line if all(isinstance(line[name], int | float) for name in ("step", "loss", "accuracy")) else None
    except (ValueError, TypeError, KeyError):
        return None


def cut(path: Path, step: int) -> None:
    """Drops the lines of metrics beyond a step, which the checkpoint does not know of."""
    if path.is_file():
        kept = [line for line in measured(path) if line["step"] <= step]
        with text_file(path) as stream:
            stream.writelines(json.dumps(line) + "\n" for line in kept)
