"""The descriptors of pictures."""

from __future__ import annotations

from dedupe import config
from dedupe.describe.choose import choose, header
from dedupe.describe.gather import gather, load_plugins, summary
from dedupe.describe.in_memory import takes_pictures
from dedupe.describe.recorded import recorded
from dedupe.describe.several import AnyPath, Listed, Paths, Pictures, Words, asked, formerly, selected, several
from dedupe.model import (
    Described,
    Description,
    Progress,
)
from dedupe.model.asked import CPU, silent


@formerly(descriptors="descriptor", thresholds="threshold", plugin_files="plugin", pixel_cap="max_pixels")
@takes_pictures("pictures")
@recorded("pictures")
def describe(
    pictures: Pictures,
    *,
    descriptor: Words = (config.DEFAULT_DESCRIPTOR,),
    turns: str = "none",
    exclude: Words = (),
    min_size: int = 0,
    min_pixels: int = 0,
    recursive: bool = True,
    all_files: bool = False,
    files_from: Listed | None = None,
    follow_rows: bool = False,
    workers: int | None = None,
    cache: AnyPath | None = None,
    plugin: Paths = (),
    file_timeout: float = config.FILE_TIMEOUT,
    max_pixels: int = config.PIXEL_CAP,
    device: str = CPU,
    progress: Progress = silent,
) -> Described:
    """The descriptors of pictures, or of all pictures in folders, in the order of their paths."""
    select = selected(exclude, min_size, min_pixels, recursive, all_files, files_from, follow_rows=follow_rows)
    run = asked(workers, cache, plugin, file_timeout, max_pixels, progress, device)
    loaded = load_plugins(run)
    chosen = choose(loaded, descriptor, (), turns)
    found = gather(several(pictures), chosen, loaded, select, run)
    columns = [(each.label, column) for each in chosen for column in each.columns]
    place = [{int(row): at for at, row in enumerate(matrix.contents)} for matrix in found.collection.matrices]
    rows = [
        Description(found.walk.files.path(index), column.key, matrix.X[at[int(row)]], name)
        for index, row in enumerate(found.collection.rows)
        for (name, column), matrix, at in zip(columns, found.collection.matrices, place, strict=True)
        if int(row) in at
    ]
    return Described(header("describe", chosen), rows, found.failures, summary(found, found.collection.rows))
