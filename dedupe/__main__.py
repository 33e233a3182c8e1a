"""`dedupe`, and `python -m dedupe`."""

from __future__ import annotations

import gc


def main() -> None:
    """Runs the command line and exits with its code."""
    gc.set_threshold(
        100_000, 50, 50
    )  # modules and arrays make no cycles worth looking for while a start waits for them
    from dedupe import cli

    cli.main()


if __name__ == "__main__":
    main()
