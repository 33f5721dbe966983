"""How results look and behave at every size: nothing is wider than 320 pixels, the focus
is never lost, and colours that are forced hide nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from browser import (
    READY,
    START,
    accessibility_faults,
    desk_tab,
    eventually,
    overflow,
    pictured,
    script_url,
)
from shares import share

from pywebml.site.browser import until

pytestmark = pytest.mark.browser

STATE = "document.documentElement.dataset.state"
SIZES = ((1280, 800), (844, 390), (640, 400), (390, 844), (320, 640))


@pytest.fixture(scope="module")
def taught(known_profile: Any, page_url: str) -> Iterator[Any]:
    """The Teach page with the drawn hands, and what it has learned."""
    with desk_tab(known_profile, page_url) as page:
        page.goto(f"{page_url}teach.html?device=cpu")
        page.locator(READY).wait_for(timeout=START)
        page.locator("#drawn").click()
        until(page, f"{STATE} === 'done'")
        yield page


def focused(page: Any) -> str:
    return str(page.evaluate("document.activeElement.id || document.activeElement.tagName"))


def test_results_fit_every_size(taught: Any) -> None:
    maze = taught.locator(".maze")
    for width, height in SIZES:
        taught.set_viewport_size({"width": width, "height": height})
        eventually(taught, lambda: overflow(taught) <= 0, True)
        eventually(taught, lambda: maze.bounding_box()["height"] < height - 56, True)  # noqa: B023
        pictured(taught, f"taught-{width}")


@pytest.mark.parametrize(("width", "height"), [(390, 844), (844, 390)])
def test_bars_and_maze_are_in_sight_together(taught: Any, width: int, height: int) -> None:
    taught.set_viewport_size({"width": width, "height": height})
    taught.locator(".maze").evaluate("(maze) => maze.scrollIntoView({ block: 'end' })")
    taught.wait_for_timeout(200)
    places = [taught.locator(which).bounding_box() for which in ("#use .bars", ".maze")]
    for place in places:
        assert place["y"] >= 0
        assert place["y"] + place["height"] <= height + 1, places


def test_the_score_says_how_good_it_is(taught: Any) -> None:
    assert taught.locator("#result .score").get_attribute("data-tone") == "good"
    assert taught.locator("#score-meaning").inner_text() == "It tells them apart well."


def test_the_focus_is_not_lost(taught: Any) -> None:
    taught.set_viewport_size({"width": 1280, "height": 800})
    taught.locator("#train-button").click()
    assert focused(taught) == "train-button"
    until(taught, f"{STATE} !== 'working'")
    assert focused(taught) == "train-button"
    taught.locator("#start-over").click()
    taught.get_by_role("button", name="Cancel").click()
    assert focused(taught) == "start-over"


LOOKS = [
    (*size, colours)
    for size in ((1280, 800), (390, 844), (320, 640))
    for colours in ("light", "dark", "forced")
]


@pytest.mark.parametrize(("width", "height", "colours"), share(LOOKS, 4))  # each once
def test_results_can_be_used_by_anyone(taught: Any, width: int, height: int, colours: str) -> None:
    """Axe-core finds nothing serious in score, matrix, bars and maze, nor in the large view."""
    forced = colours == "forced"
    taught.set_viewport_size({"width": width, "height": height})
    taught.emulate_media(
        color_scheme="light" if forced else colours, forced_colors="active" if forced else "none"
    )
    taught.locator("#cards button").first.click()
    taught.locator(".bar.best").wait_for()
    assert overflow(taught) <= 0
    assert not accessibility_faults(taught)
    pictured(taught, f"results-{width}-{colours}")
    taught.locator(".thumbs .open").first.click()
    assert not accessibility_faults(taught)
    pictured(taught, f"viewer-{width}-{colours}")
    taught.keyboard.press("Escape")
    taught.emulate_media(color_scheme="light", forced_colors="none")


def test_forced_colours_show_bars_chart_and_matrix(taught: Any) -> None:
    taught.emulate_media(forced_colors="active")
    bars = taught.locator("#use .track").first
    assert bars.evaluate("(e) => getComputedStyle(e).borderTopStyle") == "solid"
    fill = taught.locator("#use .fill").first.evaluate("(e) => getComputedStyle(e).backgroundColor")
    ground = taught.locator("body").evaluate("(e) => getComputedStyle(e).backgroundColor")
    assert fill != ground
    cell = taught.locator(".confusion .hit").first
    assert cell.evaluate("(e) => getComputedStyle(e).borderTopStyle") == "double"
    message = "A message on what was below"
    dialogs = script_url(taught, "shared/dialogs.js")
    taught.evaluate("async ([url, text]) => (await import(url)).say(text)", [dialogs, message])
    toast = taught.locator(".toast", has_text=message)
    assert toast.evaluate("(e) => getComputedStyle(e).borderBottomStyle") == "solid"
    assert not accessibility_faults(taught)
    pictured(taught, "taught-forced")
    taught.emulate_media(forced_colors="none")


def test_long_lines_of_a_program_pass_below_the_numbers(tab: Any, page_url: str) -> None:
    tab.goto(f"{page_url}python.html?device=cpu")
    tab.locator(".cm-content").click()
    tab.keyboard.press("Control+a")
    tab.keyboard.insert_text(f"print('{'long ' * 60}')")
    scroller = tab.locator(".cm-scroller")
    until(tab, f"{STATE} === 'ready'")
    assert scroller.evaluate("(e) => e.scrollLeft") > 0
    place, colour = tab.locator(".cm-gutters").evaluate(
        "(e) => [getComputedStyle(e).position, getComputedStyle(e).backgroundColor]"
    )
    assert place == "sticky"
    assert colour.startswith("rgb("), f"{colour} lets them through"
