"""What a head on the Teach page says of itself, and how the page obeys it: how its
pictures were fitted, and which of them were the same.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import opened
from PIL import Image
from teach_page import card, drop, pictures, taught, train

from pywebml.apps.predict import predict

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page(browser_type: Any, page_url: str) -> Iterator[Any]:
    with opened(browser_type, page_url) as context:
        yield taught(context, page_url, 5)


def with_fit(project: Path, out: Path, fit: str) -> Path:
    """The project with a head that was taught so; its head alone beside it."""
    head = io.BytesIO()
    with zipfile.ZipFile(project) as whole, zipfile.ZipFile(out, "w") as changed:
        with zipfile.ZipFile(whole.open("head.zip")) as old, zipfile.ZipFile(head, "w") as new:
            for name in old.namelist():
                data = old.read(name)
                if name == "metadata.json":
                    data = json.dumps({**json.loads(data), "fit": fit}).encode()
                new.writestr(name, data)
        for name in whole.namelist():
            changed.writestr(name, head.getvalue() if name == "head.zip" else whole.read(name))
    alone = out.with_name(f"{fit}-head.zip")
    alone.write_bytes(head.getvalue())
    return alone


def shares(page: Any, picture: Path) -> list[int]:
    from playwright.sync_api import expect

    page.locator("input[name=source][value=picture]").check(force=True)
    seen = page.locator("#seen")
    seen.evaluate("(seen) => { seen.textContent = '…' }")
    page.locator("#watch-file").set_input_files(str(picture))
    expect(seen).not_to_have_text("…", timeout=60_000)
    return [
        int(text)
        for text in page.locator("#use .track").evaluate_all(
            "(all) => all.map((one) => one.getAttribute('aria-valuenow'))"
        )
    ]


def test_a_head_sees_pictures_as_it_was_taught(page: Any, tmp_path: Path) -> None:
    """One hand in the middle, others at the sides: the middle square and all of it,
    squashed, are different pictures. The page says of each what `predict` says.
    """
    wide = Image.new("RGB", (672, 224))
    for i, name in enumerate(("paper", "rock", "paper")):
        wide.paste(Image.open(pictures(name)[22]).resize((224, 224)), (224 * i, 0))
    picture = tmp_path / "wide.png"
    wide.save(picture)
    with page.expect_download() as download:
        page.locator("#export").click()
    download.value.save_as(tmp_path / "project.zip")
    said = {}
    for fit in ("crop", "squash"):
        head = with_fit(tmp_path / "project.zip", tmp_path / f"{fit}.zip", fit)
        page.locator("#import-file").set_input_files(str(tmp_path / f"{fit}.zip"))
        page.locator("dialog button[value=yes]").click()
        page.locator(".toast", has_text="Imported").last.wait_for()
        said[fit] = shares(page, picture)
        (expected,), _ = predict(head, [picture])
        right = [100 * expected["probabilities"][name] for name in ("up", "down")]
        assert said[fit] == pytest.approx(right, abs=8), fit
    assert abs(said["crop"][0] - said["squash"][0]) > 10


def test_copies_are_said(page: Any) -> None:
    """The same photos three times are no proof of anything."""
    for _ in range(2):
        for name, drawn in (("up", "rock"), ("down", "paper")):
            drop(page, card(page, name), pictures(drawn)[:5])
    card(page, "down").locator(".count", has_text="15").wait_for()
    card(page, "up").locator(".count", has_text="15").wait_for()
    train(page)
    page.locator("#score-text", has_text="are the same as another one").wait_for(timeout=60_000)
    assert "had not seen" in page.locator("#score-text").text_content()
