"""`page build` and `page serve`: what lies in the folder, and how it is sent."""

from __future__ import annotations

import gzip
import hashlib
import http.client
import json
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pywebml.site import build as building
from pywebml.site import sources
from pywebml.site.serve import Server


@pytest.fixture
def small_site(tmp_path: Path) -> Path:
    """A folder in a built page's form."""
    (tmp_path / "app-0123456789").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html>hello")
    (tmp_path / "sw.js").write_text("//")
    (tmp_path / ".secret").write_text("no")
    (tmp_path / "app-0123456789" / "a.js").write_text("export {}" * 100)
    building._compress(tmp_path / "app-0123456789" / "a.js")
    (tmp_path.parent / "outside.txt").write_text("no")
    return tmp_path


@pytest.fixture
def get(small_site: Path) -> Iterator[Any]:
    with Server(small_site, 0) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()

        def fetch(
            path: str, encoding: str = "", method: str = "GET"
        ) -> tuple[int, dict[str, str], bytes]:
            connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
            connection.putrequest(method, path, skip_accept_encoding=True)
            connection.putheader("Accept-Encoding", encoding)
            connection.endheaders()
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()

        yield fetch
        server.shutdown()


def test_headers(get: Any) -> None:
    status, headers, body = get("/")
    assert status == 200
    assert body == b"<!doctype html>hello"
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Embedder-Policy"] == "require-corp"
    assert headers["Cache-Control"] == "no-cache"
    policy = dict(
        part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";")
    )
    assert policy["script-src"] == "'self' 'wasm-unsafe-eval'"
    assert policy["worker-src"] == policy["style-src"] == "'self'"
    assert "unsafe-inline" not in headers["Content-Security-Policy"]


def test_compressed_answers(get: Any, small_site: Path) -> None:
    plain = (small_site / "app-0123456789" / "a.js").read_bytes()
    _, headers, body = get("/app-0123456789/a.js?v=1", "gzip, deflate")
    assert headers["Content-Encoding"] == "gzip"
    assert headers["Content-Type"].startswith("text/javascript")
    assert "immutable" in headers["Cache-Control"]
    assert gzip.decompress(body) == plain
    _, headers, body = get("/app-0123456789/a.js")
    assert "Content-Encoding" not in headers
    assert body == plain
    status, headers, body = get("/app-0123456789/a.js", method="HEAD")
    assert (status, body, headers["Content-Length"]) == (200, b"", str(len(plain)))


@pytest.mark.parametrize(
    "path",
    [
        "/no.js",
        "/.secret",
        "/../outside.txt",
        "/%2e%2e/outside.txt",
        "/a%00b",
        "/..%5coutside.txt",
        "//etc/passwd",
    ],
)
def test_nothing_else_is_served(get: Any, path: str) -> None:
    assert get(path)[0] == 404


def test_serving_what_is_no_page(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="page build"):
        Server(tmp_path, 0)


def test_a_foreign_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("")
    with pytest.raises(ValueError, match="something else"):
        building.build(tmp_path)
    assert (tmp_path / "thesis.tex").exists()


def test_what_is_fetched_is_verified() -> None:
    good = hashlib.sha256(b"good").hexdigest()

    def down() -> bytes:
        raise OSError("no route")

    assert sources._verified("a file", good, [down, lambda: b"bad", lambda: b"good"]) == b"good"
    with pytest.raises(
        ConnectionError, match=r"a file could not be fetched: no route; it has sha256 \w+, expected"
    ):
        sources._verified("a file", good, [down, lambda: b"bad"])


def test_the_wheel_holds_what_a_tab_can_use(tmp_path: Path) -> None:
    names = zipfile.ZipFile(building.write_wheel(tmp_path)).namelist()
    suffix = ".pyc" if building.python_of(sources.PYTHON) else ".py"
    for wanted in (
        "core/tensor",
        "device/page",
        "device/reference",
        "apps/session",
        "tab/bridge",
        "ops/conv/conv2d",
    ):
        assert f"pywebml/{wanted}{suffix}" in names
    for left_out in building.NOT_FOR_TABS:
        start = f"pywebml/{left_out.removesuffix('.py')}"
        assert not [name for name in names if name.startswith(start)]
        assert left_out == "distributed/" or (building.PACKAGE / left_out).exists()
    kernels = {n.removeprefix("pywebml/") for n in names if n.startswith("pywebml/kernels/")}
    assert kernels == {
        p.relative_to(building.ROOT).as_posix() for p in (building.ROOT / "kernels").rglob("*.wgsl")
    }
    assert not [
        n
        for n in names
        if "native" in n or n.endswith((".jpg", ".py" if suffix == ".pyc" else ".pyc"))
    ]


@pytest.mark.browser
def test_a_built_page(built_page: Path) -> None:
    """Pages refer to files that are there, the service worker keeps them all, and a
    first visit stays below 12 MB.
    """
    made = building.summary(built_page)
    assert made["start_bytes"] <= 12_000_000
    pages = [p for p in built_page.iterdir() if p.suffix == ".html"]
    assert {"index.html", "check.html"} <= {p.name for p in pages}
    for page in pages:
        for _, path in building._REFERENCE.findall(page.read_text()):
            assert (built_page / path).is_file(), f"{page.name} refers to {path}"
    (app,) = built_page.glob("app-*")
    assets = json.loads((app / "assets.json").read_text())
    for name in ("pyodide", "extractor"):
        assert (app / assets[name]).is_dir()
    worker = (built_page / "sw.js").read_text()
    kept = json.loads(worker.split("FILES = ")[1].split(";\n")[0])
    assert all((built_page / path).exists() for path in kept)
    assert not [path for path in kept if "numpy" in path or path.endswith(sources.XNNPACK_FILE)]
    assert (built_page / f"xnnpack-{sources.XNNPACK}" / sources.XNNPACK_FILE).read_bytes()[
        :4
    ] == b"\0asm"
    numpy = next(built_page.glob("pyodide-*/numpy*.whl"))
    assert hashlib.sha256(numpy.read_bytes()).hexdigest() == sources.NUMPY_SHA256
