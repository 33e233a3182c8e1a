"""What the cache and the folders of compiled kernels hold, as one JSON line and as a table."""

from __future__ import annotations

import os
from typing import TextIO

from dedupe.console import rich_console
from dedupe.kernels.upkeep import Kept
from dedupe.model.paths import path_fields
from dedupe.report import size_text
from dedupe.report.json import write_lines
from dedupe.report.lines import line, path_line
from dedupe.store.upkeep import CacheInfo


def write_json(found: tuple[CacheInfo, Kept], stream: TextIO) -> None:
    """One line {"type":"cache",...}."""
    info, kernels = found
    path = {"path": None} if info.path is None else path_fields(os.fsencode(info.path))
    counts = {"bytes": info.bytes, "files": info.files, "contents": info.contents, "keys": info.keys}
    counts["verdicts"] = info.verdicts
    folders = [os.fsdecode(each) for each in kernels.folders]
    compiled = {"files": kernels.files, "bytes": kernels.bytes, "folders": folders}
    aside = [os.fsdecode(each) for each in info.set_aside]
    line = {"type": "cache", **path, **counts, "set_aside": aside, "kernels": compiled}
    write_lines([line], stream)


def write_table(found: tuple[CacheInfo, Kept], stream: TextIO) -> None:
    """The counts, then a line a descriptor key."""
    info, kernels = found
    console = rich_console(stream)
    console.print("cache in memory" if info.path is None else "cache")
    for path in () if info.path is None else (info.path,):
        path_line(console, os.fsencode(path), "  ")
    facts = [
        (size_text(info.bytes), "on disk"),
        (f"{info.files:,}", "files"),
        (f"{info.contents:,}", "different pictures"),
    ]
    facts += [(f"{info.verdicts:,}", "pairs judged")] if info.verdicts else []
    facts += [(f"{count:,}", key) for key, count in info.keys.items()]
    facts += [(f"{kernels.files:,}", f"compiled kernels, {size_text(kernels.bytes)}")]
    for value, name in facts:
        line(console, f"{value:>12}  {name}")
    for aside in info.set_aside:
        console.print("set aside, since it was damaged")
        path_line(console, os.fsencode(aside), "  ")
