"""Archives that hold pictures: zip and cbz, tar, and tar that is compressed. Nothing is ever unpacked to the disk."""

from __future__ import annotations

from dedupe import PictureSource, hookimpl


@hookimpl
def dedupe_sources() -> list[PictureSource]:
    """The sources of this plugin."""
    from dedupe_archives.compressed import CompressedTar
    from dedupe_archives.tars import Tar
    from dedupe_archives.zips import Zip

    return [Zip(), Tar(), CompressedTar()]
