"""What tests ask of a page: its elements, and whether it lets nothing in."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from html.parser import HTMLParser
from io import StringIO

from dedupe.kit import Output, write_page

VOID = {"meta", "br", "wbr", "img", "link", "input"}


class Page(HTMLParser):
    """`tags` are (name, attributes, names of the elements around it); `texts` are (words, classes of its element)."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text, self.tags, self.texts, self._open = text, [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs), [f"{name}.{given.get('class', '')}" for name, given in self._open]))
        if tag not in VOID:
            self._open.append((tag, dict(attrs)))

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs), [f"{name}.{given.get('class', '')}" for name, given in self._open]))

    def handle_endtag(self, tag):
        assert self._open and self._open[-1][0] == tag, f"</{tag}> closes {self._open[-1:]}"
        self._open.pop()

    def handle_data(self, data):
        if self._open:
            self.texts.append((data, self._open[-1][1]))

    def named(self, name: str) -> list[dict]:
        return [attributes for tag, attributes, _ in self.tags if tag == name]

    @property
    def data(self):
        return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', self.text, re.S)[1])


def pictures_of(page: Page) -> list[bytes]:
    """The JPEGs that a page of groups carries along."""
    return [b64decode(words) for words, given in page.texts if given.get("type") == "text/plain"]


def page_of(output: Output) -> str:
    """The page of what a plugin's command gives out."""
    stream = StringIO()
    write_page(output, stream)
    return stream.getvalue()


def checked(text: str) -> Page:
    """The page, all elements of which are closed: it asks for nothing, and what runs and its one style are allowed by its nonce.

    Its tables scroll by themselves, beside a first column that stands still, and nothing holds the page narrower than its
    window.
    """
    page = Page(text)
    (policy,) = [each["content"] for each in page.named("meta") if each.get("http-equiv") == "Content-Security-Policy"]
    ((nonce, sheet),) = re.findall(r'<style nonce="([0-9a-f]{32})">(.*?)</style>', text, re.S)
    sheet = re.sub(r"\s*([{}:;,])\s*", r"\1", sheet)
    own = f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; img-src data:;"
    scripts = [each for each in page.named("script") if "nonce" in each]
    assert policy == f"{own} base-uri 'none'; form-action 'none'" and text.count(nonce) == 3 + len(scripts) <= 4
    assert "url(" not in sheet and "@import" not in sheet
    attributes = {name for _, given, _ in page.tags for name in given}
    assert not {name for name in attributes if name in ("style", "href") or name.startswith("on")}
    assert all(each["src"].startswith("data:image/") for each in page.named("img"))
    others = [each for each in page.named("script") if "nonce" not in each]
    assert {each["type"] for each in others} <= {"application/json", "text/plain"}, "what a browser does not run"
    assert [each.get("id") for each in others if each["type"] == "application/json"] == ["data"]
    inside = [around[-1] for tag, _, around in page.tags if tag == "table"]
    assert all(each.startswith("div.wide") for each in inside), inside
    assert "overflow-x:auto" in rule(sheet, ".wide") and "max-width" not in rule(sheet, "main")
    assert "position:sticky;left:0" in rule(sheet, "tbody th,thead th:first-child")
    return page


def rule(sheet: str, selector: str) -> str:
    """What a style sheet says of exactly this selector."""
    return ";".join(re.findall(rf"(?:^|}}|{{|\n){re.escape(selector)}{{([^}}]*)}}", sheet))
