"""HEIC and HEIF pictures, through pillow-heif (the extra `[heif]`); without it such files say what they need."""

from __future__ import annotations

from dedupe import Decoder, hookimpl


@hookimpl
def dedupe_decoders() -> list[Decoder]:
    """The one decoder of this plugin."""
    from dedupe_heif.decoder import HeifDecoder

    return [HeifDecoder()]
