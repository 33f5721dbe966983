"""What the Teach page does when things come in between: a start over while it trains, an
import while it looks, a store that is broken, newer, full, closed or silent, a second
tab, quick deletions, photos of a phone, no secure context.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import QUICK, START, eventually, hold_python
from PIL import Image
from shares import share
from static_host import hosted
from teach_page import (
    CLASSES,
    TRAINED,
    card,
    confirm,
    count,
    counts,
    drop,
    fill,
    in_store,
    keeps,
    lesson,
    pictures,
    ready,
    start_over,
    stored,
    train,
    visit,
)

pytestmark = pytest.mark.browser


# another lesson comes in between


def test_start_over_in_training_leaves_nothing(known_profile: Any, page_url: str) -> None:
    with lesson(known_profile, page_url) as page:
        fill(page, {"up": 4, "down": 4})
        ready(page)
        looked = "async (part, get) => (await get('samples')).filter((s) => s.features).length"
        eventually(page, lambda: in_store(page, looked), 8)
        page.wait_for_timeout(300)
        in_store(
            page,
            """async (part, get) => {
              const project = await get("project", "project");
              project.settings.epochs = 100000;
              part.objectStore("project").put(project, "project");
            }""",
        )
        page.reload()
        ready(page)
        page.locator("#train-button:enabled").click()
        page.locator("#train-text", has_text="Epoch 3").wait_for(timeout=TRAINED)
        start_over(page)
        page.wait_for_timeout(1500)  # the training ends meanwhile, and its head comes back
        assert page.locator("#result").is_hidden()
        assert page.locator("#train-progress").is_hidden()
        assert page.locator("#train-button").text_content() == "Train"
        assert page.locator(".confusion td").count() == 0
        assert page.evaluate("document.documentElement.dataset.state") == "ready"
        assert set(counts(page).values()) == {0}
        # and the next lesson can be trained at once
        fill(page, {"up": 2, "down": 2})
        page.get_by_role("button", name="Undo").wait_for(state="hidden")
        train(page)
        page.reload()
        ready(page)
        assert counts(page) == {"up": 2, "down": 2}
        assert page.locator("#result").is_visible()


@pytest.fixture(scope="module")
def project(known_profile: Any, page_url: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An exported lesson with names that no folder can have, renamed after training."""
    path = tmp_path_factory.mktemp("project") / "project.zip"
    with lesson(known_profile, page_url) as page:
        fill(page, {"up": 3, "down": 4})
        train(page)
        page.get_by_role("button", name="Add a class").click()
        for old, new in [("up", "\N{THUMBS UP SIGN}"), ("down", "x?"), ("class 3", "x!")]:
            field = page.get_by_label(f"Name of class {old}", exact=True)
            field.fill(new)
            field.press("Enter")
        drop(page, card(page, "x!"), pictures("scissors")[:2])
        card(page, "x!").locator(".count", has_text="2").wait_for()
        with page.expect_download() as download:
            page.locator("#export").click()
        download.value.save_as(path)
    return path


def test_an_import_while_it_looks_keeps_nothing_of_the_old_lesson(
    known_profile: Any, page_url: str, project: Path
) -> None:
    with lesson(known_profile, page_url) as page:
        ready(page)
        drop(page, card(page, "up"), [p for name in CLASSES for p in pictures(name)])
        page.locator("#train-hint", has_text="Looking at the pictures").wait_for()
        page.locator("#import-file").set_input_files(str(project))
        confirm(page)
        card(page, "x?").wait_for()
        page.locator("#train-hint", has_text="Looking").wait_for(state="hidden", timeout=TRAINED)
        expected = {"\N{THUMBS UP SIGN}": 3, "x?": 4, "x!": 2}
        eventually(page, lambda: counts(page), expected)
        keeps(page, 9)
        page.reload()
        ready(page)
        assert counts(page) == expected
        train(page)  # the session has the same pictures: 9, of which 3 are held back
        cells = page.locator(".confusion tbody td").all_text_contents()
        assert (len(cells), sum(map(int, cells))) == (9, 3)


