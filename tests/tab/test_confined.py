"""What a visitor's Python cannot reach, on a host that sends no policy, either: the
network, other tabs, and all that outlives its own tab. Every attempt here is one that
would work in a worker as browsers make them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import ready, value
from static_host import Host, hosted

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def host(built_page: Path) -> Iterator[Host]:
    with hosted(built_page) as host:
        yield host


@pytest.fixture(scope="module")
def page(browser: Any, host: Host) -> Iterator[Any]:
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{host.url}python.html?device=gpu")
    ready(page)
    yield page
    context.close()


NAMES_TEXT = """
caches indexedDB XMLHttpRequest WebSocket WebSocketStream WebTransport EventSource Worker
SharedWorker BroadcastChannel Request Cache CacheStorage IDBFactory IDBDatabase IDBOpenDBRequest
StorageManager FileSystemDirectoryHandle FileSystemFileHandle FileSystemSyncAccessHandle
FileReader FileReaderSync File FontFace fonts cookieStore Notification postMessage onmessage
webkitRequestFileSystem webkitRequestFileSystemSync webkitResolveLocalFileSystemURL
RTCPeerConnection RTCDataChannel ServiceWorkerRegistration PushManager Lock LockManager
StorageBucket StorageBucketManager NetworkInformation BackgroundFetchManager fetchLater
window document parent top opener frames frameElement localStorage sessionStorage history
trustedTypes TrustedTypePolicyFactory TrustedTypePolicy TrustedScriptURL
"""
NAVIGATOR_TEXT = """
storage storageBuckets locks serviceWorker connection sendBeacon usb hid serial bluetooth
permissions mediaCapabilities wakeLock clipboard credentials
"""


NAMES, NAVIGATOR = NAMES_TEXT.split(), NAVIGATOR_TEXT.split()


OFFERED = """
import js

def names_of(*owners):
    return {str(n) for owner in owners for n in js.Object.getOwnPropertyNames(owner)}

scope = names_of(
    js.globalThis, js.DedicatedWorkerGlobalScope.prototype, js.WorkerGlobalScope.prototype
)
navigator = names_of(js.WorkerNavigator.prototype)
"""


def test_the_scope_offers_none_of_it(page: Any) -> None:
    """On the object itself and on all it inherits from, as Python and JavaScript look."""
    left = value(
        page,
        f"""{OFFERED}
left = [n for n in {NAMES!r} if hasattr(js, n) or n in scope]
left += [n for n in {NAVIGATOR!r} if n in navigator]
left += [n for n in ("createObjectURL", "revokeObjectURL") if hasattr(js.URL, n)]
left
""",
    )
    assert left == []


def test_nothing_new_is_offered_either(page: Any) -> None:
    """Whatever a browser's worker has that is not on confine.js's list is gone."""
    names = set(value(page, f"{OFFERED}\nsorted(scope | navigator)"))
    confine = (Path(__file__).parents[2] / "web" / "runtime" / "confine.js").read_text()
    allowed = set(confine.replace("`", " ").replace(";", " ").split())
    constants = {"TEMPORARY", "PERSISTENT"}
    replaced = {"fetch", "eval", "Function", "importScripts", "setTimeout", "setInterval"}
    graphics = {name for name in names if name.startswith("GPU")}
    pyodides = {
        name for name in names if name.startswith(("pyodide", "_pyodide", "_createPyodide", "__"))
    }
    assert {"navigator", "Object"} <= names
    assert names - allowed - constants - replaced - graphics - pyodides == set()


JAVASCRIPT = [
    'js.eval("1")',
    'js.Function.new("return caches")()',
    'js.Function("return 1")',
    'js.globalThis.eval("1")',
    'js.Reflect.construct(js.Function, to_js(["return 1"]))',
    'js.Reflect.apply(js.eval, None, to_js(["1"]))',
    'js.isNaN.constructor("return 1")',
    'js.Object.getPrototypeOf(js.isNaN).constructor("return 1")',
    'js.Promise.resolve.constructor("return 1")',
    'js.createImageBitmap.constructor("return 1")',
    'js.Object.getPrototypeOf(js.Object.getPrototypeOf(js.isNaN).constructor).constructor("1")',
    'js.setTimeout("self.stolen = 1", 0)',
    'js.setInterval("self.stolen = 1", 0)',
    'js.importScripts("data:text/javascript,self.stolen=1")',
    'js.importScripts("/sw.js")',
    'run_js("1")',
    "run_js(\"import('/sw.js')\")",
    "pyodide_js._module._emscripten_run_script_int(0)",
    'js.Worker.new("data:text/javascript,1")',
]


@pytest.mark.parametrize("source", JAVASCRIPT)
def test_no_text_becomes_javascript(page: Any, source: str) -> None:
    """From there `import()` would lead to the network, and a fresh realm to the rest."""
    said = value(
        page,
        f"""
