"""XMP, as it stands in a picture or beside it: what it says, and values added to it with all else kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xml.dom.minidom import Document, Element

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XMLNS = "http://www.w3.org/2000/xmlns/"
SPACES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "exif": "http://ns.adobe.com/exif/1.0/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "tiff": "http://ns.adobe.com/tiff/1.0/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
}
WRITTEN = {
    "date": ("exif:DateTimeOriginal",),
    "gps": ("exif:GPSLatitude", "exif:GPSLongitude"),
    "camera": ("tiff:Make", "tiff:Model"),
    "rating": ("xmp:Rating",),
    "keywords": ("dc:subject",),
}
"""The properties that each word is written as, a value each; keywords are a bag in one."""

WORDS = tuple(WRITTEN)
DATES = ("exif:DateTimeOriginal", "photoshop:DateCreated", "xmp:CreateDate")
EMPTY = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{RDF}"/></x:xmpmeta>'.encode()
LARGEST = 4 << 20


def parsed(content: bytes) -> Document:
    """An XMP packet or sidecar. Raises ValueError for what is none."""
    from xml.dom.minidom import parseString
    from xml.parsers.expat import ExpatError

    if len(content) > LARGEST or b"<!DOCTYPE" in content.replace(b"\0", b""):  # whose entities may be a bomb
        raise ValueError("no XMP")
    try:
        found = parseString(content)
    except (ExpatError, LookupError) as error:
        raise ValueError(str(error)) from None
    try:
        has_rdf = bool(found.getElementsByTagNameNS(RDF, "RDF"))
    except RecursionError:  # whatever is nested too deep to be looked through
        has_rdf = False
    if not has_rdf:
        raise ValueError("it has no RDF")
    return found


def said(document: Document) -> dict[str, tuple[str, ...]]:
    """What is said by the words of WRITTEN."""
    found = {word: tuple(text for name in names for text in _texts(document, name)) for word, names in WRITTEN.items()}
    found["date"] = next(filter(None, (_texts(document, name) for name in DATES)), ())
    return {word: texts for word, texts in found.items() if len(texts) >= (2 if word == "gps" else 1)}


def merged(content: bytes | None, values: Mapping[str, Sequence[str]]) -> bytes:
    """A sidecar with more values, of words that it does not have; keywords are added to its own. Raises ValueError where it
    cannot be understood.
    """
    document = parsed(EMPTY if content is None else content)
    made = document.createElementNS(RDF, "rdf:Description")
    for space, uri in {"rdf": RDF, **SPACES}.items():
        made.setAttributeNS(XMLNS, f"xmlns:{space}", uri)
    others = document.getElementsByTagNameNS(RDF, "Description")
    made.setAttributeNS(RDF, "rdf:about", others[0].getAttributeNS(RDF, "about") if others else "")
    for word, texts in values.items():
        if word == "keywords":
            _add_keywords(document, made, texts)
        else:
            for name, text in zip(WRITTEN[word], texts, strict=False):
                made.setAttributeNS(SPACES[name.partition(":")[0]], name, text)
    document.getElementsByTagNameNS(RDF, "RDF")[0].appendChild(made)
    return bytes(document.toxml(encoding="utf-8"))


def _add_keywords(document: Document, made: Element, texts: Sequence[str]) -> None:
    bag = next(_bags(document), None)
    if bag is None:
        if _texts(document, "dc:subject"):
            raise ValueError("its keywords are no list")
        subject = made.appendChild(document.createElementNS(SPACES["dc"], "dc:subject"))
        bag = subject.appendChild(document.createElementNS(RDF, "rdf:Bag"))
    for text in texts:
        item = bag.appendChild(document.createElementNS(RDF, bag.tagName.replace(bag.localName, "li")))
        item.appendChild(document.createTextNode(text))


def _bags(document: Document) -> Iterator[Element]:
    for subject in document.getElementsByTagNameNS(SPACES["dc"], "subject"):
        yield from (
            each for each in subject.childNodes if each.namespaceURI == RDF and each.localName in ("Bag", "Seq")
        )


def _texts(document: Document, name: str) -> tuple[str, ...]:
    """A property's texts: an attribute of a description, an element in one, or the items of a list in that."""
    space, _, local = name.partition(":")
    for each in document.getElementsByTagNameNS(RDF, "Description"):
        if text := each.getAttributeNS(SPACES[space], local):
            return (text,)
    for each in document.getElementsByTagNameNS(SPACES[space], local):
        found = (_text(item) for item in each.getElementsByTagNameNS(RDF, "li") or [each])
        return tuple(filter(None, found))
    return ()


def _text(element: Element) -> str:
    return "".join(each.data for each in element.childNodes if each.nodeType == each.TEXT_NODE).strip()


__all__ = ["WORDS", "merged", "parsed", "said"]
