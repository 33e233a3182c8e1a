"""dedupe review in a browser: its key, decisions that are saved, pictures in full size, hostile names."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from dedupe import scan
from dedupe.actions import plan as plans
from pictures import photo
from reviews import Reviewing, reviewing

pytest.importorskip("uvicorn", reason="needs a server: pip install '.[review]'")
pytest.importorskip("starlette", reason="needs a server: pip install '.[review]'")

HOSTILE = "<img src=x onerror=alert(1)>'\".jpg"


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """The plan of a photo with an equal copy of a hostile name, a smaller copy and a cut one."""
    folder = tmp_path / "album"
    folder.mkdir()
    photo(1280, 960).save(folder / "photo.jpg", quality=95)
    shutil.copy(folder / "photo.jpg", folder / HOSTILE)
    photo(1280, 960).resize((320, 240)).save(folder / "small.jpg", quality=85)
    photo(1280, 960).crop((24, 18, 1260, 940)).save(folder / "cut.jpg", quality=80)
    scan(folder, descriptor="pdq", judge=True, cache="none").to_json(tmp_path / "plan.jsonl")
    return tmp_path / "plan.jsonl"


@pytest.fixture
def running(plan: Path, chromium) -> Iterator[Reviewing]:
    """The review of that plan; the browser stands first, so that nothing is started where there is none."""
    with reviewing(plan, plan.parent / "data") as found:
        yield found


def actions(plan: Path) -> dict[str, str]:
    return {Path(row.file.path_str).name: row.action for row in plans.read(plan).rows}


def card(tab, name: str):
    return tab.locator(".card", has=tab.locator(".name", has_text=name))


def saved(tab) -> None:
    tab.locator("#saved", has_text="Saved.").wait_for()


def test_the_key_is_taken_from_the_address_and_goes_with_each_request(opened, running):
    tab = opened(running.door, allowed=running.origin)
    asked: list = []
    tab.on("request", lambda request: asked.append(request))
    assert tab.url == f"{running.origin}/" and running.key not in tab.evaluate("document.referrer + history.length")
    tab.reload()
    tab.locator(".card img").first.wait_for()
    others = (f"{running.origin}/", f"{running.origin}/favicon.ico")  # the latter is the browser's own wish
    own = [each for each in asked if each.url.startswith(running.origin) and each.url not in others]
    assert {each.url.rsplit("/", 1)[0] for each in own} == {running.origin, f"{running.origin}/small"}
    assert {each.headers.get("x-dedupe-key") for each in own} == {running.key}
    assert not any("referer" in each.all_headers() for each in own)
    assert not any(running.key in each.url for each in asked)
    assert tab.evaluate("document.cookie") == ""
    sources = tab.locator(".card img").evaluate_all("(all) => all.map((one) => one.src)")
    assert all(each.startswith("blob:") for each in sources) and tab.locator("img[src=x]").count() == 0


def test_decisions_are_saved_as_they_are_made(opened, running, plan):
    tab = opened(running.door, allowed=running.origin)
    card(tab, "small.jpg").get_by_role("button", name="Keep small.jpg", exact=True).click()
    saved(tab)
    assert actions(plan) == {"photo.jpg": "keep", HOSTILE: "remove", "small.jpg": "keep", "cut.jpg": "keep"}
    card(tab, "cut.jpg").get_by_role("button", name="Keep cut.jpg instead").click()
    tab.wait_for_function("() => document.querySelectorAll('.card.goes').length === 2")
    saved(tab)
    assert actions(plan)["photo.jpg"] == "remove" and actions(plan)["cut.jpg"] == "keep"
    tab.click("#undo")
    tab.click("#undo")
    saved(tab)
    assert actions(plan) == {"photo.jpg": "keep", HOSTILE: "remove", "small.jpg": "remove", "cut.jpg": "keep"}
    tab.reload()
    tab.locator(".card").first.wait_for()
    assert sorted(tab.locator(".card.goes .name").all_inner_texts()) == sorted([HOSTILE, "small.jpg"])
    assert "dedupe apply" in tab.locator("#command").inner_text()


def test_what_is_no_duplicate_stays_and_is_remembered(opened, running, plan):
    tab = opened(running.door, allowed=running.origin)
    card(tab, "small.jpg").get_by_role("button", name="small.jpg is not a duplicate").click()
    saved(tab)
    assert actions(plan)["small.jpg"] == "keep"
    assert len((plan.parent / "data" / "ignored.jsonl").read_text().splitlines()) == 1
    assert card(tab, "small.jpg").locator(".state").inner_text() == "stays: not a duplicate"
    assert not card(tab, "small.jpg").get_by_role("button", name="Remove small.jpg").is_enabled()
    tab.click("#undo")
    saved(tab)
    assert (plan.parent / "data" / "ignored.jsonl").read_text() == "" and actions(plan)["small.jpg"] == "remove"


def test_what_was_called_no_duplicate_can_be_one_after_all(opened, running, plan):
    tab = opened(running.door, allowed=running.origin)
    card(tab, "small.jpg").get_by_role("button", name="small.jpg is not a duplicate").click()
    saved(tab)
    tab.reload()
    card(tab, "small.jpg").get_by_role("button", name="small.jpg is a duplicate after all").click()
    saved(tab)
    card(tab, "small.jpg").get_by_role("button", name="Remove small.jpg").click()
    saved(tab)
    assert (plan.parent / "data" / "ignored.jsonl").read_text() == "" and actions(plan)["small.jpg"] == "remove"


def test_a_picture_is_shown_in_full_size(opened, running):
    tab = opened(running.door, allowed=running.origin)
    card(tab, "cut.jpg").locator("button.thumb").click()
    tab.locator("#zoom .state", has_text="full size").nth(1).wait_for()
    sizes = tab.locator("#zoom img").evaluate_all("(all) => all.map((one) => one.naturalWidth)")
    assert sizes == [1280, 1236]


def test_without_its_key_the_page_says_what_to_do(chromium, running):
    tab = chromium.new_page()
    tab.goto(f"{running.origin}/#wrong")
    assert "open the address that dedupe review gave" in tab.get_by_role("alert").inner_text()
    assert tab.locator(".card").count() == 0
    tab.close()


def test_files_go_after_their_number_was_typed_and_come_back(opened, running, plan):
    tab = opened(running.door, allowed=running.origin)
    album = plan.parent / "album"
    tab.click("#go")
    tab.select_option("#where", "quarantine")
    tab.fill("#into", str(plan.parent / "q"))
    tab.locator("#into").blur()
    tab.locator("#would", has_text="2 files").wait_for()
    tab.fill("#typed", "3")
    tab.get_by_role("button", name="Move them", exact=True).click()
    tab.locator("#would", has_text="2 files would go now").wait_for()
    assert len(list(album.iterdir())) == 4
    tab.fill("#typed", "2")
    tab.get_by_role("button", name="Move them", exact=True).click()
    tab.locator("#saved", has_text="2 files are in that folder").wait_for()
    assert sorted(each.name for each in album.iterdir()) == ["cut.jpg", "photo.jpg"]
    assert tab.locator(".card.goes .state").all_inner_texts() == ["gone", "gone"]
    tab.reload()
    tab.click("#back")
    tab.locator("#saved", has_text="2 files were brought back").wait_for()
    assert len(list(album.iterdir())) == 4
