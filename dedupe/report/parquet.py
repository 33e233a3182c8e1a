"""Parquet: one row a file, as `to_arrow` of a result has it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TextIO

from dedupe.errors import UsageError
from dedupe.model.arrow import batches, schema
from dedupe.model.table_rows import all_rows, unique_rows


def write(result: Any, stream: TextIO) -> None:
    """Writes all rows of a result to a text stream over bytes. Raises UsageError for a stream that takes text alone."""
    _write(result, all_rows, stream)


def write_unique(result: Any, stream: TextIO) -> None:
    """The same for the pictures that are no duplicates."""
    _write(result, unique_rows, stream)


def _write(result: Any, rows: Callable[[Any], Iterator[dict[str, Any]]], stream: TextIO) -> None:
    if not hasattr(stream, "buffer"):
        raise UsageError("--format parquet: a terminal cannot show Parquet; give -o FILE.parquet.")
    from pyarrow.parquet import ParquetWriter

    made = schema(result, lambda: rows(result))
    stream.flush()
    with ParquetWriter(stream.buffer, made) as writer:
        for batch in batches(rows(result), made):
            writer.write_batch(batch)
