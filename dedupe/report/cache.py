"""What the cache and the folders of compiled kernels hold, as one JSON line and as a table."""

from __future__ import annotations

import os
from typing import TextIO

from dedupe.console import rich_console, shown
from dedupe.kernels.upkeep import Kept
from dedupe.model.paths import path_fields
from dedupe.report import size_text
from dedupe.report.json import write_lines
from dedupe.store.upkeep import Info


def write_json(found: tuple[Info, Kept], stream: TextIO) -> None:
    """One line {"type":"cache",...}."""
    info, kernels = found
    path = {"path": None} if info.path is None else path_fields(os.fsencode(info.path))
    counts = {"bytes": info.bytes, "files": info.files, "contents": info.contents, "keys": info.keys}
    folders = [os.fsdecode(each) for each in kernels.folders]
    compiled = {"files": kernels.files, "bytes": kernels.bytes, "folders": folders}
    aside = [os.fsdecode(each) for each in info.set_aside]
    line = {"type": "cache", **path, **counts, "set_aside": aside, "kernels": compiled}
    write_lines([line], stream)


def write_table(found: tuple[Info, Kept], stream: TextIO) -> None:
    """One row a fact, then one a descriptor key."""
    from dedupe.report.table import table

    info, kernels = found
    rows = table("cache", "value", show_header=False)
    rows.add_row("path", "in memory" if info.path is None else shown(os.fsencode(info.path)))
    rows.add_row("size", size_text(info.bytes))
    rows.add_row("files", f"{info.files:,}")
    rows.add_row("contents", f"{info.contents:,}")
    for key, count in info.keys.items():
        rows.add_row(key, f"{count:,}")
    for aside in info.set_aside:
        rows.add_row("set aside", shown(os.fsencode(aside)))
    rows.add_row("compiled kernels", f"{kernels.files:,}, {size_text(kernels.bytes)}")
    rich_console(stream).print(rows)
