"""The page of a scan in a browser: what is decided on it, what it shows of hostile names, what it asks for."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from PIL import Image

from dedupe import scan
from dedupe.actions import plan
from dedupe.report import groups_page
from pictures import photo

HOSTILE = "<img src=x onerror=alert(1)>'\"&amp;.jpg"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of two groups: a photo with an equal, a smaller and a cut copy; another one with a copy of a hostile name."""
    folder = tmp_path_factory.mktemp("album")
    picture, other = photo(640, 480), photo(480, 480).transpose(Image.Transpose.ROTATE_90).crop((0, 0, 480, 320))
    picture.save(folder / "photo.jpg", quality=95)
    (folder / "copies").mkdir()
    shutil.copy(folder / "photo.jpg", folder / "copies" / "equal.jpg")
    picture.resize((320, 240)).save(folder / "copies" / "small.jpg", quality=85)
    picture.crop((12, 9, 630, 470)).save(folder / "copies" / "cut.jpg", quality=80)
    other.save(folder / "other.png")
    other.save(folder / HOSTILE, quality=80)
    found = scan(folder, descriptor="pdq", judge=True, cache="none")
    page = folder / "report.html"
    with page.open("w") as stream:
        groups_page.write_scan(found, stream)
    return page


def going(tab) -> list[str]:
    return sorted(tab.locator(".card.goes .name").all_inner_texts())


def card(tab, name: str):
    return tab.locator(".card", has=tab.locator(".name", has_text=name))


def test_copies_without_loss_are_chosen_and_each_choice_can_be_changed(opened, report):
    tab = opened(report)
    assert going(tab) == sorted(["equal.jpg", "small.jpg", HOSTILE])
    assert tab.locator(".card", has_text="cut.jpg").locator(".state").inner_text() == "stays"
    assert "3 pictures to be removed" in tab.locator("#chosen").inner_text()
    card(tab, "equal.jpg").get_by_role("button", name="Keep equal.jpg", exact=True).click()
    assert going(tab) == sorted(["small.jpg", HOSTILE])
    card(tab, "cut.jpg").get_by_role("button", name="Remove cut.jpg").click()
    assert "cut.jpg" in going(tab)


def test_a_card_says_in_words_what_was_changed_and_distances_where_one_looks_closer(opened, report):
    tab = opened(report)
    small = card(tab, "small.jpg")
    assert "50 % of the size" in small.locator(".said li").first.inner_text()
    assert "pdq" not in small.inner_text() and small.locator(".pill").get_attribute("title").startswith("pdq ")
    small.locator("button.thumb").click()
    assert "saved again: 50 % of the size" in tab.locator("#zoom strong").inner_text()
    assert tab.locator("#zoom .bar small").inner_text().startswith("pdq ")


def test_what_frees_most_counts_what_a_plan_removes(opened, tmp_path):
    first, second = photo(640, 480), photo(480, 480).transpose(Image.Transpose.ROTATE_90).crop((0, 0, 480, 320))
    first.save(tmp_path / "a.jpg", quality=95)
    first.crop((12, 9, 630, 470)).save(tmp_path / "cut.png")
    second.save(tmp_path / "b.png")
    second.save(tmp_path / "again.jpg", quality=80)
    found = scan(tmp_path, descriptor="pdq", judge=True, cache="none")
    assert [one.file.path_str.rpartition("/")[2] for group in found for one in group.members] == [
        "cut.png",
        "again.jpg",
    ]
    page = tmp_path / "report.html"
    with page.open("w") as stream:
        groups_page.write_scan(found, stream)
    assert [head[:7] for head in opened(page).locator("h2").all_inner_texts()[:2]] == ["Group 2", "Group 1"]


def test_no_choice_leaves_a_picture_without_one_it_was_compared_with(opened, report):
    tab = opened(report)
    remove = card(tab, "photo.jpg").get_by_role("button", name="Remove photo.jpg")
    assert remove.is_enabled(), "the cut copy stays"
    card(tab, "cut.jpg").get_by_role("button", name="Keep cut.jpg instead").click()
    assert {"photo.jpg", "equal.jpg"} <= set(going(tab)), "equal files were compared with the cut one, too"
    assert not {"small.jpg", "cut.jpg"} & set(going(tab)), "the small one was compared with one that goes"
    assert not card(tab, "cut.jpg").get_by_role("button", name="Remove cut.jpg").is_enabled()


