"""The page in a browser, with mouse and keyboard. No test lets it complain or load anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conflictlens.render.html import render_html
from tests.browser import Page, browser
from tests.render.test_html import MADE

SEVERAL = "several"
LINE, RELEASE, CLASH = (f"#conflict-1 .cl-{look}" for look in ("line", "release", "clash"))
CHAINS = "#conflict-1 svg .cl-box"
LIT = "#conflict-1 svg .cl-box.lit"
FACTS = "#conflict-1 .facts"
VIEW = "#conflict-1 .view"
STATE = "#panel .states p"

Show = Callable[..., Page]


@pytest.fixture(scope="module")
def one_browser() -> Iterator[Page]:
    with browser() as page:
        yield page


@pytest.fixture
def show(one_browser: Page, tmp_path: Path) -> Iterator[Show]:
    """Shows the page of an answer; at the end of the test nothing must have gone wrong in it."""
    page = one_browser
    page.complaints.clear()
    page.requests.clear()
    files: list[str] = []

    def show(name: str, width: int = 1280, dark: bool = False) -> Page:
        file = tmp_path / f"{len(files)}.html"
        file.write_text(render_html(MADE[name](tmp_path), graphviz=False), "utf-8")
        files.append(file.as_uri())
        page.show(file, width, dark=dark)
        return page

    yield show
    assert page.complaints == []
    assert [one.partition("#")[0] for one in page.requests] == files


@pytest.mark.parametrize("name", sorted(MADE))
@pytest.mark.parametrize("width", [400, 1280])
def test_every_answer_fits_its_window(name: str, width: int, show: Show) -> None:
    page = show(name, width)
    assert page.evaluate("document.documentElement.classList.contains('scripted')")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_pointing_at_a_box_lights_its_chain(show: Show) -> None:
    page = show(SEVERAL)
    page.point(CLASH)
    assert page.texts(LIT) == page.texts(CHAINS)
    page.point(LINE)
    lit = page.texts(LIT)
    assert 1 < len(lit) < len(page.texts(CHAINS))
    page.point("h1")
    assert page.texts(LIT) == []


def test_pointing_at_the_story_lights_the_picture(show: Show) -> None:
    page = show(SEVERAL)
    page.point("#conflict-1 .sides tr")
    assert 0 < len(page.texts(LIT)) < len(page.texts(CHAINS))
    assert len(page.texts("#conflict-1 .cl-arrow.lit")) > 0


def test_a_click_on_a_line_shows_its_facts(show: Show) -> None:
    page = show(SEVERAL)
    every = page.evaluate(f"document.querySelectorAll('{FACTS} ol > li').length")
    assert page.texts(f"{FACTS} ol > li") == []
    page.click(LINE)
    shown = page.texts(f"{FACTS} ol > li")
    assert 0 < len(shown) < every
    assert page.text(f"{FACTS} .of") == page.evaluate(f"document.querySelector('{LINE}').ariaLabel")
    page.click(f"{FACTS} .all")
    assert len(page.texts(f"{FACTS} ol > li")) == every


def test_the_keyboard_reaches_a_line_and_its_facts(show: Show) -> None:
    page = show(SEVERAL)
    page.focus(LINE)
    assert len(page.texts(LIT)) > 1
    page.press("Enter")
    assert page.evaluate("document.activeElement.closest('.facts') !== null")
    assert page.texts(f"{FACTS} ol > li") != []
    page.press("Escape")
    assert page.evaluate(f"document.activeElement === document.querySelector('{LINE}')")


def test_tab_goes_through_the_page_in_its_order(show: Show) -> None:
    page = show(SEVERAL)
    tops = []
    for _ in range(12):
        page.press("Tab")
        tops.append(
            page.evaluate("[...document.querySelectorAll('*')].indexOf(document.activeElement)")
        )
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        box = page.evaluate("document.activeElement.matches('.cl-box')")
        assert box or outline != "none"
    assert tops == sorted(set(tops))


def test_a_fix_is_tried_alone_and_not_with_any_other(show: Show) -> None:
    page = show(SEVERAL)
    assert "Tried and works" in page.texts(STATE)[0]
    before = page.texts("#files .old code")
    page.click('input[data-menu="0"][value="1"]')
    assert "Tried and works" in page.texts(STATE)[0]
    assert page.texts("#files .old code") != before
    page.click('input[data-menu="1"][value="1"]')
    [told] = page.texts(STATE)
    assert told.startswith("Not tried together")
    page.click('input[data-menu="1"][value=""]')
    [told] = page.texts(STATE)
    assert told.startswith("Not tried: where nothing is changed")
    page.click('input[data-menu="0"][value=""]')
    [told] = page.texts(STATE)
    assert told.startswith("Nothing is changed")
    assert page.texts("#files :is(.old, .new)") == []


def test_arrow_keys_choose_another_fix(show: Show) -> None:
    page = show(SEVERAL)
    page.focus('input[data-menu="0"][value="0"]')
    before = page.texts("#files .old code")
    page.press("ArrowDown")
    assert page.evaluate("document.activeElement.value") == "1"
    assert page.texts("#files .old code") != before


def test_edited_requirements_are_copied(show: Show, tmp_path: Path) -> None:
    page = show(SEVERAL)
    findings = MADE[SEVERAL](tmp_path)
    assert findings.repair is not None
    page.evaluate(
        "void (navigator.clipboard.writeText = text => {"
        " window.copied = text; return Promise.resolve() })"
    )
    page.click("#files .copy")
    assert page.evaluate("window.copied.trim().split('\\n')") == [*findings.repair.requirements]
    assert page.text("#files .copy") == "Copied"


def test_edited_requirements_are_copied_where_that_has_to_be_asked_for(show: Show) -> None:
    page = show(SEVERAL)
    page.evaluate(
        "document.addEventListener('copy', () => {"
        " window.copied = document.activeElement.value }), 0"
    )
    page.evaluate("void (navigator.clipboard.writeText = () => Promise.reject(Error()))")
    page.click("#files .copy")
    assert page.evaluate("window.copied") == "".join(
        f"{text}\n" for text in page.texts("#files .row:not(.old) code")
    )


def test_the_filter_leaves_what_has_all_words(show: Show) -> None:
    page = show(SEVERAL)
    assert len(page.texts("section.conflict")) == 2
    page.focus("#filter")
    page.type("battery torch")
    [left] = page.texts("section.conflict")
    assert "battery" in left
    assert len(page.texts("nav li")) == 1
    assert page.text("#found") == "1 of 2"
    page.type(" nothing like it")
    assert page.texts("section.conflict") == []


def test_projects_are_filtered(show: Show) -> None:
    page = show("diamond")
    [*every] = page.texts(".versions tr")
    page.focus("#filter")
    page.type(every[-1].rstrip("0123456789.")[:4])
    assert 0 < len(page.texts(".versions tr")) <= len(every)


def test_a_picture_that_does_not_fit_shows_the_clash(show: Show) -> None:
    page = show("wide", 400)
    left, right, width = page.evaluate(
        f"(() => {{ const view = document.querySelector('{VIEW}').getBoundingClientRect();"
        f"const clash = document.querySelector('{CLASH}').getBoundingClientRect();"
        "return [clash.left - view.left, view.right - clash.right, view.width] })()"
    )
    assert min(left, right) > 0
    assert page.evaluate(f"document.querySelector('{VIEW} svg').clientWidth") > 2 * width


def test_a_picture_is_fitted_again_until_it_is_zoomed(show: Show) -> None:
    page = show(SEVERAL, 900)
    width = f"document.querySelector('{VIEW} svg').getBoundingClientRect().width"
    room = f"document.querySelector('{VIEW}').clientWidth"
    page.resize(400)
    assert page.evaluate(width) <= page.evaluate(room)
    page.click("#conflict-1 [data-zoom=in]")
    zoomed = page.evaluate(width)
    page.resize(600)
    assert page.evaluate(width) == zoomed


def test_a_picture_is_zoomed_and_moved(show: Show) -> None:
    page = show(SEVERAL, 400)
    width = f"document.querySelector('{VIEW} svg').getBoundingClientRect().width"
    first = page.evaluate(width)
    for _ in range(4):
        page.click("#conflict-1 [data-zoom=in]")
    large = page.evaluate(width)
    assert large > 2 * first
    page.evaluate(f"document.querySelector('{VIEW}').scrollTo(0, 0)")
    page.drag(VIEW, (-60, 0))
    assert page.evaluate(f"document.querySelector('{VIEW}').scrollLeft") == 60
    page.focus(VIEW)
    page.press("0")
    assert page.evaluate(width) <= page.evaluate(f"document.querySelector('{VIEW}').clientWidth")
    page.press("-")
    assert page.evaluate(width) < first


@pytest.mark.parametrize("dark", [False, True])
def test_colours_follow_the_reader_until_they_are_chosen(dark: bool, show: Show) -> None:
    page = show(SEVERAL, dark=dark)
    colour = "getComputedStyle(document.body).backgroundColor"
    light_colour, dark_colour = "rgb(255, 255, 255)", "rgb(13, 17, 23)"
    assert page.evaluate(colour) == (dark_colour if dark else light_colour)
    page.click("button[data-theme=dark]")
    assert page.evaluate(colour) == dark_colour
    page.click("button[data-theme=light]")
    assert page.evaluate(colour) == light_colour
    assert page.texts("button[aria-pressed=true]") == ["Light"]


def test_what_was_wished_for_is_let_in(show: Show) -> None:
    page = show("wished")
    assert "Tried and works" in page.texts(STATE)[0]
    assert page.texts("#files .new code") != []
    page.click('input[data-menu="0"][value=""]')
    assert page.texts(STATE)[0].startswith("Nothing is changed")


def test_names_of_others_do_nothing(show: Show) -> None:
    page = show("hostile-picture")
    page.click(LINE)
    page.point(CLASH)
    assert page.evaluate("document.querySelectorAll('script').length") == 2
    assert page.evaluate("document.querySelectorAll('[onload]').length") == 0


def test_without_a_script_all_is_there_but_what_needs_it(show: Show) -> None:
    page = show(SEVERAL)
    page.evaluate("void document.documentElement.classList.remove('scripted')")
    assert page.texts("input, button, aside") == []
    assert len(page.texts("section.conflict .option")) == 4


def test_on_paper_all_facts_are_open(show: Show) -> None:
    page = show(SEVERAL)
    page.evaluate("void dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate("document.querySelectorAll('details.facts:not([open])').length") == 0
    page.evaluate("void dispatchEvent(new Event('afterprint'))")
    assert page.evaluate("document.querySelectorAll('details.facts[open]').length") == 0
    assert len(page.send("Page.printToPDF")["data"]) > 10_000
