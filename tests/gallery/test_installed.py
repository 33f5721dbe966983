"""The pages as an installed app: a picture that another app shares, a file that is opened
with it, and the button that installs it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from browser import ready
from hosts import ROOT
from static_host import hosted

from pywebml.data.samples import sample_folder
from pywebml.site.browser import until

pytestmark = pytest.mark.browser

FORM = """<form method="post" enctype="multipart/form-data" action="%sshare">
<input type="file" name="shared" multiple><button>Share</button></form>"""
FIRST = "document.querySelector('.bar-name')?.textContent"


def share(page: Any, url: str, *files: Path | dict[str, Any]) -> None:
    """As a phone does, whose form no page's policy is asked for."""
    page.goto("about:blank")
    page.set_content(FORM % url)
    page.locator("input").set_input_files(list(files))
    page.get_by_role("button", name="Share").click()
    page.wait_for_url(re.compile(r"classify\.html$"))


def test_a_picture_that_is_shared_is_looked_at(tab: Any, page_url: str) -> None:
    """Taken by the service worker, from memory to memory."""
    picture = next((sample_folder("things") / "umbrella").glob("*.jpg"))
    share(tab, page_url, picture)
    ready(tab)
    until(tab, f"{FIRST} === 'umbrella'")
    assert tab.evaluate("navigator.serviceWorker.controller !== null")
    tab.reload()  # nothing of it is kept
    ready(tab)
    assert tab.locator(".toast").count() == 0


def test_what_is_no_picture_is_told_in_a_sentence(tab: Any, page_url: str) -> None:
    for file, said in (
        ({"name": "a.txt", "mimeType": "text/plain", "buffer": b"words"}, "That was no picture."),
        ({"name": "b.png", "mimeType": "image/png", "buffer": b"x"}, "b.png is no picture"),
    ):
        share(tab, page_url, file)
        tab.locator(".toast.bad", has_text=said).wait_for()


def test_without_a_service_worker_the_page_says_what_to_do(new_tab: Any, page_url: str) -> None:
    """The server takes nothing (tests/site/test_serve.py)."""
    new_tab.route("**/pyodide.asm.wasm*", lambda route: None)
    share(new_tab, page_url, ROOT / "docs" / "gallery.png")
    new_tab.locator(".toast.bad", has_text="did not come here").wait_for()


KEEPS = "indexedDB.databases().then((all) => [all.map(({ name }) => name), {...localStorage}])"
THEIRS = """<!doctype html><title>theirs</title>
<form method="post" enctype="multipart/form-data" action="ADDRESSshare" target="ours">
<input type="file" name="shared"><button>Look</button></form>"""


def test_another_site_s_form_is_a_picture_to_look_at_and_no_more(
    known_profile: Any, tab: Any, page_url: str, tmp_path: Path
) -> None:
    """It opens a tab of these pages, which it does not get hold of, and nothing is kept."""
    tab.goto(f"{page_url}classify.html")
    ready(tab)
    before = tab.evaluate(KEEPS)
    picture = next((sample_folder("things") / "umbrella").glob("*.jpg"))
    (tmp_path / "index.html").write_text(THEIRS.replace("ADDRESS", page_url))
    with hosted(tmp_path) as theirs:
        page = known_profile.new_page()
        page.goto(theirs.url.replace("127.0.0.1", "localhost"))
        with page.expect_popup() as opening:
            page.evaluate("globalThis.ours = open('', 'ours')")
        ours = opening.value
        page.locator("input").set_input_files(picture)
        page.get_by_role("button", name="Look").click()
        ours.wait_for_url(re.compile(r"classify\.html$"))
        ready(ours)
        until(ours, f"{FIRST} === 'umbrella'")
        assert ours.evaluate("opener") is None
        assert page.evaluate("ours.closed")  # as far as it can tell
    assert tab.evaluate(KEEPS) == before


OPENED = """Object.defineProperty(globalThis, "launchQueue", {
  value: { setConsumer: (take) => globalThis.opened = take },
});"""


def test_a_file_is_opened_with_it(tab: Any, page_url: str) -> None:
    tab.add_init_script(OPENED)
    tab.goto(f"{page_url}classify.html?device=cpu")
    ready(tab)
    tab.evaluate("""async () => {
      const blob = new Blob(["words"], { type: "text/plain" });
      await opened({ files: [] });
      await opened({ files: [{ getFile: async () => new File([blob], "a.txt", blob) }] });
    }""")
    tab.locator(".toast.bad", has_text="That was no picture.").wait_for()


ON_A_PHONE = "Object.defineProperty(Navigator.prototype, 'standalone', { value: false })"
OFFER = """(outcome) => {
  const event = new Event("beforeinstallprompt", { cancelable: true });
  event.prompt = async () => ({ outcome });
  dispatchEvent(event);
  return event.defaultPrevented;
}"""


def test_it_is_installed_where_the_browser_offers_it(tab: Any, page_url: str) -> None:
    tab.goto(page_url)
    until(tab, "document.documentElement.dataset.state === 'ready'")
    place = tab.locator("#install")
    assert place.inner_text() == ""
    height = place.bounding_box()["height"]
    for outcome in ("dismissed", "accepted"):
        assert tab.evaluate(OFFER, outcome)
        assert place.bounding_box()["height"] == height
        place.get_by_role("button", name="Install these pages as an app").press("Enter")
        place.get_by_role("button").wait_for(state="detached")
        said = tab.locator(".toast.good", has_text="installed as an app")
        assert said.count() == (outcome == "accepted")
    assert not tab.evaluate("document.activeElement === null")


def test_where_safari_leaves_it_to_its_menu_the_gallery_says_how(tab: Any, page_url: str) -> None:
    tab.add_init_script(ON_A_PHONE)
    tab.goto(page_url)
    tab.locator("#install", has_text="Add to Home Screen").wait_for()
