"""Folders of which another one has all pictures, too."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from typing import Any

from dedupe.model import Bools, Files, Ints
from dedupe.model.paths import path_fields

FEWEST = 3
"""Pictures of a folder from which on it is worth a line."""

MANY = 100
"""Who has nothing but pictures that lie in more folders, as placeholders do, is none of them."""


def redundant(files: Files, some: Ints, alike: Ints, stays: Bools) -> list[dict[str, Any]]:
    """The folders of which each picture has an equal one in one other folder, the fullest first, as JSON has them: `path`, how
    many `pictures`, and the folder that they are `in`, too, which is not called redundant itself.

    Of `some` files int64 (k,), those first that are kept, those are equal that have one number in `alike` int64 (k,). Where a
    file `stays`, bool (n,), or lies in a folder below, the folder is none of them; pictures that are no files of their own
    count nowhere.
    """
    real = ~files.no_file[some]
    groups = defaultdict[int, list[bytes]](list)
    for file, number in zip(some[real].tolist(), alike[real].tolist(), strict=True):
        groups[number].append(os.path.dirname(files.path(file)))
    others, equal, best = dict[bytes, frozenset[bytes]](), Counter[bytes](), Counter[bytes]()
    for folders in sorted(groups.values(), key=len):
        best.update(folders[:1])
        equal.update(folders)
        where = frozenset(folders)
        first = where if len(where) <= MANY else frozenset[bytes]()
        others.update((folder, others.get(folder, first) & where) for folder in where)
    wanted = {folder: found - {folder} for folder, found in others.items() if len(found) > 1}
    whole = _whole(files, stays, wanted.keys(), equal) if wanted else []
    gone: set[bytes] = set()
    lines = []
    for folder in sorted(whole, key=lambda one: (-equal[one], best[one], one)):
        if there := wanted[folder] - gone:
            gone.add(folder)
            about = path_fields(folder) | path_fields(min(there), "in")
            lines.append({**about, "pictures": equal[folder]})
    return lines


def _whole(files: Files, stays: Bools, wanted: Collection[bytes], equal: Counter[bytes]) -> Iterator[bytes]:
    """Of the wanted folders those in which, and below which, there is no picture but so many equal ones."""
    count, never = Counter[bytes](), set[bytes]()
    for index, fixed in enumerate((stays | files.no_file).tolist()):
        folder = os.path.dirname(files.path(index))
        count[folder] += 1
        if fixed:
            never.add(folder)
    for folder in count:
        while (above := os.path.dirname(folder)) != folder and above not in never:
            never.add(above)
            folder = above
    return (one for one in wanted if one not in never and equal[one] == count[one] >= FEWEST)
