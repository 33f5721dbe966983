"""A tab that takes part in a lesson of `federate server`, beside a node on the desktop:
Flower averages what both have trained, on hands that neither shows the other.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import opened
from hosts import ROOT, shared_device
from teach_page import card, drop, in_store, keeps, ready

from pywebml.data.samples import sample_folder
from pywebml.device import set_device
from pywebml.distributed.federated.flower.processes import Address, free_port
from pywebml.distributed.federated.lesson import Lesson
from pywebml.distributed.fleet.desk import Desk, Key
from pywebml.distributed.fleet.node import Node
from pywebml.formats.wire import flower
from pywebml.formats.wire.protobuf import Reader
from pywebml.site.browser import served
from pywebml.site.federation import passing_on
from pywebml.zoo import extract_features, load_extractor

pytestmark = pytest.mark.browser

CLASSES = ("up", "down", "left", "right")
OURS, THEIRS = CLASSES[:2], CLASSES[2:]  # of the tab, of the desktop
EACH, ROUNDS = 10, 3


def hands(name: str) -> list[Path]:
    return sorted((sample_folder() / name).glob("*.jpg"))[:EACH]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """(the address of a server as somebody starts it, its process)."""
    pytest.importorskip("flwr", reason="Flower's own server")
    port = free_port()
    words = ["--classes", ",".join(CLASSES), "--rounds", ROUNDS, "--clients", 2, "--port", port]
    command = [sys.executable, "-m", "pywebml", "federate", "server", *map(str, words)]
    command += ["--out", str(tmp_path / "m.zip"), "--json", str(tmp_path / "said.json")]
    process = subprocess.Popen(
        [*command, "--device", "cpu"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    yield f"http://127.0.0.1:{port}", process
    process.kill()


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    set_device(shared_device("cpu"))
    extractor = load_extractor("efficientnet_lite0")
    paths = [path for name in THEIRS for path in hands(name)]
    values = extract_features(extractor, paths).values
    names = [name for name in THEIRS for _ in range(EACH)]
    return Lesson(extractor.describe(), values, names, aside=range(0, 2 * EACH, 5))


class Desktop(threading.Thread):
    """A node of our own in a thread."""

    def __init__(self, address: str, lesson: Lesson):
        super().__init__(daemon=True)
        key = Key()
        self.node = Node(lesson, Desk(address, key).post, key.public, self._hear)

    def _hear(self, progress: Any) -> None:
        if progress.evaluated == ROUNDS:
            self.node.leave()

    def run(self) -> None:
        asyncio.run(self.node.take_part())


KEPT = """async (part, get) => (await get("samples")).map(({ features, thumbnail, picture }) =>
  [features, thumbnail, new Uint8Array(picture)].map((each) =>
    btoa(String.fromCharCode(...new Uint8Array(each.buffer, each.byteOffset, each.byteLength)))))"""
"""Features, thumbnail and JPEG of each picture, as the page keeps them."""


def test_a_tab_learns_what_it_has_no_pictures_of(
    browser_type: Any,
    built_page: Path,
    server: tuple[str, subprocess.Popen[str]],
    lesson: Lesson,
    tmp_path: Path,
) -> None:
    address, process = server
    bodies: list[tuple[str, bytes]] = []
    with served(built_page, passing_on(address)) as url, opened(browser_type, url) as context:
        page = context.new_page()

        def hear(request: Any) -> None:
            if request.method == "POST":
                bodies.append((request.url.removeprefix(url), request.post_data_buffer or b""))

        page.on("request", hear)
        page.goto(f"{url}teach.html?device=cpu#together")
        ready(page)
        assert page.locator("#take-part").is_disabled()
        for name in OURS:
            drop(page, card(page, name), hands(name))
            card(page, name).locator(".count", has_text=str(EACH)).wait_for()
        waited = time.monotonic() + 60
        while Address.read(address.removeprefix("http://")).reached():
            assert process.poll() is None and time.monotonic() < waited, process.communicate()
            time.sleep(0.2)
        desktop = Desktop(address, lesson)
        desktop.start()
        page.locator("#take-part:enabled").click()
        # the server says which round is the last one, and nobody has to leave
        page.get_by_text(f"You trained together for {ROUNDS} rounds").wait_for(timeout=120_000)
        assert page.locator("#take-part").is_enabled()
        said, _ = process.communicate(timeout=60)
        assert process.returncode == 0, said
        assert "page serve --federation" in said
        desktop.join(20)
        rounds = json.loads((tmp_path / "said.json").read_text())["rounds"]
        right = [each["accuracy"] for each in rounds]
        assert right[-1] >= 0.75 and right[-1] >= right[0], right  # 0.25 is guessing
        # each has kept as many pictures aside
        ours = 2 * right[-1] - desktop.node.progress.accuracy
        shown = page.locator("#together-right").text_content()
        assert shown.split()[0] == str(round(100 * ours))
        # what all have taught is the page's model now: it knows hands that it never saw
        assert page.locator("#use .bar-name").all_text_contents() == list(CLASSES)
        keeps(page, EACH * len(OURS))
        kept = [base64.b64decode(part) for parts in in_store(page, KEPT) for part in parts]
    assert len(kept) == 3 * EACH * len(OURS)
    check_what_was_sent(bodies, kept)


def check_what_was_sent(bodies: list[tuple[str, bytes]], kept: list[bytes]) -> None:
    """Calls of a node alone, in them a head of the size of the server's, and of what the
    page keeps of a picture not eight bytes from the middle of each part of it.
    """
    assert {path for path, _ in bodies} <= {f"v1/fleet/{call}" for call in flower.CALLS}
    joined = b"".join(body for _, body in bodies)
    for part in kept:
        for at in range(len(part) // 8, len(part) - 8, len(part) // 8):
            piece = part[at : at + 8]
            assert piece == bytes(8) or piece not in joined
    pushed = [
        Reader(body).message(flower.PUSH_OBJECT)
        for path, body in bodies
        if path.endswith("push-object")
    ]
    objects = [flower.opened(each["content"], each["object_id"]) for each in pushed]
    numbers = sum(len(each.body) for each in objects if each.kind == "ArrayChunk")
    head = 4 * (1280 * 100 + 100 + 100 * 4 + 4)
    assert numbers == ROUNDS * (head + 4 * 128)  # and a header for each of four arrays
    assert len(joined) - numbers < 60_000  # twenty pictures' features would be 102,400
