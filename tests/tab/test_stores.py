"""The browser's stores in a real page: the cases of every store, a full quota, and
models that go to TensorFlow.js and come from it through the same entries.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import desk_tab, ready
from in_node import HERE as NODE
from store_cases import CASES

from pywebml.site.browser import until

pytestmark = pytest.mark.browser

RUN = """(source) => Promise.race([
  pywebml.call('run', { source }),
  new Promise((_, late) => setTimeout(() => late(new Error('no answer in 120 s')), 120000)),
])"""
SOURCE = (Path(__file__).parents[1] / "support" / "store_cases.py").read_text(encoding="utf-8")
CASE = """
from pywebml.host.stores import open_store
names = {}
exec(SOURCE, names)
opened = []

def open(name):
    opened.append(open_store(f"SCHEME://{name}"))
    return opened[-1]

for case in names["CASES"]:
    if case.__name__ == "NAME":
        await case(open)
for files in opened:
    try:
        await files.remove()
    except FileNotFoundError:
        pass
len(opened)
"""
BEFORE = """
from pywebml.host.stores import open_store
files = open_store("SCHEME://full")
await files.write({"small": b"before"})
"""
FULL = """
said = ""
try:
    await files.write({"small": b"after", "big": bytes(range(256)) * (SIZE // 256)})
except OSError as error:
    said = str(error)
[said, await files.list(), (await files.read("small")).decode()]
"""
SAVE = """
import pywebml as pw
from pywebml import layers
from pywebml.formats.loading import write_model
pw.set_seed(3)
model = pw.Sequential([layers.Dense(3, activation="tanh", input_shape=(2,), name="a")])
await write_model(model, "SCHEME://ours")
(await model(pw.tensor([[1.0, 2.0]])).data()).tolist()
"""
LOAD = """
import pywebml as pw
from pywebml.formats.loading import read_model
model = await read_model("SCHEME://theirs")
(await model(pw.tensor([[1.0, 2.0]])).data()).tolist()
"""
THEIRS = """async (scheme) => {
  await tf.setBackend('cpu');
  const x = tf.tensor([[1, 2]]);
  const ours = await tf.loadLayersModel(`${scheme}://ours`);
  const model = tf.sequential({ layers: [
    tf.layers.dense({ units: 4, activation: 'sigmoid', inputShape: [2], name: 'b' }) ] });
  await model.save(`${scheme}://theirs`);
  const listed = Object.keys(await tf.io.listModels()).sort();
  return [await ours.predict(x).array(), await model.predict(x).array(), listed];
}"""


@pytest.fixture(scope="module")
def page(known_profile: Any, page_url: str) -> Iterator[Any]:
    """One for the tests that leave nothing behind, or what the others do not look at."""
    with desk_tab(known_profile, page_url) as page:
        page.goto(f"{page_url}check.html?device=cpu")
        ready(page)
        yield page


@pytest.fixture
def own_page(tab: Any, page_url: str) -> Any:
    """One where nothing else is stored."""
    tab.goto(f"{page_url}check.html?device=cpu")
    ready(tab)
    return tab


def value(page: Any, source: str, **replaced: Any) -> Any:
    for name, text in replaced.items():
        source = source.replace(name, str(text))
    return page.evaluate(RUN, source)["value"]


@pytest.mark.parametrize("scheme", ["indexeddb", "localstorage", "opfs"])
def test_stores(page: Any, scheme: str) -> None:
    for case in CASES:
        said = value(page, CASE, SCHEME=scheme, NAME=case.__name__, SOURCE=json.dumps(SOURCE))
        assert said > 0, case.__name__


@pytest.mark.parametrize("scheme", ["indexeddb", "localstorage", "opfs"])
def test_with_a_full_quota_all_is_as_it_was(own_page: Any, page_url: str, scheme: str) -> None:
    page = own_page
    if scheme != "localstorage":  # room for the page's own caches, which may still grow
        used = page.evaluate("() => navigator.storage.estimate().then(({ usage }) => usage)")
        devtools = page.context.new_cdp_session(page)
        quota = {"origin": page_url, "quotaSize": used + (64 << 20)}
        devtools.send("Storage.overrideQuotaForOrigin", quota)
    value(page, BEFORE, SCHEME=scheme)
    size = (8 if scheme == "localstorage" else 96) << 20
    said, names, text = value(page, FULL, SCHEME=scheme, SIZE=size)
    assert "Quota" in said
    assert f"{scheme}://full could not be written" in said
    assert (names, text) == (["small"], "before")


def test_models_go_to_tensorflow_js_and_come_from_it(own_page: Any) -> None:
    page = own_page
    library = NODE / "node_modules" / "@tensorflow" / "tfjs" / "dist" / "tf.min.js"
    if not library.is_file():
        pytest.skip("TensorFlow.js is not installed: npm ci in tests/node")
    page.evaluate(f"() => {{ {library.read_text(encoding='utf-8')} }}")
    for scheme in ("indexeddb", "localstorage"):
        ours = value(page, SAVE, SCHEME=scheme)
        seen, theirs, listed = page.evaluate(THEIRS, scheme)
        assert seen[0] == pytest.approx(ours[0], abs=1e-6)
        assert {f"{scheme}://ours", f"{scheme}://theirs"} <= set(listed)
        loaded = value(page, LOAD, SCHEME=scheme)
        assert loaded[0] == pytest.approx(theirs[0], abs=1e-6)
    models = value(page, LISTED)
    assert set(models) == {
        "indexeddb://ours", "indexeddb://moved", "localstorage://ours", "localstorage://theirs",
        "opfs://copied",
    }  # fmt: skip
    assert all(about == [True, True] for about in models.values())
    theirs_now = page.evaluate("() => tf.io.listModels().then((all) => Object.keys(all).sort())")
    assert theirs_now == sorted(where for where in models if not where.startswith("opfs"))


LISTED = """
from pywebml.formats.saved_models import copy_model_async, list_models_async, move_model_async
await copy_model_async("localstorage://theirs", "opfs://copied")
await move_model_async("indexeddb://theirs", "indexeddb://moved")
{where: [about.nbytes > 20, about.saved is not None]
 for where, about in (await list_models_async()).items()}
"""
BEGUN = """
from pywebml.host.stores import open_store, staged
await open_store("opfs://set").write({"a": b"before"})
stage = await staged(open_store("opfs://set"))
await stage.add("a", b"half")
"""
WRITING = """navigator.locks.query().then(({ held }) =>
  held.some(({ name }) => name.startsWith("pywebml-opfs-writing/")))"""
OTHER_TAB = """
from pywebml.host.stores import open_store
files = open_store("opfs://set")
try:
    await files.write({"b": b"2"})
    said = ""
except OSError as error:
    said = str(error)
[said, [[name, (await files.read(name)).decode()] for name in await files.list()]]
"""


def test_of_two_tabs_one_writes_and_a_closed_one_leaves_nothing(
    own_page: Any, page_url: str
) -> None:
    page = own_page
    value(page, BEGUN)
    other = page.context.new_page()
    other.goto(f"{page_url}check.html?device=cpu")
    ready(other)
    said, files = value(other, OTHER_TAB)
    assert "another tab is writing there; wait until it has finished" in said
    assert files == [["a", "before"]]
    page.close()
    until(other, f"{WRITING}.then((writing) => !writing)")  # the browser lets go of it
    said, files = value(other, OTHER_TAB)
    assert said == ""
    assert files == [["a", "before"], ["b", "2"]]


EVICTED = """async () => {
  localStorage.clear();
  await new Promise((done, failed) => {
    const request = indexedDB.deleteDatabase('tensorflowjs');
    request.onsuccess = done;
    request.onerror = request.onblocked = failed;
  });
  const root = await navigator.storage.getDirectory();
  for await (const name of root.keys()) await root.removeEntry(name, { recursive: true });
}"""
GONE = """
from pywebml.host.stores import listing_stores
files = open_store("SCHEME://mine")
said = []
for ask in (files.read("a"), files.list(), files.remove()):
    try:
        await ask
        said.append("")
    except (OSError, ValueError) as error:
        said.append(str(error))
entries = [entry.name for store in listing_stores() for entry in await store.entries()]
await files.write({"a": b"again"})
[said, entries, (await files.read("a")).decode()]
"""


def test_what_the_browser_has_thrown_away_is_said_and_written_again(own_page: Any) -> None:
    """Short of room, browsers remove all that a page has stored; here while it is open."""
    schemes = ("indexeddb", "localstorage", "opfs")
    write = (
        'from pywebml.host.stores import open_store\nawait open_store("SCHEME://mine").write('
        '{"a": b"1", "b": b"2"})'
    )
    for scheme in schemes:
        value(own_page, write, SCHEME=scheme)
    own_page.evaluate(EVICTED)
    for number, scheme in enumerate(schemes):
        said, entries, again = value(own_page, GONE, SCHEME=scheme)
        assert all(said) and all("mine" in each for each in said), said
        assert entries == ["mine"] * number
        assert again == "again"


BOTH = """
from pywebml.host.stores import open_store
for n in range(40):
    await open_store("SCHEME://one").write({"model.json": b"TAB %d" % n, "w": b"TAB %d" % n})
"""


def test_of_two_tabs_that_save_one_model_the_last_one_s_is_whole(
    own_page: Any, page_url: str
) -> None:
    page, other = own_page, own_page.context.new_page()
    other.goto(f"{page_url}check.html?device=cpu")
    ready(other)
    for scheme in ("indexeddb", "localstorage"):
        start = "(source) => { window.done = pywebml.call('run', { source }); }"
        for tab, name in ((page, "a"), (other, "b")):
            tab.evaluate(start, BOTH.replace("SCHEME", scheme).replace("TAB", name))
        for tab in (page, other):
            tab.evaluate("() => window.done")
        read = (
            'from pywebml.host.stores import open_store\nfiles = open_store("SCHEME://one")\n'
            "[(await files.read(name)).decode() for name in ('model.json', 'w')]"
        )
        model, weights = value(page, read, SCHEME=scheme)
        assert model == weights and model in ("a 39", "b 39")


BLOCKED = """() => new Promise((done) => {
  const opening = indexedDB.open("tensorflowjs", 1);
  opening.onsuccess = () => {
    window.older = opening.result; // which does not make room for a newer version
    const upgrade = indexedDB.open("tensorflowjs", 2);
    upgrade.onblocked = done;
    upgrade.onupgradeneeded = () => upgrade.transaction.abort();
  };
})"""
ASKED = """
try:
    files = open_store("indexeddb://mine")
    said = (await files.read("a")).decode()
except OSError as error:
    said = str(error)
said
"""


def test_an_upgrade_that_waits_for_another_program_is_said(own_page: Any) -> None:
    store = "from pywebml.host.stores import open_store\n"
    value(own_page, store + 'await open_store("indexeddb://mine").write({"a": b"1"})')
    own_page.evaluate(BLOCKED)
    assert "close other tabs of this address" in value(own_page, store + ASKED)
    own_page.evaluate("() => older.close()")
    assert value(own_page, store + ASKED) == "1"


def test_downloads_come_as_one_zip(page: Any, tmp_path: Path) -> None:
    with page.expect_download() as download:
        value(
            page,
            "from pywebml.host.stores import open_store\n"
            "await open_store('downloads://hands').write({'a/b.txt': b'1', 'c': b'2'})",
        )
    assert download.value.suggested_filename == "hands.zip"
    download.value.save_as(tmp_path / "hands.zip")
    with zipfile.ZipFile(tmp_path / "hands.zip") as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            "a/b.txt": b"1", "c": b"2",
        }  # fmt: skip
