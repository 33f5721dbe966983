"""What tests do on the Teach page: find a class's card, drop pictures on it, train."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from browser import READY, START, desk_tab, eventually, hold_python, watch

from pywebml.data.samples import sample_folder

TRAINED = 120_000  # milliseconds
CLASSES = ("rock", "paper", "scissors")
"""Names that the page does not come with."""
DRAWN = {"rock": "up", "paper": "down", "scissors": "left"}
"""What is drawn on the pictures of each: the hands that come with the package."""


def pictures(name: str) -> list[Path]:
    """25 for a class; the first 20 teach, the others ask."""
    hands = sorted((sample_folder() / DRAWN[name]).glob("*.jpg"))[:25]
    assert len(hands) == 25
    return hands


def card(page: Any, name: str) -> Any:
    return page.locator("li.class").filter(
        has=page.get_by_label(f"Name of class {name}", exact=True)
    )


def drop(page: Any, target: Any, files: list[Path]) -> None:
    """Drops files on an element, as a drag from the desktop does."""
    packed = [
        {"name": f.name, "type": "image/jpeg", "bytes": base64.b64encode(f.read_bytes()).decode()}
        for f in files
    ]
    transfer = page.evaluate_handle(
        """(files) => {
            const transfer = new DataTransfer();
            for (const { name, type, bytes } of files) {
                transfer.items.add(new File([Uint8Array.from(atob(bytes), (c) =>
                  c.charCodeAt(0))], name, { type }));
            }
            return transfer;
        }""",
        packed,
    )
    for event in ("dragenter", "dragover", "drop"):
        target.dispatch_event(event, {"dataTransfer": transfer})


def count(page: Any, name: str) -> int:
    return int(card(page, name).locator(".count").text_content())


def fill(page: Any, counts: dict[str, int]) -> None:
    """Classes `up` and `down`, each with the first pictures of a drawn hand."""
    for name in ("right", "left"):
        page.get_by_role("button", name=f"Remove class {name}").click()
    for (name, n), drawn in zip(counts.items(), CLASSES, strict=False):
        drop(page, card(page, name), pictures(drawn)[:n])
        card(page, name).locator(".count", has_text=str(n)).wait_for()


def ready(page: Any) -> None:
    page.locator(READY).wait_for(timeout=START)


def train(page: Any) -> None:
    page.locator("#train-button:enabled").click(timeout=START)
    page.locator("#result").wait_for(timeout=TRAINED)


def taught(context: Any, url: str, each: int) -> Any:
    """A page of the browser's context, trained on so many drawn hands of each class."""
    page = context.new_page()
    teach(page, url, each)
    return page


def teach(page: Any, url: str, each: int) -> None:
    page.goto(f"{url}teach.html?device=cpu")
    card(page, "up").wait_for()
    fill(page, {"up": each, "down": each})
    ready(page)
    train(page)


@contextmanager
def lesson(known_profile: Any, url: str) -> Iterator[Any]:
    """A tab of the profile that has been here on the page, which computes on the
    processor, with no lesson so far.
    """
    with desk_tab(known_profile, url) as page:
        page.goto(f"{url}teach.html?device=cpu")
        card(page, "up").wait_for()
        yield page


@contextmanager
def visit(browser: Any, url: str, script: str = "", python: bool = True) -> Iterator[Any]:
    """A tab of a fresh profile on the page, which computes on the processor; `script`
    runs before the page's own. `python=False`: for what the page does without Python,
    which then does not come.
    """
    size = {"width": 1280, "height": 800}
    context = browser.new_context(viewport=size, reduced_motion="reduce")
    wrong = watch(context, url)
    if not python:
        hold_python(context)
    if script:
        context.add_init_script(script)
    page = context.new_page()
    page.goto(f"{url}teach.html?device=cpu")
    card(page, "up").wait_for()
    yield page
    context.close()
    # Chromium's word on what a server says to pages that are not https
    wrong = [what for what in wrong if "Cross-Origin-Opener-Policy" not in what]
    assert not wrong, wrong


def counts(page: Any) -> dict[str, int]:
    names = page.locator("input.name").evaluate_all("(all) => all.map((one) => one.value)")
    return {name: count(page, name) for name in names}


def confirm(page: Any) -> None:
    page.locator("dialog button[value=yes]").click()


def start_over(page: Any) -> None:
    """Ends with the new lesson in place: what is dropped before belongs to the former."""
    page.locator("#start-over").click()
    confirm(page)
    page.locator(".toast", has_text="A fresh start.").first.wait_for()


IN_STORE = """async (change) => {
  const database = await new Promise((resolve, reject) => {
    const request = indexedDB.open("pywebml-teach");
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const part = database.transaction(["project", "samples", "head"], "readwrite");
  const get = (store, key) => new Promise((resolve) => {
    const request = key ? part.objectStore(store).get(key) : part.objectStore(store).getAll();
    request.onsuccess = () => resolve(request.result);
  });
  const answer = await CHANGE(part, get);
  await new Promise((resolve) => (part.oncomplete = resolve));
  database.close();
  return answer;
}"""


def in_store(page: Any, change: str) -> Any:
    """Changes what the page keeps, behind its back: `change(transaction, get)`."""
    return page.evaluate(IN_STORE.replace("CHANGE", f"({change})"))


def stored(page: Any) -> int:
    """How many pictures are kept."""
    return int(in_store(page, "async (part, get) => (await get('samples')).length"))


def keeps(page: Any, n: int) -> None:
    """Waits until so many pictures are kept."""
    eventually(page, lambda: stored(page), n)


def look_at(page: Any, picture: Path) -> str:
    """What the page says of a picture."""
    from playwright.sync_api import expect

    page.locator("input[name=source][value=picture]").check(force=True)
    seen = page.locator("#seen")
    seen.evaluate("(seen) => { seen.textContent = '…' }")
    page.locator("#watch-file").set_input_files(str(picture))
    expect(seen).not_to_have_text("…", timeout=60_000)
    return str(seen.text_content())