import asyncio, js, pyodide_js
from pyodide.code import run_js
from pyodide.ffi import to_js
try:
    {source}
    await asyncio.sleep(0.05)
    said = "it ran"
except Exception as error:
    said = type(error).__name__ + str(error)[:80]
[said, hasattr(js, "stolen")]
""",
    )
    assert said[0] != "it ran", said
    assert said[1] is False


REACHABLE = """
import js, pyodide_js, pywebml_page
from pyodide.ffi import JsException

TAKEN = {f"[object {name}]" for name in NAMES}
LEADS_OUT = {"Function", "eval", "GeneratorFunction", "AsyncFunction", "AsyncGeneratorFunction",
             "fetch", "importScripts", *NAMES}
written = js.Object.getPrototypeOf(js.isNaN).toString
seen, hits, passed_over = js.Set.new(), [], []
rest = [("js", js.globalThis), ("pyodide_js", pyodide_js), ("pywebml_page", pywebml_page)]

def look(path, thing):
    if seen.has(thing):
        return
    seen.add(thing)
    name = str(getattr(thing, "name", "")) if thing.typeof == "function" else ""
    native = name in LEADS_OUT and "[native code]" in str(written.call(thing))
    if native or str(js.Object.prototype.toString.call(thing)) in TAKEN:
        hits.append(path)
    follow(path + ".__proto__", js.Reflect.getPrototypeOf, thing)
    keys = [] if js.ArrayBuffer.isView(thing) else list(js.Reflect.ownKeys(thing))
    for key in keys[:1000]:
        about = js.Reflect.getOwnPropertyDescriptor(thing, key)
        for part in ("value", "get", "set"):
            follow(f"{path}.{str(key)}", getattr, about, part, None)

def follow(path, how, *args):
    try:
        thing = how(*args)
        if getattr(thing, "typeof", "") in ("object", "function"):
            rest.append((path, thing))
    except JsException:  # what Pyodide cannot look at, such as ArrayBuffer's prototype
        passed_over.append(path)

while rest:
    path, thing = rest.pop()
    try:
        look(path, thing)
    except JsException:
        passed_over.append(path)
