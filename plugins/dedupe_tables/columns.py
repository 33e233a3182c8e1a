"""Which column of a table has the pictures, and which their labels."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from dedupe import PictureError

PICTURES = ("image", "img", "picture", "photo", "jpg", "jpeg", "png", "webp", "image_bytes", "bytes", "content", "data")
LABELS = ("label", "labels", "cls", "class", "class_name", "category", "target", "fine_label")
"""What columns are called, the likeliest first."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The column with pictures, whether it is a struct whose field `bytes` has them, that with labels ("": none), and what
    whole numbers in it mean.
    """

    pictures: str
    struct: bool
    label: str
    names: tuple[str, ...] = ()

    def wanted(self) -> list[str]:
        """The columns to read."""
        return [self.pictures, *([self.label] if self.label else [])]

    def label_of(self, value: Any) -> str:
        """A label as text, "" for none."""
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(self.names):
            return self.names[value]
        return str(value) if isinstance(value, str | int) else ""


def columns_of(schema: Any, label: str = "") -> Columns:
    """The columns of a pyarrow schema, that with the labels by its name, where one is given. Raises PictureError
    (`no_pictures`, `no_label`) where there is none.
    """
    features = _features(schema.metadata or {})
    found = {field.name: _is_struct(field.type) for field in schema if _is_bytes(field.type) or _is_struct(field.type)}
    if not found:
        there = ", ".join(schema.names[:20]) or "none at all"
        raise PictureError(
            "no_pictures", f"It has no column of pictures: none is bytes, or a struct with bytes. Columns: {there}."
        )
    said = [name for name in found if features.get(name, {}).get("_type") == "Image"]
    usual = sorted((name for name in found if name.lower() in PICTURES), key=lambda name: PICTURES.index(name.lower()))
    pictures = [*said, *usual, *found][0]
    labels = {name.lower(): name for name in schema.names if name not in found}
    if label and label not in schema.names:
        there = ", ".join(schema.names[:20])
        raise PictureError("no_label", f"It has no column {label} for --label. Columns: {there}.")
    label = label or next((labels[name] for name in LABELS if name in labels), "")
    names = features.get(label, {}).get("names", ())
    return Columns(pictures, found[pictures], label, tuple(map(str, names)) if isinstance(names, list) else ())


def _features(metadata: Mapping[bytes, bytes]) -> dict[str, Any]:
    """What Hugging Face's datasets says of the columns."""
    with suppress(ValueError, RecursionError, TypeError, KeyError):
        features = json.loads(metadata[b"huggingface"])["info"]["features"]
        return {str(name): about for name, about in features.items() if isinstance(about, dict)}
    return {}


def _is_bytes(kind: Any) -> bool:
    import pyarrow.types as types

    return bool(types.is_binary(kind) or types.is_large_binary(kind))


def _is_struct(kind: Any) -> bool:
    import pyarrow.types as types

    return bool(types.is_struct(kind) and any(field.name == "bytes" and _is_bytes(field.type) for field in kind))
