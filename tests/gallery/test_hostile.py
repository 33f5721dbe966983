"""Pages that somebody wishes to harm: projects, names and links out of tests/support/
hostile.py, all in one tab. No script of theirs runs, no element of theirs is there,
nothing is asked of another origin (tests/support/browser.py: at_home), and no page's
prototypes change.
"""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote

import pytest
from app_pages import PAGES
from browser import gone_away, hold_python, ready, watch
from hostile import TEXTS, projects

from pywebml.site.build import web_folder

pytestmark = pytest.mark.browser

WATCH = """
globalThis.ran = () => { globalThis.didRun = true; };
for (const name of ["alert", "confirm", "prompt", "print", "open"]) globalThis[name] = ran;
globalThis.foreign = () => {
  // the page's own map of sums is in its head, which nothing of a visitor's is put into
  const kinds = "body script:not([src]), head script:not([src], [type=importmap]), iframe, " +
    "object, embed, base, frame, style, form[action], main link, main meta, [srcdoc]";
  const leads = (e) => [e.src, e.href?.baseVal ?? e.href].some((text) =>
    text && !/^(blob:|data:image)/.test(text) &&
    new URL(text, location.href).origin !== location.origin);
  const handlers = [...document.querySelectorAll("*")].filter((e) =>
    e.getAttributeNames().some((name) => name.startsWith("on")));
  return [
    ...document.querySelectorAll(kinds), ...handlers,
    ...[...document.querySelectorAll("[src], [href]")].filter(leads),
    ...(globalThis.didRun ? ["ran"] : []),
    ...({}.polluted === undefined ? [] : ["polluted"]),
  ].map((e) => e.outerHTML?.slice(0, 100) ?? e);
};
"""
IMPORT = """async (files) => {
  const input = document.querySelector("#import-file");
  const outcomes = [];
  for (const [kind, data] of files) {
    const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], `${kind}.zip`, { type: "application/zip" }));
    input.files = transfer.files;
    input.dispatchEvent(new Event("change"));
    const end = Date.now() + 20000;
    while (input.value !== "" && Date.now() < end) {
      document.querySelector("dialog[open] button[value=yes]")?.click();
      await new Promise((done) => setTimeout(done, 10));
    }
    const names = [...document.querySelectorAll("input.name")].map(({ value }) => value);
    const toast = [...document.querySelectorAll(".toast")].at(-1)?.textContent ?? "";
    outcomes.push([kind, input.value === "", names.length, toast, foreign()]);
  }
  return outcomes;
}"""


def test_hostile_projects_harm_nobody(tab: Any, page_url: str) -> None:
    """Imported one after the other; each is taken as data or refused in words."""
    tab.add_init_script(WATCH)
    tab.goto(f"{page_url}teach.html?device=cpu")
    ready(tab)
    files = [(kind, base64.b64encode(data).decode()) for kind, data in projects()]
    outcomes = tab.evaluate(IMPORT, files)
    assert len(outcomes) == len(files) >= 22 + len(TEXTS) // 20
    assert [o for o in outcomes if o[4] or not o[1] or o[2] < 2] == []
    assert tab.evaluate("document.title").endswith("pywebml")
    tab.reload()  # what was taken is kept, and comes back as harmless
    ready(tab)
    assert tab.evaluate("foreign()") == []


def links() -> list[str]:
    """For each page an address that sets each of its options, after ? and after #, to a
    text; all texts in turn.
    """
    apps = {app["name"]: app for app in json.loads((web_folder() / "apps.json").read_text())}
    addresses, n = [], 0
    for page, file in PAGES.items():
        names = [option["name"] for option in apps.get(page, {}).get("options", [])]
        names += ["device", "op", "only", "__proto__"]
        words = []
        for name in names:
            text = TEXTS[n % len(TEXTS)].encode(errors="replace").decode()
            words.append(f"{quote(name)}={quote(text[:300])}")
            n += 1
        asked = "&".join(words)
        addresses.append(f"{file}?{asked}#{asked}")
        addresses.append(f"{file}#{quote(TEXTS[n % len(TEXTS)][:300].encode(errors='replace'))}")
    return addresses


def test_hostile_links_harm_nobody(browser: Any, page_url: str) -> None:
    """Python does not come: what reads a link is the page."""
    context = browser.new_context(reduced_motion="reduce", service_workers="block")
    hold_python(context)
    context.add_init_script(WATCH)
    page = context.new_page()
    wrong = watch(page, page_url)
    addresses = links()
    assert sum(address.count("=") for address in addresses) > 200
    harmed = []
    for address in addresses:
        page.goto(page_url + address)
        page.wait_for_timeout(50)
        if foreign := page.evaluate("foreign()"):
            harmed.append((address, foreign))
    context.close()
    assert harmed == []
    assert wrong == []


def test_what_leaves_is_noticed(browser: Any) -> None:
    """What `at_home` would say of a page that asks others, policy or none."""
    page = browser.new_page()
    page.goto("data:text/html,<img src='http://127.0.0.1:9/picture'>")
    page.wait_for_timeout(200)
    page.context.close()
    assert gone_away() == ["http://127.0.0.1:9/picture"]