[seen.size, hits, passed_over]
"""


def test_nothing_that_can_be_reached_leads_out(page: Any) -> None:
    """By properties, getters and prototypes from all that a program is given: no object of
    a kind that was taken, and no native function that would fetch or evaluate.
    """
    counted, hits, passed_over = value(page, f"NAMES = {NAMES!r}\n{REACHABLE}")
    assert counted > 3000
    assert [path for path in hits if not path.endswith("MessagePort.prototype.postMessage")] == []
    assert len(passed_over) < 50, passed_over


NETWORK = [
    'await js.fetch("/index.html")',
    'await js.fetch("http://127.0.0.1:9/")',
    'await js.fetch("/pyodide-lock.json")',
    'import pyodide.http; await pyodide.http.pyfetch("/index.html")',
    'import pyodide.http; pyodide.http.open_url("/index.html")',
    'import urllib.request; urllib.request.urlopen("http://127.0.0.1:9/", timeout=2).read()',
    'import socket; s = socket.create_connection(("127.0.0.1", 9), 1); s.send(b"x")',
    'await pyodide_js.loadPackage(URL + "evil-1.0-py3-none-any.whl")',
    'js.WebAssembly.compileStreaming(js.fetch("/index.html")).wait',
    'await pyodide.http.pyfetch("data:text/plain,index")',
    'await pyodide_js.loadPackage("micropip"); import micropip',
    'await pyodide_js._api.loadBinaryFile(URL + "evil.bin")',
    'await pyodide_js._module.readAsync(URL + "evil.bin")',
    'await pyodide_js._module.loadDynamicLibrary(URL + "evil.so")',
    'await pyodide_js._api.loadDynlib(URL + "evil.so", True); 1 / 0',
    "pyodide_js._module.FS.filesystems.IDBFS.indexedDB().open('evil')",
    'pyodide_js.FS.createPreloadedFile("/", "evil", URL + "evil.bin", True, True)\n'
    '    await asyncio.sleep(0.2); open("/evil").read()',
    """x = js.OffscreenCanvas.new(9, 9).getContext("2d"); x.filter = f"url({URL}evil.svg#a)"
    x.font = f"9px url({URL}evil)"; x.fillRect(0, 0, 5, 5); await asyncio.sleep(0.2); 1 / 0""",
    """js.process = to_js({"versions": {"node": "22"}}, dict_converter=js.Object.fromEntries)
    await js._createPyodideModule(js.Object.new())""",
    "import micropip",
    'from pywebml.host.stores import open_store; await open_store(URL + "x/model.json").read("a")',
]


@pytest.mark.parametrize("source", NETWORK)
def test_no_way_to_the_network(page: Any, host: Host, source: str) -> None:
    before = len(host.asked)
    said = value(
        page,
        f"""
import asyncio, js, pyodide.http, pyodide_js
from pyodide.ffi import to_js
URL = {host.url!r}
try:
    {source}
    said = "it came"
except Exception as error:
    said = ""
finally:
    js.Reflect.deleteProperty(js.globalThis, "process")
said
""",
    )
    assert said == "" or "compileStreaming" in source or "loadPackage" in source
    assert [path for path in host.asked[before:] if "evil" in path or "index" in path] == []


def test_what_was_taken_cannot_be_caught_in_passing(page: Any) -> None:
    """Methods that the runtime calls later on are replaced by ones that look at whose they
    are: no cache, no database, no port to the page turns up, since there is none.
    """
    kinds = value(
        page,
        """
import js
kinds = set()
pages = __import__("pywebml_page")

def look(this):
    name = str(js.Object.prototype.toString.call(this)) if this is not None else ""
    kinds.add(name)

natives = [
    (owner, name, getattr(owner, name))
    for owner, name in (
        (js.MessagePort.prototype, "postMessage"),
        (js.EventTarget.prototype, "addEventListener"),
    )
]
# what stands in their place would see `this`; Python's proxies get it as an argument
from pyodide.ffi import create_proxy
def watching(native):
    def watched(this, *args):
        look(this)
        return native.call(this, *args)
    return create_proxy(watched).captureThis()

for owner, name, native in natives:
    setattr(owner, name, watching(native))
try:
    await pages.stores.database.read("nothing")
    pages.measured.keep("x", "y")
finally:
    for owner, name, native in natives:
        setattr(owner, name, native)
sorted(kinds)
""",
    )
    assert not [kind for kind in kinds if "IDB" in kind or "Cache" in kind or "Worker" in kind]


def test_errands_reach_no_further_than_saved_models(page: Any) -> None:
    """What Python may ask of the page: not its programs, not Teach's pictures, no snapshot
    for the next visit to start from, no timings, no file that is not the page's.
    """
    page.evaluate("localStorage.setItem('pywebml-program', 'mine')")
    refusals = value(
        page,
        """
