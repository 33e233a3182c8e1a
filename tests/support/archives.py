"""Archives of pictures, as tests need them."""

from __future__ import annotations

import io
import os
import sys
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageEnhance

from pictures import encoded, photo


def pictures() -> dict[str, bytes]:
    """A few small pictures, some of them copies of each other, and what is none, by name."""
    first, second = photo(240, 180), photo(180, 240).transpose(Image.Transpose.ROTATE_180)
    return {
        "a/first.jpg": encoded(first, "JPEG", quality=90),
        "a/again.jpg": encoded(first, "JPEG", quality=90),
        "b/small.png": encoded(first.resize((160, 120)), "PNG"),
        "b/bright.jpg": encoded(ImageEnhance.Brightness(first).enhance(1.2), "JPEG"),
        "c/other.jpg": encoded(second, "JPEG", quality=85),
        "c/broken.jpg": encoded(second, "JPEG")[:900],
        "c/notes.txt": b"no picture",
        "c/without": encoded(second, "WEBP", quality=60),
    }


def in_folder(held: Mapping[str, bytes], folder: Path) -> Path:
    for name, data in held.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
        os.utime(folder / name, (1.6e9, 1.6e9))  # what is in an archive is as old as that
    return folder


def zipped(held: Mapping[str, bytes], path: Path, method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in held.items():
            archive.writestr(name, data)
    return path


def tarred(held: Mapping[str, bytes], path: Path, form: int = tarfile.PAX_FORMAT, mode: str = "w") -> Path:
    with tarfile.open(path, mode, format=form) as archive:  # type: ignore[call-overload]
        for name, data in held.items():
            add(archive, name, data)
    return path


def zstandard(held: Mapping[str, bytes], path: Path) -> Path:
    """A tar in zstd; what needs it skips where it cannot be made."""
    if sys.version_info < (3, 14):
        zstd = pytest.importorskip("backports.zstd", reason="the extra [zst] is not installed")
    else:
        from compression import zstd
    path.write_bytes(zstd.compress(tarred(held, path).read_bytes()))
    return path


def add(archive: tarfile.TarFile, name: str, data: bytes = b"", kind: bytes = tarfile.REGTYPE, link: str = "") -> None:
    info = tarfile.TarInfo(name)
    info.size, info.type, info.linkname = len(data), kind, link
    archive.addfile(info, io.BytesIO(data))


def parquet(table: Any, path: Path, rows: int = 3) -> Path:
    import pyarrow.parquet

    pyarrow.parquet.write_table(table, path, row_group_size=rows)
    return path


def feather(table: Any, path: Path) -> Path:
    import pyarrow.feather

    pyarrow.feather.write_feather(table, path, chunksize=2)
    return path


def arrow(table: Any, path: Path) -> Path:
    """As Hugging Face's datasets saves one: a stream."""
    import pyarrow

    with pyarrow.OSFile(str(path), "wb") as out, pyarrow.ipc.new_stream(out, table.schema) as stream:
        stream.write_table(table, max_chunksize=2)
    return path
