"""The kernels of decoding made ready: each module of them is compiled, or loaded, when it is imported."""

# ruff: noqa: F401 -- importing is the point

from __future__ import annotations

from collections.abc import Sequence

from dedupe.model import Decode


def prepare(requests: Sequence[Decode], *, large: bool) -> None:
    """Imports the kernels that `requests` need; `large`: whether a JPEG may be so large that an eighth of it is read."""
    from dedupe.decode import worth_kernels
    from dedupe.pixels import area_kernels

    if large:
        from dedupe.jpeg import scan_kernels
    if any(each.mode == "RGB" for each in requests):
        from dedupe.pixels import colour_kernels
    if any(each.size is not None and (each.mode, each.resample) == ("L", "lanczos") for each in requests):
        from dedupe.pixels import grey_kernels
