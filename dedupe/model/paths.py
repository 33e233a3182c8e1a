"""Paths in JSON, which has text alone: there and back."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from typing import Any


def path_fields(path: bytes, name: str = "path") -> dict[str, str]:
    """`path` as text and, where that cannot carry the name's bytes, `path_b64` too."""
    try:
        return {name: path.decode("utf-8")}
    except UnicodeDecodeError:
        return {name: path.decode("utf-8", "replace"), f"{name}_b64": b64encode(path).decode("ascii")}


def texts(paths: Iterable[bytes]) -> list[str | dict[str, str]]:
    """Paths in a list: text, or `path` and `path_b64` where that cannot carry the bytes."""
    found = map(path_fields, paths)
    return [fields if len(fields) > 1 else fields["path"] for fields in found]


def path_of(fields: Mapping[str, Any], name: str = "path") -> bytes:
    """The bytes of the path that `path_fields` has written."""
    exact = fields.get(f"{name}_b64")
    return fields[name].encode() if exact is None else b64decode(exact, validate=True)


def paths_of(found: Iterable[str | Mapping[str, str]]) -> tuple[bytes, ...]:
    """The bytes of the paths that `texts` has written."""
    return tuple(path_of({"path": each} if isinstance(each, str) else each) for each in found)