def test_the_zip_is_what_teach_and_predict_take(project: Path, tmp_path: Path) -> None:
    """Each class has a folder, with its true name; the head says the new names."""
    from pywebml.apps.predict import predict
    from pywebml.data.folders import find_pictures

    with zipfile.ZipFile(project) as archive:
        archive.extractall(tmp_path)
    folder = find_pictures(tmp_path / "extra" / "samples")
    by_name = dict(zip(folder.classes, folder.counts(), strict=True))
    assert by_name == {"\N{THUMBS UP SIGN}": 3, "x?": 4, "x!": 2}
    (said,), _ = predict(tmp_path / "head.zip", [pictures("rock")[2]])
    assert set(said["probabilities"]) == {"\N{THUMBS UP SIGN}", "x?"}


# what was kept does not fit, or cannot be kept


BROKEN = {
    "head": (
        """async (part, get) => {
          const head = await get("head", "head");
          head.bytes[head.bytes.length >> 1] ^= 255;
          part.objectStore("head").put({ ...head, bytes: head.bytes.slice(0, -9) }, "head");
        }""",
        "train again",
    ),
    "half a head": (
        """async (part, get) => part.objectStore("head").put({ bytes: "x", keys: 3 }, "head")""",
        "train again",
    ),
    "cut features": (
        """async (part, get) => {
          for (const s of await get("samples"))
            part.objectStore("samples").put({ ...s, features: s.features.slice(7) });
        }""",
        "looked at anew",
    ),
    "another network": (
        """async (part, get) => {
          const project = await get("project", "project");
          part.objectStore("project").put({ ...project, extractor: "other" }, "project");
        }""",
        "looked at anew",
    ),
    "no project": (
        """async (part) => part.objectStore("project").delete("project")""",
        "names of the classes",
    ),
    "no features": (
        """async (part, get) => {
          for (const s of await get("samples"))
            part.objectStore("samples").put({ ...s, features: { 0: "x" } });
        }""",
        "",
    ),
}


WHOLE = """async (part, get) => {
  const end = new Uint8Array((await get("head", "head"))?.bytes ?? 0).slice(-22, -18);
  return String(end) === "80,75,5,6"; // the head's zip ends as it should
}"""


def test_what_was_kept_may_be_broken(known_profile: Any, page_url: str) -> None:
    """It is said, the pictures stay, and all can be trained again."""
    with lesson(known_profile, page_url) as page:
        fill(page, {"up": 2, "down": 3})
        train(page)
        eventually(page, lambda: in_store(page, WHOLE), True)
        for what, (change, said) in share(BROKEN.items(), 3):
            in_store(page, change)
            page.reload()
            if said:  # some at once, some when Python has looked at it
                page.locator(".toast", has_text=said).first.wait_for(timeout=START)
            ready(page)
            # of this alone: what was kept after the one before was whole
            assert page.locator(".toast").count() == (1 if said else 0), what
            assert list(counts(page).values()) == [2, 3], what
            assert page.locator(".status[data-state=failed]").count() == 0
            train(page)
            eventually(page, lambda: in_store(page, WHOLE), True)
            keeps(page, 5)
            page.wait_for_timeout(300)
        page.reload()
        ready(page)
        page.locator("#train-hint", has_text="Ready to train on 5").wait_for(timeout=TRAINED)
        assert page.locator(".toast").count() == 0


def test_a_newer_version_of_the_store_is_left_alone(browser: Any, page_url: str) -> None:
    context = browser.new_context(reduced_motion="reduce")
    hold_python(context)
    page = context.new_page()
    page.goto(page_url)
    page.evaluate(
        """() => new Promise((resolve, reject) => {
          const request = indexedDB.open("pywebml-teach", 7);
          request.onsuccess = () => resolve(request.result.close());
          request.onerror = () => reject(request.error);
        })"""
    )
    page.goto(f"{page_url}teach.html?device=cpu")
    notices = page.locator(".notices")
    notices.get_by_text("A newer version of this page").wait_for()
    assert "private" not in str(notices.text_content())
    drop(page, card(page, "up"), pictures("rock")[:1])
    card(page, "up").locator(".count", has_text="1").wait_for()
    context.close()


