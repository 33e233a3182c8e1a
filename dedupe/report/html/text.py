"""Text that is safe in a page: names come from files, and a page must show them, never obey them."""

from __future__ import annotations

import html
import json
import re
from typing import Any

from dedupe.console import visible


def escape(text: str) -> str:
    """Text for an element or a quoted attribute: markup escaped, what is not printable shown as \\xHH."""
    return html.escape(visible(text), quote=True)


def broken(text: str) -> str:
    """Escaped text that is rather broken after a colon or comma than elsewhere: descriptors with parameters, long paths."""
    return re.sub(r"[:,/](?=[^\s/])", r"\g<0><wbr>", escape(text))


def json_block(name: str, value: Any) -> str:
    """A block of data that no browser runs; "<" is written so that the block cannot be ended from inside."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    text = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return f'<script type="application/json" id="{escape(name)}">{text}</script>'


def number(value: float) -> str:
    """A coordinate with one decimal at most."""
    return f"{value:.1f}".removesuffix(".0")
