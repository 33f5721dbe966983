"""What tests do on the Teach page: find a class's card, drop pictures on it, train."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

from browser import READY, START

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
