"""What this browser keeps: listed at the foot of the gallery, deleted one by one, and
cleared; what others keep on the same address stays. Of two tabs none writes over what the
other has kept without a word.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import ready, value, watch
from static_host import hosted

from pywebml.apps.bench.browser.boot import SNAPSHOT_IS_KEPT
from pywebml.site.browser import until

pytestmark = pytest.mark.browser

KEEP = """async (root) => {
  const app = document.querySelector("script[type=module]").src.split("/pages/")[0];
  const { opfs } = await import(`${app}/runtime/opfs.js`);
  const { database } = await import(`${app}/runtime/databases.js`);
  const bytes = (count) => new Uint8Array(count);
  for (const [entry, file] of [["set", "dataset.json"], ["large", "model.json"]]) {
    await opfs.begin(entry);
    await opfs.add(entry, file, bytes(2_500_000));
    await opfs.finish(entry);
  }
  await database.write("net", "", bytes(0), '[["model.json", "data", 0, 9]]', bytes(9000), "");
  for (const name of ["pywebml-teach", "pywebml-text", "of-somebody-else"]) {
    const database = await new Promise((resolve) => {
      const request = indexedDB.open(name, 1);
      request.onupgradeneeded = () => request.result.createObjectStore("samples");
      request.onsuccess = () => resolve(request.result);
    });
    const transaction = database.transaction("samples", "readwrite");
    transaction.objectStore("samples").put({ picture: new ArrayBuffer(1_200_000) }, "a");
    await new Promise((done) => (transaction.oncomplete = done));
    database.close();
  }
  localStorage.setItem("pywebml-programs/2026", "print(1)");
  localStorage.setItem("pellet-maze-best", "100");
  const info = JSON.stringify({ dateSaved: new Date() });
  localStorage.setItem("tensorflowjs_models/theirs/info", info);
  localStorage.setItem("of-somebody-else", "stays");
  for (const name of [`pywebml:${new URL(root).pathname}`, "of-somebody-else"])
    await (await caches.open(name)).put("/x", new Response("1".repeat(5e4)));
  const { registerServiceWorker } = await import(`${app}/runtime/trusted.js`);
  await registerServiceWorker();
  await navigator.serviceWorker.ready;
}"""
LEFT = """async () => {
  const root = await navigator.storage.getDirectory();
  const folders = [];
  for await (const name of root.keys()) folders.push(name);
  return {
    databases: (await indexedDB.databases()).map(({ name }) => name),
    texts: Object.keys(localStorage),
    caches: await caches.keys(),
    folders,
    workers: (await navigator.serviceWorker.getRegistrations()).length,
  };
}"""
ROWS = "() => [...document.querySelectorAll('.things li')].map((row) => row.innerText)"
OPEN = """(name) => new Promise((resolve) => {
  const request = indexedDB.open(name);
  request.onsuccess = () => resolve(void (globalThis.open = request.result));
})"""
READ = """async () => {
  const app = document.querySelector("script[type=module]").src.split("/pages/")[0];
  const { Kept } = await import(`${app}/shared/kept.js`);
  globalThis.store ??= new Kept("two-tabs");
  return store.read();
}"""
WRITE = "(change) => store.write(...change).then(() => '', (error) => error.constructor.name)"


@pytest.fixture
def site(built_page: Path, tmp_path: Path) -> Iterator[str]:
    """The address of the gallery, with a service worker that fetches nothing."""
    others = shutil.ignore_patterns("pyodide-*", "xnnpack-*", "digits-*", "samples", "*.br", "*.gz")
    shutil.copytree(built_page, tmp_path / "site", ignore=others)
    (tmp_path / "site" / "sw.js").write_text("// keeps nothing")
    with hosted(tmp_path / "site") as host:
        yield host.url


def answer(page: Any, yes: str) -> None:
    page.locator("dialog[open] button.danger", has_text=yes).click()


def test_all_is_listed_deleted_and_cleared(browser: Any, site: str) -> None:
    from playwright.sync_api import expect

    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    wrong = watch(page, site)
    page.goto(site)
    page.locator("footer a", has_text="What this browser keeps").click()
    until(page, "document.documentElement.dataset.state === 'ready'")
    expect(page.locator("#kept")).to_have_attribute("open", "")
    page.evaluate(KEEP, site)
    page.reload()
    until(page, "document.querySelectorAll('.things li').length >= 9")
    rows = "\n".join(page.evaluate(ROWS))
    for words in (
        "Data set opfs://set\n2.5 MB · ", "Model opfs://large\n2.5 MB · ",
        "Model indexeddb://net\n9 kB · ", "Model localstorage://theirs\n0", "1.2 MB",
        "Your lesson on the Teach page", "The network of the Text page",
        "Your programs on the Python page", "Settings and scores", "The pages themselves",
    ):  # fmt: skip
        assert words in rows, rows
    assert "somebody" not in rows
    page.get_by_role("button", name="Delete: Model opfs://large").click()
    answer(page, "Delete")
    until(
        page, "![...document.querySelectorAll('.thing')].some((e) => e.innerText.includes('large'))"
    )
    assert page.evaluate("document.activeElement !== document.body")
    other = context.new_page()
    other.goto(site)
    other.evaluate(OPEN, "pywebml-text")
    page.get_by_role("button", name="Delete: The network of the Text page").click()
    answer(page, "Delete")
    expect(page.locator(".toast").last).to_contain_text("Close the other tabs")
    other.close()
    page.get_by_role("button", name="Clear everything").click()
    answer(page, "Clear everything")
    until(
        page, "document.querySelector('#kept [role=status]').innerText === 'Nothing is kept here.'"
    )
    others = ["of-somebody-else"]
    assert page.evaluate(LEFT) == {
        "databases": others, "texts": others, "caches": others, "folders": [], "workers": 0,
    }  # fmt: skip
    context.close()
    assert not wrong, wrong


def test_all_that_a_visit_leaves_is_cleared(new_tab: Any, page_url: str) -> None:
    """Of a page that has Python, a snapshot of it, a service worker and a network that is
    kept: shown with its size, and nothing of it is there afterwards.
    """
    new_tab.goto(f"{page_url}check.html?device=cpu")
    ready(new_tab)
    new_tab.evaluate("navigator.serviceWorker.ready.then(() => null)")
    new_tab.evaluate(SNAPSHOT_IS_KEPT)
    source = """