import json, pywebml_page
from pyodide.ffi import to_js
said = []
for attempt in (
    lambda: pywebml_page.stores.texts.read(json.dumps(["pywebml-program"])),
    lambda: pywebml_page.stores.texts.write(json.dumps({"pywebml-program": "theirs"})),
    lambda: pywebml_page.stores.texts.write(json.dumps({"tensorflowjs_models/a/info": "1",
                                                        "other": "2"})),
):
    try:
        said.append(str(await attempt()))
    except Exception as error:
        said.append("refused: " + str(error))
said
""",
    )
    assert [text for text in refusals if not text.startswith("refused")] == []
    assert page.evaluate("localStorage.getItem('pywebml-program')") == "mine"
    assert page.evaluate("localStorage.getItem('tensorflowjs_models/a/info')") is None
    value(page, "import pywebml_page\npywebml_page.measured.keep('planted', '{}')")
    page.wait_for_timeout(300)
    assert (
        page.evaluate(
            """async () => {
          const cache = await caches.open("measured-by-pywebml");
          return (await cache.keys()).length;
        }"""
        )
        == 0
    )


def test_the_page_itself_refuses_what_a_worker_forges(page: Any) -> None:
    """The page's half, as if somebody in the worker had its port: after the start no
    snapshot is kept, and no file is handed on that the build does not have.
    """
    errands = page.evaluate(
        """async (script) => {
          const { Errands } = await import(script);
          const files = { read: (name) => { throw new Error(`no file ${name}`); } };
          const about = Promise.resolve({ files, assets: {}, needs: [] });
          const errands = new Errands({ root: new URL("app-x/", location.href), about,
            starting: () => false, tuning: () => false });
          const answers = [];
          for (const errand of [["keepSnapshot", new Uint8Array(9)], ["keepTimings", "a", "b"],
              ["file", "../index.html"], ["constructor"], ["__proto__"], ["toString"],
              ["readModel", { toString: 1 }]]) {
            const { port1, port2 } = new MessageChannel();
            const answer = new Promise((done) => (port1.onmessage = (e) => done(e.data)));
            errands.run({ errand, port: port2 });
            answers.push("error" in await answer);
          }
          return answers;
        }""",
        page.evaluate("document.querySelector('script[type=module]').src").split("/pages/")[0]
        + "/runtime/errands.js",
    )
    assert all(errands), errands


OWN_REALM = """
import js
greedy = [lambda: bytearray(1 << 40), lambda: js.Uint8Array.new(2**50)]
for job in greedy:
    try:
        job()
    except (MemoryError, Exception):
        pass
js.Object.prototype.polluted = js.Array.prototype.polluted = "theirs"
js.structuredClone = js.Map.prototype.get = None
"""


def test_what_a_program_does_to_its_realm_stays_there(browser: Any, host: Host) -> None:
    """Prototypes and functions that it changes are its worker's; memory that it asks for in
    vain costs the page nothing; and where it breaks its own worker the page lives.
    """
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{host.url}python.html?device=gpu")
    ready(page)
    run = "(source) => pywebml.call('run', { source }).catch(({ name }) => name)"
    page.evaluate(run, OWN_REALM)
    assert page.evaluate("[{}.polluted, [].polluted, typeof structuredClone]") == [
        None, None, "function",
    ]  # fmt: skip
    assert page.evaluate("new Map([[1, 2]]).get(1)") == 2
    context.close()


def test_models_can_still_be_saved(page: Any) -> None:
    """In the databases of models, and in no other."""
    source = """
from pywebml.host.stores import open_store
back = []
for scheme in ("indexeddb", "localstorage"):
    store = open_store(f"{scheme}://mine")
    await store.write({"a.txt": b"kept"})
    back.append((await store.read("a.txt")).decode())
back
"""
    assert value(page, source) == ["kept", "kept"]
    names = page.evaluate("indexedDB.databases().then((all) => all.map(({ name }) => name))")
    assert set(names) <= {"tensorflowjs"}, json.dumps(names)