def test_a_newer_version_in_another_tab_is_said(browser: Any, page_url: str) -> None:
    with visit(browser, page_url, python=False) as page:
        page.evaluate(
            """() => new Promise((resolve) => {
              const request = indexedDB.open("pywebml-teach", 7);
              request.onsuccess = () => resolve(request.result.close());
            })"""
        )
        page.locator(".notices").get_by_text("A newer version of this page").wait_for()


SILENT = """{
  const open = IDBFactory.prototype.open;
  IDBFactory.prototype.open = function (name, ...rest) {
    return name === "pywebml-teach" ? new EventTarget() : open.call(this, name, ...rest);
  };
}"""
FORBIDDEN = SILENT.replace(
    "new EventTarget()", "(() => { throw new DOMException('no', 'SecurityError') })()"
)


@pytest.mark.parametrize(
    ("script", "said"), [(SILENT, "does not answer"), (FORBIDDEN, "private mode")]
)
def test_without_a_store_the_page_works(
    browser: Any, page_url: str, script: str, said: str
) -> None:
    with visit(browser, page_url, script, python=False) as page:
        drop(page, card(page, "up"), pictures("rock")[:2])
        card(page, "up").locator(".count", has_text="2").wait_for()
        page.locator(".notices").get_by_text(said).wait_for()


FULL = """{
  const put = IDBObjectStore.prototype.put;
  globalThis.room = 2;
  IDBObjectStore.prototype.put = function (...args) {
    if (this.name === "samples" && (globalThis.room -= 1) < 0) {
      throw new DOMException("full", "QuotaExceededError");
    }
    return put.apply(this, args);
  };
}"""


def test_a_full_store_keeps_what_there_is_room_for(browser: Any, page_url: str) -> None:
    with visit(browser, page_url, FULL, python=False) as page:
        drop(page, card(page, "up"), pictures("rock")[:5])
        card(page, "up").locator(".count", has_text="5").wait_for()
        page.locator(".notices").get_by_text("no room left").wait_for()
        assert 1 <= stored(page) <= 2
        page.evaluate("globalThis.room = 100")
        drop(page, card(page, "down"), pictures("rock")[:1])
        page.locator(".notices").get_by_text("no room left").wait_for(state="hidden")
        assert stored(page) == 6


# two tabs


def test_a_second_tab_takes_over(browser: Any, page_url: str) -> None:
    """When the first is closed, or when asked; no picture is lost."""
    with visit(browser, page_url, python=False) as first:
        drop(first, card(first, "up"), pictures("rock")[:2])
        card(first, "up").locator(".count", has_text="2").wait_for()
        keeps(first, 2)
        second = first.context.new_page()
        second.goto(first.url)
        notice = second.locator(".notices").get_by_text("open in another tab")
        notice.wait_for()
        drop(second, card(second, "down"), pictures("paper")[:3])  # is not kept so far
        card(second, "down").locator(".count", has_text="3").wait_for()
        drop(first, card(first, "left"), pictures("paper")[:1])
        card(first, "left").locator(".count", has_text="1").wait_for()
        keeps(first, 3)

        third = first.context.new_page()
        third.goto(first.url)
        third.get_by_role("button", name="Use it here").click()
        first.locator(".notices").get_by_text("open in another tab").wait_for()
        third.locator(".toast", has_text="this tab keeps the lesson").wait_for()
        first.close()
        third.close()
        second.locator(".toast", has_text="this tab keeps the lesson").wait_for()
        notice.wait_for(state="hidden")
        assert counts(second) == {"up": 2, "down": 3, "left": 1, "right": 0}
        keeps(second, 6)
        second.reload()
        card(second, "up").wait_for()
        assert counts(second) == {"up": 2, "down": 3, "left": 1, "right": 0}


# deletions


