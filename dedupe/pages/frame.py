"""The frame of every page: its head with a content security policy, its title, its body, its data."""

from __future__ import annotations

import io
from base64 import b64encode
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dedupe.pages.text import bracketed, broken, escape

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table with a class of the style sheet, and what it tells under the pointer."""

    text: str
    style: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: its name, which stands still while the cells scroll, and a picture beside it (see `thumbnail`)."""

    name: str
    cells: Sequence[Cell | str]
    style: str = ""
    picture: str = ""


def plain_rows(rows: Iterable[Sequence[str]]) -> list[Row]:
    """Rows of texts, the first of each its name."""
    return [Row(name, cells) for name, *cells in rows]


def page(
    template: Path,
    title: str,
    data: Any,
    values: Mapping[str, Any],
    more: Sequence[Path] = (),
    *,
    nonce: str | None = None,
) -> str:
    """A whole page: the template filled with `values` is its body; `data` goes along as JSON (id "data"), and so does what
    the page has of its own in the files `more`: styles (.css) and a script in parts (.js), none of which holds a tag.

    Whatever a template puts in is escaped, but for figures (`svg`). The policy allows nothing but the page's own style and
    pictures that are in it, and the script of these files: no request, no form, no frame. The page of a server has a `nonce`
    of its own, and its script may ask where it came from.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    house = Environment(
        loader=FileSystemLoader([template.parent, HERE]),
        autoescape=True,
        finalize=lambda value: escape(value) if type(value) is str else value,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    house.filters |= {"broken": broken, "bracketed": bracketed, "thousands": "{:,}".format}
    house.policies["json.dumps_kwargs"] = {"separators": (",", ":")}
    body = Markup(house.get_template(template.name).render(values))
    frame = house.get_template("frame.html.jinja")
    style, script = (
        Markup("\n".join(each.read_text("utf-8") for each in more if each.suffix == suffix))
        for suffix in (".css", ".js")
    )
    own = {"style": style, "script": script, "nonce": nonce or _nonce(body), "served": nonce is not None}
    return frame.render(title=title, body=body, data=data, **own) + "\n"


def _nonce(body: str) -> str:
    """Of the body, so that one result always gives one page; no text in it can hold what is a digest of that text."""
    from hashlib import sha256

    return sha256(body.encode()).hexdigest()[:32]


def embedded(image: Image) -> str:
    """The picture as a data: address, a PNG."""
    out = io.BytesIO()
    image.save(out, "PNG")
    return f"data:image/png;base64,{b64encode(out.getvalue()).decode('ascii')}"
