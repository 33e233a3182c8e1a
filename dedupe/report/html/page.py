"""The frame of every page: its head with a content security policy, its data, its body."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from dedupe.report.html.style import style
from dedupe.report.html.text import escape, json_block


def page(title: str, body: Sequence[str], data: Any) -> str:
    """A whole page: `body` are pieces of HTML, made safe by who made them; `data` goes along as JSON (id "data").

    The policy allows nothing but the page's own style and pictures: no script, no request, no form, no frame.
    """
    sheet = style()
    hashed = b64encode(sha256(sheet.encode("utf-8")).digest()).decode("ascii")
    policy = f"default-src 'none'; img-src data:; style-src 'sha256-{hashed}'; base-uri 'none'; form-action 'none'"
    head = [
        "<!doctype html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">',
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        '<meta name="referrer" content="no-referrer">',
        f"<title>{escape(title)}</title>",
        f"<style>{sheet}</style>",
        "</head>",
        "<body>",
        "<main>",
    ]
    return "\n".join([*head, *body, "</main>", json_block("data", data), "</body>", "</html>", ""])
