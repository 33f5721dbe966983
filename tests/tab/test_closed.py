"""A tab that is closed in the middle of what it keeps, at each step of it: models, copies,
moves and removals in IndexedDB and OPFS, lessons and their training sets. What is there then is
what was there after some whole change, and the next one goes on. (localStorage has no
transactions: a model that lacks a part is told from whole ones.)
"""

from __future__ import annotations

from typing import Any

import pytest
from browser import profile
from hosts import ROOT
from shares import share

pytestmark = pytest.mark.browser

LOAD = (ROOT / "tests/support/closed.js").read_text(encoding="utf-8").strip().removesuffix(";")
COUNT = """(last) => {
  let count = 0;
  const step = (kind, names) => {
    for (const name of names) {
      const real = kind.prototype[name];
      kind.prototype[name] = function (...words) {
        const answer = real.apply(this, words);
        if (count++ === last) {
          console.log("the last step");
          for (const end = performance.now() + 3000; performance.now() < end; );
        }
        return answer;
      };
    }
  };
  step(IDBDatabase, ["transaction"]);
  step(IDBObjectStore, ["put", "delete"]);
  step(FileSystemDirectoryHandle, ["getDirectoryHandle", "getFileHandle", "removeEntry"]);
  step(FileSystemFileHandle, ["createWritable"]);
  step(FileSystemWritableFileStream, ["write", "close"]);
  globalThis.steps = () => count;
}"""
CLEAR = """async () => {
  for (const { name } of await indexedDB.databases())
    await new Promise((done) => (indexedDB.deleteDatabase(name).onsuccess = done));
  const root = await navigator.storage.getDirectory();
  for await (const name of root.keys()) await root.removeEntry(name, { recursive: true });
}"""
NAMES = [
    "a model", "a copied model", "a moved model", "a removed model", "files", "copied files",
    "moved files", "removed files", "a lesson", "a training set",
]  # fmt: skip
EVERY = 8
"""Of the steps CI stops at every eighth; `make test-all` at each."""


def test_whole_changes_are_there_after_a_tab_is_closed(
    browser: Any, page_url: str, built_page: Any
) -> None:
    (app,) = (path.name for path in built_page.glob("app-*"))

    with profile(browser, page_url) as context:

        def opened() -> Any:
            page = context.new_page()
            page.goto(page_url)
            page.evaluate(LOAD, f"{page_url}{app}/")
            return page

        def change(page: Any, name: str, at: int) -> Any:
            """A change, and what is there after it."""
            return page.evaluate(
                "async ([name, at]) => { await kinds[name][at](); return kinds[name][0](); }",
                [name, at],
            )

        tried = 0
        page = opened()
        for name in NAMES:
            changes = range(1, page.evaluate("(name) => kinds[name].length", name))
            page.evaluate(CLEAR)
            states = [change(page, name, at) for at in changes]
            page.evaluate(CLEAR)
            change(page, name, 1)
            page.close()
            page = opened()
            page.evaluate(COUNT, -1)
            for at in changes[1:]:
                page.evaluate("([name, at]) => kinds[name][at]()", [name, at])
            steps = page.evaluate("steps()")
            assert steps, name
            for last in share(range(steps), EVERY, tried % EVERY):
                page.close()
                page = opened()
                page.evaluate(CLEAR)
                change(page, name, 1)
                page.evaluate(COUNT, last)
                with page.expect_console_message(lambda m: m.text == "the last step"):
                    page.evaluate(
                        """([name, changes]) => {
                          setTimeout(async () => {
                            for (const at of changes) await kinds[name][at]();
                          });
                        }""",
                        [name, list(changes[1:])],
                    )
                page.close()
                page = opened()
                seen = page.evaluate("(name) => kinds[name][0]()", name)
                assert seen in states, (name, last, seen)
                assert change(page, name, 1) is not None
                tried += 1
        assert tried > 8