from pywebml.host.stores import open_store
for scheme in ("indexeddb", "localstorage", "opfs"):
    await open_store(f"{scheme}://mine").write({"model.json": b"{}"})
"""
    value(new_tab, source)
    new_tab.goto(f"{page_url}#kept")
    until(new_tab, "document.querySelectorAll('.things li').length >= 4")
    left = new_tab.evaluate(LEFT)
    assert all(left.values()), left
    shown = new_tab.locator("#kept [role=status]").inner_text()
    assert float(shown.split()[0]) > 5 and "MB in all" in shown
    new_tab.get_by_role("button", name="Clear everything").click()
    answer(new_tab, "Clear everything")
    until(new_tab, "document.querySelector('#kept [role=status]').innerText.includes('Nothing')")
    assert new_tab.evaluate(LEFT) == {
        "databases": [], "texts": [], "caches": [], "folders": [], "workers": 0,
    }  # fmt: skip
    new_tab.wait_for_timeout(500)  # nor does anything come back by itself
    assert new_tab.evaluate(LEFT)["caches"] == []
    assert new_tab.context.cookies() == []
    assert new_tab.evaluate("sessionStorage.length") == 0


def test_of_two_tabs_none_writes_over_the_other_without_a_word(browser: Any, page_url: str) -> None:
    context = browser.new_context(reduced_motion="reduce")
    one, other = context.new_page(), context.new_page()
    for page in (one, other):
        page.goto(page_url)
        page.evaluate(READ)
    assert one.evaluate(WRITE, [{"net": 1}, False]) == ""
    assert one.evaluate(WRITE, [{"net": 2}, False]) == ""
    assert other.evaluate(WRITE, [{"net": 3}, False]) == "Changed"
    assert one.evaluate(READ) == {"net": 2}
    assert other.evaluate(WRITE, [{"net": 3}, True]) == ""
    assert one.evaluate(WRITE, [{"net": 4}, False]) == "Changed"
    assert one.evaluate(READ) == {"net": 3}
    assert one.evaluate(WRITE, [{"net": 5}, False]) == ""
    context.close()
