"""Data sets that Hugging Face's datasets has saved to the disk: a folder of Arrow files, or one such folder a split."""

from __future__ import annotations

import json
import os
from typing import Any

SPLITS, STATE, LARGEST = b"dataset_dict.json", b"state.json", 1 << 24


def files_of(folder: bytes) -> list[bytes]:
    """The Arrow files of a saved data set, none for any other folder. What they are called there is only a name in the folder."""
    splits = _read(os.path.join(folder, SPLITS))
    if isinstance(splits, dict):
        return [file for split in _names(splits.get("splits")) for file in _shards(os.path.join(folder, split))]
    return _shards(folder)


def _shards(folder: bytes) -> list[bytes]:
    state = _read(os.path.join(folder, STATE))
    if not isinstance(state, dict) or not isinstance(state.get("_data_files"), list):
        return []
    named = [each.get("filename") for each in state["_data_files"] if isinstance(each, dict)]
    return [os.path.join(folder, name) for name in _names(named)]


def _names(given: Any) -> list[bytes]:
    """Those that are names in a folder."""
    words = [os.fsencode(each) for each in given if isinstance(each, str)] if isinstance(given, list) else []
    return [each for each in words if each not in (b"", b".", b"..") and os.path.basename(each) == each]


def _read(path: bytes) -> Any:
    try:
        with open(path, "rb") as file:
            return json.loads(file.read(LARGEST))
    except (OSError, ValueError, RecursionError):
        return None