def test_rules_filters_and_keys(opened, report):
    tab = opened(report)
    tab.select_option("#rule", "bytes")
    tab.click("#apply-rule")
    assert going(tab) == ["equal.jpg"]
    tab.select_option("#kind", "edited")
    assert tab.locator("section.group").count() == 1 and "1 of 2 groups" in tab.locator("#count").inner_text()
    tab.select_option("#rule", "all")
    tab.click("#apply-rule")
    assert going(tab) == ["cut.jpg", "equal.jpg", "small.jpg"]
    tab.select_option("#kind", "*")
    assert len(going(tab)) == 3, "the rule was for the groups shown"
    tab.keyboard.press("Escape")
    tab.locator("body").press("j")
    assert tab.evaluate("document.activeElement.textContent").startswith("Group 1")
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    assert tab.locator("#zoom").is_visible() and tab.locator("#zoom img").count() == 2
    tab.wait_for_function("() => [...document.querySelectorAll('#zoom img')].every((one) => one.naturalWidth > 0)")
    tab.keyboard.press("+")
    moved = [each.evaluate("(one) => one.style.transform") for each in tab.locator(".moved").all()]
    assert moved[0] == moved[1] and "scale(1.5)" in moved[0], "both are enlarged in step"
    tab.keyboard.press("Escape")
    assert not tab.locator("#zoom").is_visible()


def test_a_pair_of_which_one_is_not_there_any_more_is_shown_all_the_same(opened, tmp_path):
    photo(640, 480).save(tmp_path / "photo.jpg", quality=95)
    photo(640, 480).resize((320, 240)).save(tmp_path / "small.jpg", quality=85)
    found = scan(tmp_path, descriptor="pdq", cache="none")
    (tmp_path / "small.jpg").unlink()
    page = tmp_path / "report.html"
    with page.open("w") as stream:
        groups_page.write_scan(found, stream)
    tab = opened(page)
    assert card(tab, "small.jpg").locator(".thumb").inner_text() == "It is no longer there."
    card(tab, "photo.jpg").locator("button.thumb").click()
    assert "It is no longer there." in tab.locator("#zoom .two").inner_text() and tab.locator("#zoom img").count() == 1


def test_a_hostile_name_is_text(opened, report):
    tab = opened(report)
    assert HOSTILE in tab.locator(".name").all_inner_texts()
    assert tab.locator("img[src=x]").count() == 0


def test_groups_are_drawn_as_they_come_near(opened, report):
    """A page with as many groups as a page takes shows them at once, and those far below when one goes there."""
    text = report.read_text()
    many = report.with_name("many.html")
    start, end = '<script type="application/json" id="data">', "</script>"
    head, _, rest = text.partition(start)
    data, _, tail = rest.partition(end)
    made = json.loads(data)
    made["groups"] *= 1000
    data = json.dumps(made).replace("<", "\\u003c")
    many.write_text(f"{head}{start}{data}{end}{tail}")
    tab = opened(many)
    assert tab.locator("section.group").count() == 2000
    assert 0 < tab.locator(".card").count() < 100
    tab.evaluate("scrollTo(0, document.body.scrollHeight)")
    tab.wait_for_function("() => document.querySelector('section.group:last-child .card img')?.naturalWidth > 0")


def test_the_plan_that_is_downloaded_is_the_scan_with_what_was_chosen(opened, report, tmp_path):
    tab = opened(report)
    card(tab, "equal.jpg").get_by_role("button", name="Keep equal.jpg", exact=True).click()
    with tab.expect_download() as coming:
        tab.click("#save")
    coming.value.save_as(tmp_path / "plan.jsonl")
    assert "Nothing has been removed yet" in tab.locator("#then").inner_text()
    read = plan.read(tmp_path / "plan.jsonl")
    actions = {Path(row.file.path_str).name: row.action for row in read.rows}
    assert actions == {
        "photo.jpg": "keep",
        "equal.jpg": "keep",
        "small.jpg": "remove",
        "cut.jpg": "keep",
        "other.png": "keep",
        HOSTILE: "remove",
    }
    assert all(row.asked for row in read.rows)
    by_path = {row.file.path: row.file.stat for row in read.rows}
    assert all(by_path[path].inode == Path(path.decode()).stat().st_ino for path in by_path)


def test_the_keys_are_shown_by_a_button_and_a_key(opened, report):
    tab = opened(report)
    for show in (lambda: tab.click("#show-keys"), lambda: tab.keyboard.press("?")):
        show()
        assert tab.locator("#keys").is_visible()
        tab.keyboard.press("Escape")
        assert not tab.locator("#keys").is_visible()
