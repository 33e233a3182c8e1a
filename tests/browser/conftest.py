"""A browser for tests: Debian's Chromium, driven by Playwright; where one of the two is missing these tests skip."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def chromium() -> Iterator:
    """The browser. It ends with the module: children forked later would hold its driver's pipes, and keep it from ending."""
    driver = pytest.importorskip("playwright.sync_api", reason="needs a browser's driver: pip install '.[browser]'")
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.skip("needs Chromium: apt install chromium")
    with driver.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=found, args=["--no-sandbox"] if os.geteuid() == 0 else [])
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium) -> Iterator[Callable]:
    """Opens a page of groups in a window 1,200 pixels wide; it fails where the page raised an error or asked for anything but
    itself and `allowed` addresses.
    """
    context = chromium.new_context(viewport={"width": 1200, "height": 900}, accept_downloads=True)
    wrong: list[str] = []

    def opened(address: str | Path, allowed: str = "") -> object:
        place = address.as_uri() if isinstance(address, Path) else address
        tab = context.new_page()
        tab.set_default_timeout(10_000)
        tab.on("pageerror", lambda error: wrong.append(f"error: {error}"))
        tab.on("dialog", lambda dialog: wrong.append(f"dialog: {dialog.message}"))
        tab.on("request", lambda asked: wrong.append(asked.url) if not own(asked.url, place, allowed) else None)
        tab.goto(place)
        tab.locator(".card").first.wait_for()
        return tab

    yield opened
    context.close()
    assert wrong == []


def own(asked: str, place: str, allowed: str) -> bool:
    """Whether an address is the page itself, data in it, or allowed."""
    return asked.startswith(("data:", "blob:")) or asked == place or bool(allowed and asked.startswith(allowed))
