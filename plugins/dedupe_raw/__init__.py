"""The previews in cameras' RAW files, through rawpy (the extra `[raw]`); without it such files are counted, not scanned."""

from __future__ import annotations

from dedupe import Decoder, hookimpl


@hookimpl
def dedupe_decoders() -> list[Decoder]:
    """The one decoder of this plugin."""
    from dedupe_raw.decoder import RawDecoder

    return [RawDecoder()]
