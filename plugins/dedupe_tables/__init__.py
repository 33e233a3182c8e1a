"""Tables with a column of pictures: Parquet and Arrow, as data sets are kept in; with the extra `[tables]`."""

from __future__ import annotations

from dedupe import PictureSource, hookimpl


@hookimpl
def dedupe_sources() -> list[PictureSource]:
    """The sources of this plugin."""
    from dedupe_tables.source import Arrow, Parquet

    return [Parquet(), Arrow()]
