"""host/stores/http in a real Pyodide, in Node: a server that fails in passing, breaks
off, says too much, and never ends.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pywebml.site import sources

ROOT = Path(__file__).parents[2]
SERVER = """
import { createServer } from "node:http";
const { loadPyodide } = await import(process.argv[1] + "/pyodide.mjs");
const asked = [];
const server = createServer((request, answer) => {
  asked.push(request.url);
  const times = asked.filter((url) => url === request.url).length;
  if (request.url === "/flaky" && times < 3) {
    answer.writeHead(503, { "Retry-After": "0" }).end();
  } else if (request.url === "/flaky") {
    answer.writeHead(200, { "Content-Length": 300000 }).end(Buffer.alloc(300000, 7));
  } else if (request.url === "/cut") {
    answer.writeHead(200, { "Content-Length": 5000 }).write("abc");
    setTimeout(() => answer.destroy(), 20);
  } else if (request.url === "/huge") {
    answer.writeHead(200, { "Content-Length": 5000000000 }).write("abc");
  } else if (request.url === "/endless") {
    answer.writeHead(200).write("abc");
    request.on("close", () => asked.push("closed"));
  } else {
    answer.writeHead(404).end();
  }
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const python = await loadPyodide({ indexURL: process.argv[1] });
python.FS.mkdirTree("/repository");
python.FS.mount(python.FS.filesystems.NODEFS, { root: process.argv[2] }, "/repository");
python.globals.set("URL", `http://127.0.0.1:${server.address().port}/`);
const said = await python.runPythonAsync(process.argv[3]);
console.log(JSON.stringify({ ...JSON.parse(said), asked }));
process.exit(0);
"""
PROGRAM = """
import asyncio, json, sys, time
sys.dont_write_bytecode = True
sys.path.insert(0, "/repository")
from pywebml.host.stores import retrying
from pywebml.host.stores.http import fetch_async
retrying.FIRST = 0.01
heard, errors = [], {}
data = await fetch_async(URL + "flaky", progress=lambda *said: heard.append(said))
for path in ("gone", "cut", "huge"):
    try:
        await fetch_async(URL + path, 1 << 20)
    except Exception as error:
        errors[path] = f"{type(error).__name__}: {error}"
task = asyncio.ensure_future(fetch_async(URL + "endless"))
await asyncio.sleep(0.3)
task.cancel()
try:
    await task
except asyncio.CancelledError:
    errors["endless"] = "cancelled"
await asyncio.sleep(0.2)
json.dumps({"size": len(data), "last": heard[-1], "errors": errors})
"""


def test_a_server_that_fails(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node runs Pyodide")
    try:
        pyodide = sources.pyodide()
    except (OSError, RuntimeError) as error:
        pytest.skip(f"Pyodide is not there: {error}")
    command = [node, "--input-type=module", "-e", SERVER, str(pyodide), str(ROOT), PROGRAM]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=tmp_path)
    assert done.returncode == 0, done.stderr[-2000:]
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert (said["size"], said["last"]) == (300_000, [300_000, 300_000])
    errors = said["errors"]
    assert errors["gone"].endswith("/gone: it answers 404 Not Found")
    assert errors["cut"].endswith("(tried 4 times)")
    assert errors["huge"].startswith("FormatError") and "more than the 1048576" in errors["huge"]
    assert errors["endless"] == "cancelled"
    flaky, cut = ["/flaky"] * 3, ["/cut"] * 4
    assert said["asked"] == [*flaky, "/gone", *cut, "/huge", "/endless", "closed"]
