"""Rows of a table, a few at a time, so that memory stays flat however large the table is."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from typing import Any, BinaryIO, Protocol

from dedupe_tables.columns import Columns, columns_of

AT_ONCE = 32
"""Rows that are read together."""


class Rows(Protocol):
    """A table."""

    @property
    def columns(self) -> Columns: ...

    def batches(self, row: int) -> Iterator[tuple[int, Any]]:
        """Batches with the numbers of their first rows, from the one with that row on or from one before it."""
        ...


class ParquetRows:
    """The rows of a Parquet file, one row group after the other."""

    def __init__(self, stream: BinaryIO) -> None:
        import pyarrow.parquet as parquet

        self._file = parquet.ParquetFile(stream, pre_buffer=False, memory_map=False)
        self.columns = columns_of(self._file.schema_arrow)
        about = self._file.metadata
        self._ends = [*accumulate(about.row_group(group).num_rows for group in range(about.num_row_groups))]

    def batches(self, row: int) -> Iterator[tuple[int, Any]]:
        first = 0
        for group, end in enumerate(self._ends):
            if end > row:
                given = self._file.iter_batches(
                    AT_ONCE, row_groups=[group], columns=self.columns.wanted(), use_threads=False
                )
                for batch in given:
                    yield first, batch
                    first += batch.num_rows
            first = end


class ArrowRows:
    """The rows of an Arrow file or stream (Feather 2 is the first, Hugging Face writes the second), batch by batch."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.columns = columns_of(self._opened().schema)

    def _opened(self) -> Any:
        from pyarrow import ipc

        self._stream.seek(0)
        if self._stream.read(6) == b"ARROW1":
            return ipc.open_file(self._stream)
        self._stream.seek(0)
        return ipc.open_stream(self._stream)

    def batches(self, row: int) -> Iterator[tuple[int, Any]]:
        first, opened = 0, self._opened()
        several = hasattr(opened, "num_record_batches")
        batches = map(opened.get_batch, range(opened.num_record_batches)) if several else opened
        for batch in batches:
            if first + batch.num_rows > row:
                yield first, batch.select(self.columns.wanted())
            first += batch.num_rows
