"""`dedupe distort`: a folder of distorted copies."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from dedupe.kit import FAILED, SelectOptions, shared
from dedupe.kit import options as o
from dedupe.kit.values import listed_paths
from dedupe.model.asked import FILE_TIMEOUT, PIXEL_CAP


@shared("Name the photos that could not be used.")
def distort(
    photos: Annotated[list[Path] | None, o.argument(help="Folders and photos.", parser=o.INPUT)] = None,
    *,
    output: Annotated[
        Path,
        o.shown("-o", "--output", help="Folder for the copies, new or empty.", parser=o.INTO, metavar="DIR"),
    ],
    distortions: o.Distortions = "seed",
    form: Annotated[
        str, o.distorted("--form", help="Form of the copies.", metavar="jpg|png", show_default=True)
    ] = "jpg",
    quality: Annotated[int, o.distorted(help="JPEG quality of the copies.", metavar="N", show_default=True)] = 100,
    seed: Annotated[
        int, o.distorted(help="For what distortions draw at random.", metavar="N", min=0, show_default=True)
    ] = 0,
    files_from: o.FilesFrom = None,
    json: Annotated[bool, o.json_alone("the counts")] = False,
    workers: o.Workers = None,
    plugin: o.PluginFiles = None,
    file_timeout: o.Timeout = FILE_TIMEOUT,
    max_pixels: o.PixelCap = PIXEL_CAP,
    select: SelectOptions,
) -> int:
    """Write distorted copies of photos, and pairs.csv, which says what was made from what."""
    from dedupe.console import progress
    from dedupe.copies import distort as run
    from dedupe.errors import UsageError
    from dedupe.kit.output import listed
    from dedupe.report.copies import write_table
    from dedupe.report.json import write

    if not photos and files_from is None:
        raise UsageError("Nothing to distort; name a folder, as in: dedupe distort ~/Pictures -o copies")
    with progress() as tell:
        made = run(
            photos or [],
            output,
            distortions=distortions,
            form=form,
            quality=quality,
            seed=seed,
            files_from=listed_paths(files_from),
            **select,
            plugin=plugin or [],
            workers=workers,
            file_timeout=file_timeout,
            max_pixels=max_pixels,
            progress=tell,
        )
    listed(json, write, write_table, made)
    return FAILED if made.failures else 0
