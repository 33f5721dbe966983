"""The page's half of the confinement: whatever a worker asks for, however it is put, it
gets no further than to saved models, and to files that the build has.

The worker's script is one that asks for everything: every errand with arguments of every
kind, and messages of every form.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import pytest
from static_host import hosted

from pywebml.site.browser import until
from pywebml.site.build import web_folder

pytestmark = pytest.mark.browser

HOSTILE = """
const READY = { event: "ready", info: { app: "python", webgpu: true, reason: null, seconds: {},
  device: { name: "x", language: "wgsl", software: false }, extractor: null, versions: {} } };
const TEXTS = ["", "../index.html", "index.html", "pywebml-program", "__proto__", "a.html",
  "evil.zip", "https://127.0.0.1:9/", JSON.stringify(["pywebml-program"]),
  JSON.stringify({ "pywebml-program": "theirs" }), "tensorflowjs_models/a/info",
  JSON.stringify({ "tensorflowjs_models/a/info": "1", "pywebml-program": "theirs" }),
  "<img src=x onerror=alert(1)>"];
const VALUES = [undefined, null, 0, -1, NaN, true, 10n, [], [[]], {}, { name: "x" }, new Date(),
  new Map([["a", 1]]), new Error("x"), ...TEXTS];
const fresh = () => [new Uint8Array(9), new Blob(["<script>1</script>"], { type: "text/html" })];

function ask(errand) {
  const { port1, port2 } = new MessageChannel();
  const answer = new Promise((done) => {
    port1.onmessage = ({ data }) => "part" in data || done([errand[0], !("error" in data)]);
    setTimeout(done, 3000, [errand[0], false]);
  });
  postMessage({ errand, port: port2 }, [port2]);
  return answer;
}

async function attack(names) {
  const answers = [];
  for (const name of names) {
    for (const value of [...VALUES, ...fresh()]) {
      answers.push(ask([name, value]));
      for (const second of ["x", "{}", ...fresh()])
        answers.push(ask([name, value, second]));
      answers.push(ask([name, value, "{}", new Uint8Array(3), "[]", new Uint8Array(3), "{}"]));
    }
    await Promise.all(answers);
  }
  return Promise.all(answers);
}

function forge() {
  for (const value of [...VALUES, ...fresh()]) {
    const { port2 } = new MessageChannel();
    postMessage({ errand: value, port: port2 }, [port2]);
    postMessage({ errand: ["about"], port: value });
    for (const event of ["boot", "lost", "failed", "ready", "restored", "x"])
      postMessage({ event: value && event, text: value, message: value, info: READY.info });
    postMessage({ id: value, result: value });
    postMessage({ id: 10 ** 9, progress: value });
  }
}

onmessage = async ({ data: { id, method, args } }) => {
  if (method === "ready") postMessage({ id, result: READY.info });
  if (method !== "run") return forge();
  const value = await attack(args.source.split(" "));
  postMessage({ id, result: { value, repr: "", seconds: 0 } });
};
postMessage(READY);
"""

LEFT = """async () => {
  const hex = async (bytes) => Array.from(
    new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)),
    (byte) => byte.toString(16).padStart(2, "0")).join("");
  const cached = [];
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      const bytes = await (await cache.match(request)).arrayBuffer();
      cached.push([name, new URL(request.url).pathname, await hex(bytes)]);
    }
  }
  return {
    cached,
    databases: (await indexedDB.databases()).map(({ name }) => name),
    texts: Object.keys(localStorage),
    program: localStorage.getItem("pywebml-program"),
    address: location.href,
    elements: document.querySelectorAll("script, iframe, object, embed, link, main img").length,
  };
}"""


def test_a_hostile_worker_reaches_saved_models_only(browser: Any, built_page: Path) -> None:
    runtime = web_folder() / "runtime"
    names = set(re.findall(r"^\s+(\w+)(?::|,$|\()", (runtime / "errands.js").read_text(), re.M))
    assert {"about", "snapshot", "keepSnapshot", "keepTimings", "writeModel", "download"} <= names
    names |= {"file", "constructor", "__proto__", "toString", "eval", "postMessage", "open"}
    # a service worker would not let it be replaced
    context = browser.new_context(service_workers="block", reduced_motion="reduce")
    downloads: list[str] = []
    opened: list[str] = []
    with hosted(built_page) as host:
        context.route(
            "**/runtime/worker.js",
            lambda route: route.fulfill(body=HOSTILE, content_type="text/javascript"),
        )
        page = context.new_page()
        page.on("download", lambda download: downloads.append(download.suggested_filename))
        context.on("page", lambda page: opened.append(page.url))
        page.goto(f"{host.url}python.html?device=gpu")
        until(page, "document.documentElement.dataset.state === 'ready'")
        page.evaluate("localStorage.setItem('pywebml-program', 'mine')")
        before = page.evaluate(LEFT)
        answers = page.evaluate(
            """(source) => Promise.race([pywebml.call("run", { source }), new Promise((done) =>
              setTimeout(done, 60000, { value: [] }))])""",
            " ".join(names),
        )
        page.evaluate("() => void pywebml.call('forge').catch(() => {})")
        page.wait_for_timeout(1000)
        after = page.evaluate(LEFT)
        done = {name for name, well in answers["value"] if well}
        asked = [path for path in host.asked if "evil" in path or "127" in path]
    context.close()
    assert done >= {"about", "readModel", "writeModel"}, "the attack did not get through to it"
    assert not done & {"keepSnapshot", "keepTimings", "file", "constructor", "__proto__", "eval"}
    assert after["program"] == "mine"
    assert not [key for key in set(after["texts"]) - set(before["texts"]) if "tensor" not in key]
    assert set(after["databases"]) - {"tensorflowjs"} == set(before["databases"])
    sums = {
        hashlib.sha256(p.read_bytes()).hexdigest() for p in built_page.rglob("*") if p.is_file()
    }
    for cache, path, digest in after["cached"]:
        own = digest in sums or path.startswith("/kept/list-")
        assert cache == "pywebml:/", path
        assert own, path
    assert (after["address"], opened, asked) == (before["address"], [], [])
    assert after["elements"] == before["elements"]
    assert set(downloads) <= {"evil.zip"}
