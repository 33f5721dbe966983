"""Makes the README's moving picture of the page itself: drawn hands are taught, and steer
Pellet Maze. `python tools/moving_picture.py` writes docs/teach.webp, or the file that is
named behind it.

The maze's clock is set by hand, so that a slow machine takes the same picture.
"""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from PIL import Image  # noqa: E402

from pywebml.host.optional import need  # noqa: E402
from pywebml.site.browser import START, chromium, flags, served, until  # noqa: E402
from pywebml.site.build import build  # noqa: E402

TARGET = ROOT / "docs" / "teach.webp"
WIDTH, HEIGHT, SHOWN, QUALITY = 1180, 760, 760, 72
STATE = "document.documentElement.dataset.state"
TICK = 100  # milliseconds of the maze from picture to picture
WAY = (("right", 23), ("left", 19), ("up", 16), ("left", 13), ("right", 17), ("down", 18))
"""(what the next card shows, pictures until the one after it): on a maze of this SEED nobody
is caught on the way.
"""
SEED = 30

# Frames come when they are asked for, and every game is the same.
CLOCK = """(seed) => {
    let waiting = [];
    window.requestAnimationFrame = (draw) => waiting.push(draw);
    window.tick = (now) => waiting.splice(0).forEach((draw) => draw(now));
    crypto.getRandomValues = (numbers) => numbers.fill(seed);
}"""
# The nth card of a direction, pressed: what it shows is what a visitor would see.
CARD = """([way, n]) => {
    const cards = document.querySelectorAll(`#cards button[aria-label$="points ${way}"]`);
    cards[n % cards.length].click();
}"""


SCROLL = """(selector) => {
    const { top } = document.querySelector(selector).getBoundingClientRect();
    scrollTo({ top: top + scrollY - 12, behavior: "instant" });
}"""


class Film:
    """Pictures of the page, each with the milliseconds that it stays."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.pictures: list[Image.Image] = []
        self.stays: list[int] = []

    def take(self, stays: int) -> None:
        picture = Image.open(io.BytesIO(self.page.screenshot(animations="disabled")))
        size = (SHOWN, SHOWN * HEIGHT // WIDTH)
        self.pictures.append(picture.convert("RGB").resize(size, Image.Resampling.LANCZOS))
        self.stays.append(stays)

    def save(self, path: Path) -> None:
        first, *others = self.pictures
        first.save(
            path,
            save_all=True,
            append_images=others,
            duration=self.stays,
            loop=0,
            quality=QUALITY,
            method=6,
        )


def scroll(page: Any, selector: str) -> None:
    """Has an element at the window's upper edge."""
    page.evaluate(SCROLL, selector)


def lesson(page: Any, film: Film) -> None:
    """The drawn hands come in, and are trained on."""
    scroll(page, "#collect")
    film.take(900)
    page.evaluate("document.querySelector('#drawn').click()")
    counted = (
        "[...document.querySelectorAll('li.class .count')].reduce((n, e) => n + +e.textContent, 0)"
    )
    for least in (8, 24, 40, 56, 64):
        until(page, f"({counted}) >= {least}")
        scroll(page, "#collect")
        film.take(250)
    until(page, "[...document.querySelectorAll('li.class img')].every((i) => i.complete)")
    scroll(page, "#collect")
    film.take(1200)
    scroll(page, "#train")
    film.take(500)
    until(
        page,
        "document.querySelector('#train-bar').value > 0.3"
        " || !document.querySelector('#result').hidden",
    )
    film.take(300)
    until(page, f"!document.querySelector('#result').hidden && {STATE} !== 'working'")
    film.take(1800)


def game(page: Any, film: Film) -> None:
    """Cards steer the maze."""
    page.evaluate("document.querySelector('input[name=source][value=cards]').click()")
    until(page, "document.querySelectorAll('#cards img').length >= 12")
    scroll(page, "#use")
    page.wait_for_timeout(1500)  # the cards' pictures are loaded as they are seen
    page.evaluate(CLOCK, SEED)
    now = 1000.0
    page.evaluate("document.querySelector('.arcade .primary').click()")
    for n, (way, pictures) in enumerate(WAY):
        page.evaluate("document.querySelector('#seen').textContent = '…'")
        page.evaluate(CARD, [way, n])
        until(page, "!['…', '–'].includes(document.querySelector('#seen').textContent)")
        for _ in range(pictures):
            now += TICK
            page.evaluate("(now) => tick(now)", now)
            film.take(TICK)
    film.stays[-1] = 1200


def main() -> None:
    playwright = need("playwright.sync_api", "drives the browser of the page", extra="page")
    with tempfile.TemporaryDirectory() as scratch:
        build(Path(scratch) / "page")
        with served(Path(scratch) / "page") as url, playwright.sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=chromium(), args=list(flags()))
            page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
            page.set_default_timeout(START)
            page.goto(f"{url}teach.html?device=cpu")
            until(page, f"{STATE} === 'ready'")
            film = Film(page)
            lesson(page, film)
            game(page, film)
            browser.close()
    target = Path(sys.argv[1]) if sys.argv[1:] else TARGET
    film.save(target)
    seconds = sum(film.stays) / 1000
    print(f"{target}: {len(film.stays)} pictures, {seconds:.0f} s, {target.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
