"""Questions to a table of pictures: by label, type, id and hash, and what is nearest to a picture."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from dedupe import UsageError
from dedupe_lab.bits import bits_apart, hashed, only_bits, words
from dedupe_lab.table import opened

Row = dict[str, Any]


def rows(database: Path, where: str = "", limit: int | None = None) -> Iterator[Row]:
    """The rows that a condition in SQL holds for, by ImageID; blobs are left out.

    Raises UsageError for a bad condition, DedupeError for a file that is no table of pictures.
    """
    with opened(database) as table:
        kept = [name for name in table.columns if table.form(name) != "float32"]
        for row in table.asked(kept, where, limit):
            yield dict(zip(kept, row, strict=True))


def nearest(
    database: Path, picture: Path, descriptor: str | None = None, where: str = "", n: int = 10, **settings: Any
) -> list[Row]:
    """The `n` rows nearest to a picture by a hash of the table (its first by default), each with its `distance` in bits.

    Raises UsageError for a column that is no hash, or that another version has made; DedupeError for an unusable picture.
    """
    with opened(database) as table:
        hashes = [name for name in table.descriptors if table.form(name) == "hex"]
        name = descriptor or (hashes[0] if hashes else "")
        if name not in hashes:
            raise UsageError(
                f"{database} has no hash {name!r}; it has {', '.join(hashes) or 'none: build it with -d phash'}."
            )
        only_bits([name], **settings)
        asked = hashed([picture], [name], **settings)
        if asked.keys[name] != table.descriptors[name][0]:
            raise UsageError(
                f"The column {name} was made by another version ({table.descriptors[name][0]}); build the table again."
            )
        found = [row for row in table.asked(["ImageID", name], where) if row[1] is not None]
    if not found:
        return []
    X = np.frombuffer(bytes.fromhex("".join(text for _, text in found)), np.uint8).reshape(len(found), -1)
    apart = bits_apart(words(asked.rows[name]), words(X))[0]
    order = np.argsort(apart, kind="stable")[:n]
    return [{**_one(database, found[i][0]), "distance": int(apart[i])} for i in order.tolist()]


def _one(database: Path, id_: int) -> Row:
    return next(rows(database, f"ImageID = {id_}"))
