"""Text that is safe in a page: names come from files, and a page must show them, never obey them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dedupe.console import visible

if TYPE_CHECKING:
    from markupsafe import Markup


def escape(text: str) -> Markup:
    """Text for an element or a quoted attribute: markup escaped, what is not printable shown as \\xHH."""
    from markupsafe import escape as escaped

    return escaped(visible(text))


def broken(text: str) -> Markup:
    """Escaped text that is rather broken after a colon or comma than elsewhere: descriptors with parameters, long paths."""
    from markupsafe import Markup

    return Markup(re.sub(r"[:,/](?=[^\s/])", r"\g<0><wbr>", str(escape(text))))


def bracketed(text: str) -> Markup:
    """Escaped text of a table's cell, which is broken before a bracket alone."""
    from markupsafe import Markup

    return Markup(str(escape(text)).replace(" (", " <wbr>("))


def number(value: float) -> str:
    """A coordinate with one decimal at most."""
    return f"{value:.1f}".removesuffix(".0")