def test_every_deletion_can_be_undone(known_profile: Any, page_url: str, project: Path) -> None:
    with lesson(known_profile, page_url) as page:
        drop(page, card(page, "up"), pictures("rock")[:6])
        card(page, "up").locator(".count", has_text="6").wait_for()
        card(page, "up").locator(".thumbs button").first.focus()
        for _ in range(4):
            page.keyboard.press("Delete")
        page.get_by_role("button", name="Remove class down").click()
        page.get_by_role("button", name="Remove class up").click()
        confirm(page)
        card(page, "up").wait_for(state="detached")
        assert counts(page) == {"left": 0, "right": 0}
        drop(page, card(page, "left"), pictures("rock")[:1])
        card(page, "left").locator(".count", has_text="1").wait_for()
        start_over(page)
        card(page, "up").wait_for()
        drop(page, card(page, "right"), pictures("paper")[:2])  # these survive the way back
        card(page, "right").locator(".count", has_text="2").wait_for()
        ready(page)
        page.locator("#import-file").set_input_files(str(project))
        confirm(page)
        card(page, "x?").wait_for()
        for expected in (
            {"up": 0, "down": 0, "left": 0, "right": 2},
            {"left": 1, "right": 2},
            {"up": 2, "left": 1, "right": 2},
            {"up": 2, "down": 0, "left": 1, "right": 2},
            {"up": 3, "down": 0, "left": 1, "right": 2},
        ):
            page.get_by_role("button", name="Undo").click()
            assert counts(page) == expected
        page.keyboard.press("Control+z")
        page.locator("#bring-back").click()
        page.locator("#bring-back").click()
        assert counts(page) == {"up": 6, "down": 0, "left": 1, "right": 2}
        assert page.locator("#bring-back").is_hidden()
        keeps(page, 9)
        page.reload()
        card(page, "up").wait_for()
        assert counts(page) == {"up": 6, "down": 0, "left": 1, "right": 2}


# files


def test_photos_of_a_phone_are_kept_one_by_one(
    known_profile: Any, page_url: str, tmp_path: Path
) -> None:
    """25 of 12 megapixels: progress, no long pause, and what was read outlives a reload."""
    noise = Image.effect_noise((400, 300), 80).convert("RGB").resize((4000, 3000))
    noise.save(tmp_path / "photo.jpg", quality=85)
    photo, files = (tmp_path / "photo.jpg").read_bytes(), []
    for i in range(25):  # encoded once: a byte behind its end makes each another file
        files.append(str(tmp_path / f"{i}.jpg"))
        Path(files[-1]).write_bytes(photo + bytes([i]))
    with lesson(known_profile, page_url) as page:
        ready(page)
        page.evaluate(
            """() => {
              let last = performance.now();
              globalThis.longest = 0;
              const tick = () => {
                const now = performance.now();
                globalThis.longest = Math.max(globalThis.longest, now - last);
                last = now;
                setTimeout(tick, 10);
              };
              tick();
            }"""
        )
        card(page, "up").locator("input[type=file]").set_input_files(files)
        page.get_by_text("Reading").wait_for()
        page.wait_for_timeout(1500)
        seen = count(page, "up")
        longest = page.evaluate("globalThis.longest")
        page.reload()
        card(page, "up").wait_for()
        kept = count(page, "up")
        assert kept >= 1
        assert kept >= seen - 1
        assert longest < 1500


# no secure context


@pytest.fixture
def mapped_browser(browser_type: Any) -> Iterator[Any]:
    """Knows the page under a name that is not localhost, and so is no secure context."""
    from pywebml.site.browser import chromium, flags

    arguments = [*flags(), *QUICK, "--host-resolver-rules=MAP teach.test 127.0.0.1"]
    browser = browser_type.launch(executable_path=chromium(), args=arguments)
    yield browser
    browser.close()


def named(url: str) -> str:
    assert "127.0.0.1" in url
    return url.replace("127.0.0.1", "teach.test")


def test_over_http_pictures_are_taken_and_it_says_what_is_missing(
    mapped_browser: Any, built_page: Path
) -> None:
    """From a host that answers under any name, which `page serve` does not."""
    with hosted(built_page) as host, visit(mapped_browser, named(host.url)) as page:
        assert page.evaluate("isSecureContext") is False
        page.locator(".notices").get_by_text("not https").wait_for()
        fill(page, {"up": 3, "down": 3})
        page.locator("#camera-toggle").click()
        page.locator(".toast", has_text="only on https").wait_for()
        keeps(page, 6)
        page.reload()
        card(page, "up").wait_for()
        assert counts(page) == {"up": 3, "down": 3}
        train(page)
        second = page.context.new_page()
        second.goto(page.url)
        second.locator(".notices").get_by_text("open in another tab").wait_for()
        page.close()
        second.locator(".toast", has_text="this tab keeps the lesson").wait_for()
