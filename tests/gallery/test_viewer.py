"""The large view of the Teach page: a picture is looked at, moved to another class,
deleted and brought back, by mouse, finger and keyboard, and the focus finds its way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from browser import accessibility_faults, eventually, hold_python, overflow, profile
from teach_page import (
    card,
    count,
    counts,
    drop,
    in_store,
    keeps,
    lesson,
    pictures,
    ready,
    start_over,
    stored,
    visit,
)

from pywebml.site.browser import until

pytestmark = pytest.mark.browser

FOCUS = "(document.activeElement.getAttribute('aria-label') ?? document.activeElement.tagName)"


@pytest.fixture
def page(browser: Any, page_url: str) -> Iterator[Any]:
    """The large view does without Python, so it need not start."""
    with visit(browser, page_url, python=False) as page:
        fill_two(page)
        yield page


def fill_two(page: Any) -> None:
    """Four pictures of `up`, two of `down`, none of `left` and `right`."""
    for name, drawn, n in (("up", "rock", 4), ("down", "paper", 2)):
        drop(page, card(page, name), pictures(drawn)[:n])
        card(page, name).locator(".count", has_text=str(n)).wait_for()


def thumbs(page: Any, name: str) -> Any:
    return card(page, name).locator(".thumbs .open")


def shown(page: Any) -> tuple[str, str]:
    """Of which class the picture is that is shown large, and its place."""
    viewer = page.locator(".viewer")
    return viewer.locator("h2").inner_text(), viewer.locator(".head .hint").inner_text()


def focus_is(page: Any, label: str) -> None:
    until(page, f"{FOCUS} === {label!r}")


def test_a_click_shows_a_picture_large_and_deletes_none(page: Any) -> None:
    thumb = thumbs(page, "up").nth(1)
    thumb.click()
    assert page.get_by_role("dialog", name="A picture of up").is_visible()
    assert shown(page) == ("up", "Picture 2 of 4")
    image = page.locator(".viewer img")
    assert image.evaluate("(image) => image.decode().then(() => image.naturalWidth)") == 224
    box, small = image.bounding_box(), thumb.bounding_box()
    assert box["width"] > 300
    assert box["width"] > 5 * small["width"]
    assert box["y"] >= 0
    page.keyboard.press("Escape")
    focus_is(page, "Picture 3 of up, show it large")  # the newest has number 4
    assert counts(page) == {"up": 4, "down": 2, "left": 0, "right": 0}


def test_keys_and_buttons_go_through_the_class_and_stop_at_its_ends(page: Any) -> None:
    thumbs(page, "up").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    assert shown(page) == ("up", "Picture 2 of 4")
    addresses = {page.locator(".viewer img").get_attribute("src")}
    for key, place in (("ArrowRight", 3), ("ArrowRight", 4), ("ArrowRight", 4), ("ArrowLeft", 3)):
        page.keyboard.press(key)
        assert shown(page) == ("up", f"Picture {place} of 4")
        addresses.add(page.locator(".viewer img").get_attribute("src"))
    assert len(addresses) == 4
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="The next picture").click()
    after = dialog.get_by_role("button", name="The next picture")
    assert after.get_attribute("aria-disabled") == "true"
    assert focused_label(page) == "The next picture"
    dialog.get_by_role("button", name="The picture before").click()
    assert shown(page) == ("up", "Picture 3 of 4")
    dialog.get_by_role("button", name="Close").click()
    # the focus is where one has looked last, not where one came from
    focus_is(page, "Picture 2 of up, show it large")


def focused_label(page: Any) -> str:
    return str(page.evaluate(FOCUS))


def test_the_tab_key_stays_in_the_view(page: Any) -> None:
    thumbs(page, "up").first.click()
    reached = set()
    for _ in range(8):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement !== document.body"):  # the browser's own
            assert page.evaluate("document.activeElement.closest('.viewer') !== null")
            reached.add(page.evaluate("document.activeElement.textContent || " + FOCUS))
    assert len(reached) == 5, reached  # close, before, next, class, delete


def test_deletion_goes_on_with_the_neighbour_and_can_be_undone_inside(page: Any) -> None:
    thumbs(page, "up").nth(1).click()
    address = page.locator(".viewer img").get_attribute("src")
    page.get_by_role("dialog").get_by_role("button", name="Delete this picture").click()
    assert shown(page) == ("up", "Picture 2 of 3")
    assert focused_label(page) == "Delete this picture"
    assert page.locator(".viewer img").get_attribute("src") != address
    page.get_by_role("dialog").get_by_role("button", name="Undo").click()
    assert shown(page) == ("up", "Picture 2 of 4"), "what comes back is shown"
    assert page.evaluate("document.activeElement.closest('.viewer') !== null")
    page.keyboard.press("End")
    for left in (3, 2, 1):
        page.keyboard.press("Delete")
        assert shown(page)[1].endswith(f"of {left}")
    page.keyboard.press("Control+z")
    assert shown(page)[1].endswith("of 2")
    page.keyboard.press("Delete")
    page.keyboard.press("Delete")
    page.locator(".viewer").wait_for(state="hidden")
    focus_is(page, "Hold to record up")
    assert counts(page) == {"up": 0, "down": 2, "left": 0, "right": 0}
    page.get_by_role("button", name="Undo").click()
    assert count(page, "up") == 1
    keeps(page, 3)


def test_a_picture_that_is_moved_keeps_its_features_and_is_kept(
    known_profile: Any, page_url: str
) -> None:
    with lesson(known_profile, page_url) as page:
        fill_two(page)
        ready(page)
        page.locator("#train-hint", has_text="“left” and “right”").wait_for(timeout=60_000)
        thumbs(page, "up").first.click()
        page.get_by_role("dialog").get_by_label("Class").select_option("right")
        assert shown(page) == ("right", "Picture 1 of 1")
        page.get_by_role("dialog").get_by_text("Moved to “right”.").wait_for()
        page.get_by_role("dialog").get_by_label("Class").select_option("down")
        assert shown(page)[0] == "down"
        page.keyboard.press("Escape")
        until(
            page,
            "document.activeElement.closest('[data-key]')?.querySelector('input').value === 'down'",
        )
        keys = "async (part, get) => (await get('samples')).map((s) => s.key)"
        eventually(page, lambda: sorted(Counter(in_store(page, keys)).values()), [3, 3])
        page.reload()
        card(page, "up").wait_for()
        assert counts(page) == {"up": 3, "down": 3, "left": 0, "right": 0}
        sizes = "(await get('samples')).map((s) => [s.features.length, s.thumbnail.length])"
        assert in_store(page, f"async (part, get) => {sizes}") == [[1280, 256]] * 6


def test_a_move_can_be_undone_where_one_looks_and_later(page: Any) -> None:
    thumbs(page, "up").first.click()
    select = page.get_by_role("dialog").get_by_label("Class")
    select.select_option("left")
    page.get_by_role("dialog").get_by_role("button", name="Undo").click()
    assert shown(page) == ("up", "Picture 1 of 4")
    page.locator(".toast", has_text="A picture of “up” is back.").first.wait_for()
    select.select_option("left")
    page.keyboard.press("Escape")
    page.locator(".viewer").wait_for(state="hidden")
    page.locator("#bring-back").click()
    assert counts(page) == {"up": 4, "down": 2, "left": 0, "right": 0}
    assert focused_label(page) != "BODY"
    page.wait_for_timeout(300)
    assert stored(page) == 6


def test_the_view_closes_when_its_lesson_goes(page: Any) -> None:
    start_over(page)
    drop(page, card(page, "left"), pictures("rock")[:1])
    thumbs(page, "left").first.click()
    page.keyboard.press("Control+z")  # the lesson before, with the picture of this one
    assert shown(page) == ("left", "Picture 1 of 1")
    page.keyboard.press("Delete")
    page.locator(".viewer").wait_for(state="hidden")
    focus_is(page, "Hold to record left")
    assert counts(page) == {"up": 4, "down": 2, "left": 0, "right": 0}


def test_a_button_on_each_small_picture_deletes_it(page: Any) -> None:
    item = card(page, "up").locator(".thumbs li").nth(1)
    bin_ = item.get_by_role("button", name="Delete picture 3 of up")
    shows = "(e) => getComputedStyle(e).opacity"
    assert bin_.evaluate(shows) == "0"
    item.hover()
    assert bin_.evaluate(shows) == "1"
    page.mouse.move(0, 0)
    thumbs(page, "up").first.focus()
    page.keyboard.press("ArrowRight")
    assert bin_.evaluate(shows) == "1"
    page.keyboard.press("Tab")
    assert focused_label(page) == "Delete picture 3 of up"
    page.keyboard.press("Enter")
    assert count(page, "up") == 3
    assert focused_label(page) == "Picture 2 of up, show it large"
    page.keyboard.press("Delete")
    page.keyboard.press("Delete")
    page.keyboard.press("Delete")
    assert count(page, "up") == 0
    assert focused_label(page) == "Hold to record up"


def test_fingers_see_the_buttons_and_swipe(browser: Any, page_url: str) -> None:
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    with profile(browser, page_url, **phone) as context:
        hold_python(context)
        page = context.new_page()
        page.goto(f"{page_url}teach.html?device=cpu")
        card(page, "up").wait_for()
        drop(page, card(page, "up"), pictures("rock")[:3])
        card(page, "up").locator(".count", has_text="3").wait_for()
        bin_ = card(page, "up").locator(".thumbs .bin").first
        assert bin_.evaluate("(e) => getComputedStyle(e).opacity") == "1"
        assert bin_.bounding_box()["width"] >= 24
        thumbs(page, "up").first.tap()
        assert shown(page) == ("up", "Picture 1 of 3")
        for by, place in ((-150, 2), (-150, 3), (150, 2), (10, 2)):
            swipe(page, by)
            assert shown(page) == ("up", f"Picture {place} of 3")
        assert overflow(page) <= 0
        assert not accessibility_faults(page)


def swipe(page: Any, by: int) -> None:
    """With a finger, from the middle of the picture."""
    client = page.context.new_cdp_session(page)
    box = page.locator(".viewer img").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch = "Input.dispatchTouchEvent"
    client.send(touch, {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for part in (0.3, 0.7, 1):
        point = {"x": x + part * by, "y": y}
        client.send(touch, {"type": "touchMove", "touchPoints": [point]})
    client.send(touch, {"type": "touchEnd", "touchPoints": []})


SIZES = ((1280, 800), (844, 390), (640, 400), (390, 844), (320, 568))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_every_window_and_anyone_can_use_it(page: Any, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    thumbs(page, "up").first.click()
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        box = page.locator(".viewer").bounding_box()
        assert box["x"] >= 0
        assert box["y"] >= 0
        assert box["x"] + box["width"] <= width, (width, height)
        assert box["y"] + box["height"] <= height, (width, height)
        assert page.locator(".viewer img").bounding_box()["width"] >= 150
        assert overflow(page) <= 0, f"{width} x {height}"
        assert not accessibility_faults(page)
