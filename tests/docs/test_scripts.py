"""The documentation's JavaScript runs in a browser, where its page says that it lies: as
it is written, in a folder that has what it imports, with what it takes for granted.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import pytest
from any_pyodide import write_site
from documented import CLASSES, of, photos
from static_host import hosted

from pywebml.cli import main

pytestmark = pytest.mark.browser

PICTURES = """async () => {
  const drawn = (shade) => createImageBitmap(new ImageData(
    new Uint8ClampedArray(64 * 64 * 4).fill(shade), 64, 64));
  globalThis.video = Object.assign(document.createElement("canvas"), { width: 64, height: 64 });
  globalThis.video.getContext("2d").fillRect(0, 0, 64, 64);
  globalThis.images = await Promise.all(
    Array.from({ length: 8 }, async (_, i) => [i % 2 ? "c1" : "c2", await drawn(i % 2 ? 250 : 80)]),
  );
}"""
"""What the blocks take for granted: a picture, and pictures of two classes."""


ON_THE_PAGE = "async (url) => { await import(url); return globalThis.result; }"
IN_A_WORKER = """(url) => new Promise((resolve, reject) => {
  const worker = new Worker(url, { type: "module" });
  worker.onmessage = ({ data }) => resolve(data);
  worker.onerror = ({ message }) => reject(new Error(message));
})"""
START = 120_000  # milliseconds, for a first start of Python


class Script(NamedTuple):
    """What a page's script comes to: an expression in its names, and what that may be."""

    result: str
    right: list[Any]
    runs: str = ON_THE_PAGE


SCRIPTS = {
    "docs/anywhere.md": Script("answer", [6], IN_A_WORKER),
    "docs/own-page.md": Script("best.label", list(CLASSES)),
    "docs/page.md": Script(
        "[info.device.language !== '', taught.train_accuracy].join()", ["true,1"]
    ),
}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory, built_page: Path) -> dict[str, Path]:
    """Where each page's script lies, and above it what a host has."""
    folder = tmp_path_factory.mktemp("scripts")
    photos(folder / "photos")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert (
            main(["teach", "photos", "--epochs", "2", "--device", "cpu", "--out", "hands.zip"]) == 0
        )
        assert main(["page", "build", "--model", "hands.zip", "--out", "own"]) == 0
    write_site(folder / "any")
    return {
        "docs/anywhere.md": folder / "any",
        "docs/own-page.md": folder / "own",
        "docs/page.md": built_page,
    }


BLOCKS = [pytest.param(file, block.text, id=f"{file}:{block.line}") for file, block in of("js")]


@pytest.mark.parametrize(("file", "text"), BLOCKS)
def test_a_script_comes_to_its_result(
    file: str, text: str, folders: dict[str, Path], context: Any
) -> None:
    script, folder = SCRIPTS[file], folders[file]
    place = next((path.parent for path in folder.glob("app-*/runtime/boot.js")), folder)
    end = "postMessage" if script.runs == IN_A_WORKER else "globalThis.result = "
    with hosted(folder) as host:
        url = f"{host.url}{(place / 'block.mjs').relative_to(folder).as_posix()}"
        body = f"{text}\n{end}({script.result});"
        context.route("**/block.mjs", lambda route: route.fulfill(
            body=body, content_type="text/javascript"
        ))  # fmt: skip
        context.route("**/blank.html", lambda route: route.fulfill(
            body="<!doctype html><title>a page of your own</title>", content_type="text/html"
        ))  # fmt: skip
        page = context.new_page()
        page.set_default_timeout(START)
        page.goto(f"{host.url}blank.html")
        page.evaluate(PICTURES)
        assert page.evaluate(script.runs, url) in script.right
