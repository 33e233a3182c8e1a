"""The laboratory: image tables, robustness sheets, class distances and a small network, as the command `dedupe lab`."""
