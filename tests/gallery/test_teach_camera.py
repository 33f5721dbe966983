"""The camera of the Teach page when it does not do as it should: asked for twice, taken
away, paused, forbidden. Chromium's own fake device is the camera.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from browser import eventually, opened
from shares import share
from teach_page import card, count, in_store, start_over, taught

from pywebml.site.browser import until

pytestmark = pytest.mark.browser

WATCHED = """{
  // streams wait until the test lets them go, and are counted
  const media = globalThis.MediaDevices?.prototype ?? {}; // about:blank has none
  const open = media.getUserMedia;
  globalThis.streams = [];
  globalThis.allow = Promise.resolve();
  media.getUserMedia = async function (...args) {
    await globalThis.allow;
    const stream = await open.apply(this, args);
    globalThis.streams.push(stream);
    return stream;
  };
  globalThis.live = () =>
    globalThis.streams.flatMap((s) => s.getTracks()).filter((t) => t.readyState === "live").length;
  globalThis.ask = () => {
    globalThis.allow = new Promise((resolve) => (globalThis.answer = resolve));
  };
}"""
CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")


@pytest.fixture(scope="module")
def page(browser_type: Any, page_url: str) -> Iterator[Any]:
    """Trained on a few drawn hands; its head is sure of something about any picture."""
    with opened(browser_type, page_url, CAMERA, permissions=["camera"]) as context:
        context.add_init_script(WATCHED)
        yield taught(context, page_url, 3)


def is_off(page: Any) -> None:
    page.locator("#camera-toggle", has_text="Turn on camera").wait_for(timeout=8000)
    assert page.evaluate("live()") == 0


def test_one_stream_however_often_it_is_asked_for(page: Any) -> None:
    page.evaluate("ask()")
    for name in ("up", "down"):
        page.get_by_role("button", name=f"Hold to record {name}").click()
    page.locator("#camera-toggle").click()
    page.evaluate("answer()")
    page.wait_for_timeout(1000)
    assert page.evaluate("streams.length") == 1
    page.locator("#camera-toggle", has_text="Turn off camera").click()
    is_off(page)


PLACES = [
    ("up", "start"), ("down", "start"), ("down", "center"), ("up", "center"), ("up", "end"),
    ("down", "end"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "block"), share(PLACES, 2))
def test_on_a_phone_the_camera_is_in_sight_while_it_records(
    page: Any, name: str, block: str
) -> None:
    """Wherever the button is on screen, and the picture does not lie over it."""
    page.set_viewport_size({"width": 390, "height": 844})
    page.locator("#camera-toggle", has_text="Turn on camera").click()
    page.locator("#camera-toggle", has_text="Turn off camera").wait_for()
    button = card(page, name).locator(".record")
    button.evaluate(f"(button) => button.scrollIntoView({{ block: '{block}' }})")
    before = count(page, name)
    # what was said before may lie over the button
    page.locator(".toast").first.wait_for(state="detached", timeout=15_000)
    where = button.bounding_box()
    page.mouse.move(where["x"] + 20, where["y"] + 20)
    page.mouse.down()
    end = time.monotonic() + 30
    while count(page, name) < before + 2:  # pictures come faster than they can be waited for
        assert time.monotonic() < end, "no pictures are recorded"
        page.wait_for_timeout(50)
    screen = page.locator("#collect-screen .screen").bounding_box()
    page.mouse.up()
    page.locator("#camera-toggle").click()
    is_off(page)
    page.set_viewport_size({"width": 1280, "height": 800})
    assert screen["width"] >= 120
    assert screen["x"] >= 0
    assert screen["y"] >= 0
    assert screen["x"] + screen["width"] <= 390
    assert screen["y"] + screen["height"] <= 844
    apart = (
        screen["y"] >= where["y"] + where["height"] or screen["y"] + screen["height"] <= where["y"]
    )
    assert apart, (screen, where)


def test_without_hands_it_counts_down_and_records_for_a_while(page: Any) -> None:
    """Esc ends it, in the count-down and in the recording; what was chosen is kept."""
    page.locator("#hands-free").check()
    page.locator("#delay").select_option("1")
    page.locator("#duration").select_option("10")
    before = count(page, "up")
    record = card(page, "up").locator(".record")
    record.press("Enter")  # turns on the camera, too
    page.locator("#countdown").wait_for()
    page.keyboard.press("Escape")
    page.locator("#countdown").wait_for(state="hidden")
    assert count(page, "up") == before
    record.click()
    page.locator("#recording", has_text="Recording, ").wait_for()
    eventually(page, lambda: count(page, "up") > before, True)
    page.keyboard.press("Escape")
    page.locator("#recording").wait_for(state="hidden")
    page.locator("#duration").select_option("1")
    record.click()
    page.locator("#recording").wait_for()
    page.locator("#recording").wait_for(state="hidden")
    kept = "(await get('project', 'project')).settings"
    settings = in_store(page, f"async (part, get) => {kept}")
    assert [settings[name] for name in ("hands_free", "delay", "duration")] == [True, 1, 1]
    page.locator("#hands-free").uncheck()
    page.locator("#camera-toggle").click()
    is_off(page)


def watching(page: Any) -> None:
    page.locator("input[name=source][value=camera]").check(force=True)
    page.locator("#watch-toggle", has_text="Start").click()
    page.locator("#rate", has_text="frames per second").wait_for()


def stopped(page: Any, said: str) -> None:
    """It says so, predicts no more, and can be started again."""
    is_off(page)
    assert page.locator(".toast.bad").last.text_content().find(said) >= 0
    assert page.locator("#rate").text_content() == ""
    watching(page)
    page.locator("#camera-toggle").click()
    is_off(page)


def test_an_unplugged_camera_ends_the_watch(page: Any) -> None:
    watching(page)
    page.evaluate("""() => {
      const [track] = streams.at(-1).getTracks();
      track.stop(); // what unplugging does to it; that it says so is left to the browser
      track.dispatchEvent(new Event("ended"));
    }""")
    stopped(page, "The camera is gone")


def test_a_picture_that_stands_still_ends_the_watch(page: Any) -> None:
    watching(page)
    page.evaluate("document.querySelector('#collect-screen video').pause()")
    stopped(page, "sends no pictures")


def test_a_permission_that_is_withdrawn_ends_the_watch(page: Any) -> None:
    watching(page)
    page.locator(".toast.bad").first.wait_for(state="detached", timeout=15_000)
    set_permission(page, "denied")
    try:
        page.locator(".toast.bad", has_text="The camera is gone").first.wait_for(timeout=8000)
        is_off(page)
        assert page.locator("#rate").text_content() == ""
    finally:
        set_permission(page, "granted")


def set_permission(page: Any, setting: str) -> None:
    """As the visitor does beside the address, in every context of the browser."""
    session = page.context.browser.new_browser_cdp_session()
    for context in session.send("Target.getBrowserContexts")["browserContextIds"]:
        session.send(
            "Browser.setPermission",
            {
                "permission": {"name": "camera"},
                "setting": setting,
                "origin": page.evaluate("location.origin"),
                "browserContextId": context,
            },
        )


def test_still_pictures_are_not_recorded(page: Any) -> None:
    page.locator("#camera-toggle").click()
    page.locator("#camera-toggle", has_text="Turn off camera").wait_for()
    page.wait_for_timeout(500)
    page.evaluate("document.querySelector('#collect-screen video').pause()")
    counted = card(page, "up").locator(".count")
    before = int(counted.text_content())
    page.get_by_role("button", name="Hold to record up").hover()
    page.mouse.down()
    page.wait_for_timeout(1200)
    page.mouse.up()
    assert int(counted.text_content()) == before
    is_off(page)


def test_a_camera_that_warms_up_is_waited_for(page: Any) -> None:
    """Its first picture may take seconds; it is no camera that stands still."""
    page.locator(".toast.bad").first.wait_for(state="detached", timeout=15_000)
    page.evaluate("""() => {
      const media = MediaDevices.prototype;
      const open = media.getUserMedia;
      media.getUserMedia = async () => {
        media.getUserMedia = open;
        const canvas = document.createElement("canvas");
        const context = canvas.getContext("2d");
        const stream = canvas.captureStream();
        setTimeout(() => setInterval(() => {
          context.fillStyle = `hsl(${performance.now() % 360} 50% 50%)`;
          context.fillRect(0, 0, canvas.width, canvas.height);
        }, 50), 4000);
        streams.push(stream);
        return stream;
      };
    }""")
    page.locator("#camera-toggle").click()
    until(page, "document.querySelector('#collect-screen video').currentTime > 0")
    page.locator("#camera-toggle", has_text="Turn off camera").click()
    is_off(page)


def test_a_muted_camera_ends_the_watch(page: Any) -> None:
    """A lid, a switch on the case, another program: frames stop, or are black."""
    watching(page)
    page.evaluate("""() => {
      const [track] = streams.at(-1).getTracks();
      Object.defineProperty(track, "muted", { value: true });
      track.dispatchEvent(new Event("mute"));
    }""")
    stopped(page, "sends no picture")


def test_a_hidden_tab_predicts_nothing(page: Any) -> None:
    """And goes on when it is looked at again."""
    watching(page)
    page.evaluate("""() => {
      globalThis.hide = (hidden) => {
        Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
        const visibilityState = hidden ? "hidden" : "visible";
        Object.defineProperty(document, "visibilityState",
          { value: visibilityState, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
      };
      hide(true);
      globalThis.rates = 0;
      new MutationObserver(() => (rates += 1))
        .observe(document.querySelector("#rate"), { childList: true });
    }""")
    try:
        page.wait_for_timeout(500)
        page.evaluate("rates = 0")
        page.wait_for_timeout(1500)
        assert page.evaluate("rates") <= 1
        assert page.evaluate("live()") == 0  # who does not look is not filmed
        assert "hidden" in str(page.locator("#rate").text_content())
    finally:
        page.evaluate("hide(false)")
    page.locator("#rate", has_text="frames per second").wait_for()
    until(page, "rates > 1")
    assert page.evaluate("live()") == 1
    page.locator("#camera-toggle").click()
    is_off(page)


def test_a_camera_whose_first_picture_is_on_its_way_is_waited_for(page: Any) -> None:
    """Its size comes before it; a frame asked for then is an error of the browser's."""
    watching(page)
    page.evaluate("""() => {
      const video = document.querySelector("#collect-screen video");
      Object.defineProperty(video, "readyState", { value: 1, configurable: true });
      globalThis.rates = 0;
      new MutationObserver(() => (rates += 1))
        .observe(document.querySelector("#rate"), { childList: true });
    }""")
    page.wait_for_timeout(500)
    page.evaluate("rates = 0")
    page.wait_for_timeout(1000)
    assert page.evaluate("rates") == 0
    page.evaluate("delete document.querySelector('#collect-screen video').readyState")
    until(page, "rates > 1")
    page.locator("#camera-toggle").click()
    is_off(page)


def test_another_camera_ends_the_watch(page: Any) -> None:
    """One stream at a time; the former one's end is no trouble."""
    page.locator(".toast.bad").first.wait_for(state="detached", timeout=15_000)
    watching(page)
    before = page.evaluate("streams.length")
    page.locator("#camera-choice").evaluate("""(choice) => {
      const option = document.createElement("option");
      option.value = "another";
      choice.append(option);
      choice.value = "another";
      choice.dispatchEvent(new Event("change"));
    }""")
    until(page, f"streams.length > {before} && live() === 1")
    page.locator("#camera-toggle", has_text="Turn off camera").wait_for()
    assert page.locator("#rate").text_content() == ""
    page.wait_for_timeout(2500)
    assert page.locator(".toast.bad", has_text="gone").count() == 0
    watching(page)
    assert page.evaluate("live()") == 1
    page.locator("#camera-toggle").click()
    is_off(page)


def test_a_start_over_ends_the_watch(page: Any) -> None:
    watching(page)
    start_over(page)
    page.locator("#watch-toggle", has_text="Start").wait_for()
    assert page.locator("#watch-toggle").is_disabled()
    assert page.locator("#seen").text_content() == "–"
    page.get_by_role("button", name="Undo").click()
    watching(page)
