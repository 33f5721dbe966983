"""`page build` and `page serve`: what lies in the folder, and how it is sent."""

from __future__ import annotations

import gzip
import hashlib
import http.client
import json
import re
import shutil
import tarfile
import threading
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from pywebml.host import packages
from pywebml.host.integrity import import_map, sum_of
from pywebml.site import archive, compression, listing, pages, policy, sources
from pywebml.site import build as building
from pywebml.site.serve import Server

WITH_PAGES = [app["name"] for app in pages.apps_with_pages(building.web_folder())]


@pytest.fixture
def small_site(tmp_path: Path) -> Path:
    """A folder in a built page's form."""
    (tmp_path / "app-0123456789").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html>hello")
    (tmp_path / "sw.js").write_text("//")
    (tmp_path / ".secret").write_text("no")
    (tmp_path / "app-0123456789" / "a.js").write_text("export {}" * 100)
    compression.compress(tmp_path / "app-0123456789" / "a.js")
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
    said = dict(
        part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";")
    )
    assert said == policy.DIRECTIVES
    assert said["script-src"] == "'self' 'wasm-unsafe-eval'"
    assert said["style-src"] == "'self'"
    assert "unsafe-inline" not in headers["Content-Security-Policy"]


def test_a_page_s_header_lets_in_its_import_map(get: Any, small_site: Path) -> None:
    """And nothing but that: no file that is no page has it, and no other script."""
    page = import_map({"a.js": "sha256-abc"}) + "<script>run()</script>"
    (small_site / "map.html").write_text(page)
    (small_site / "map.js").write_text(page)
    text = '{"integrity":{"./a.js":"sha256-abc"}}'
    for name, own in (("map.html", f" '{sum_of(text.encode())}'"), ("map.js", "")):
        _, headers, _ = get(f"/{name}", "br")
        script = f"script-src 'self'{own} 'wasm-unsafe-eval'; "
        assert script in headers["Content-Security-Policy"]


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
        "/" + "a" * 300,
        "/%ff%fe",
        "/%ed%a0%80",
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


@pytest.mark.parametrize("kind", ["package", "kernels", "web", "examples", "samples"])
def test_a_page_of_other_files_is_not_current(
    built_page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Whatever an upgrade changes, `page serve` sees it."""
    from pywebml.data import samples

    assert building.is_current(built_page)
    folders = {
        "package": building.PACKAGE,
        "kernels": archive.ROOT / "kernels",
        "web": building.web_folder(),
        "examples": archive.ROOT / "examples",
        "samples": samples.sample_folder(),
    }
    folder = tmp_path / kind
    shutil.copytree(folders[kind], folder)
    first, real = "up_down_left_right", samples.sample_folder
    places = {
        "package": (building, "PACKAGE", folder),
        "kernels": (building, "kernel_folder", lambda: folder),
        "web": (building, "web_folder", lambda: folder),
        "examples": (
            building,
            "_installed",
            lambda name, file: folders["web"] if name == "web" else folder,
        ),
        "samples": (
            building,
            "sample_folder",
            lambda name: {first: folder}.get(name) or real(name),
        ),
    }
    monkeypatch.setattr(*places[kind])
    assert building.is_current(built_page)
    changed = max((p for p in folder.rglob("*") if p.is_file()), key=lambda p: p.stat().st_size)
    data = changed.read_bytes()
    changed.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    assert not building.is_current(built_page)
    changed.unlink()
    assert not building.is_current(built_page)


def test_what_is_fetched_is_verified() -> None:
    good = hashlib.sha256(b"good").hexdigest()

    def down() -> bytes:
        raise OSError("no route")

    ways = {"npm": down, "a mirror": lambda: b"bad", "its CDN": lambda: b"good"}
    assert packages.verified("a file", good, ways) == b"good"
    del ways["its CDN"]
    said = r"a file could not be fetched: npm: no route; a mirror: it has sha256 \w+, expected"
    with pytest.raises(ConnectionError, match=said):
        packages.verified("a file", good, ways)


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_a_package_comes_from_its_cdn_where_there_is_no_npm(
    own_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once: then it is in the cache. One that names no CDN says that npm is missing."""
    site = tmp_path / "cdn"
    (site / "dist").mkdir(parents=True)
    (site / "sw.js").write_text("//")
    (site / "dist" / "a.js").write_text("export {}")
    monkeypatch.setenv("PATH", str(tmp_path))
    digest = hashlib.sha256(b"export {}").hexdigest()
    with Server(site, 0) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        package = packages.Package("@some/a", "1.0.0", {"dist/a.js": digest}, server.url)
        folder = packages.files_of(package)
        server.shutdown()
    assert (folder / "dist" / "a.js").read_text() == "export {}"
    assert folder.is_relative_to(own_cache)
    assert packages.files_of(package) == folder
    with pytest.raises(
        ConnectionError, match=r"dist/a\.js of @some/b@1\.0\.0 .* npm is not on PATH"
    ):
        packages.files_of(packages.Package("@some/b", "1.0.0", {"dist/a.js": digest}))


@pytest.mark.parametrize("broken", [b"", b"<html>no such file</html>", b"export {"])
def test_what_is_broken_in_the_cache_is_fetched_anew(
    own_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: bytes
) -> None:
    """A package's file and NumPy: whatever became of them there, the page gets the ones
    whose sums are in sources.py, and the cache, too.
    """
    asked: list[str] = []

    def once_more(package: packages.Package) -> dict[str, bytes]:
        asked.append(str(package))
        return {"dist/a.js": b"export {}"}

    monkeypatch.setattr(packages, "npm_pack", once_more)
    digest = hashlib.sha256(b"export {}").hexdigest()
    package = packages.Package("@some/a", "1.0.0", {"dist/a.js": digest})
    file = packages.files_of(package) / "dist" / "a.js"
    packages.files_of(package)
    assert asked == ["@some/a@1.0.0"]
    file.write_bytes(broken)
    assert (packages.files_of(package) / "dist" / "a.js").read_bytes() == b"export {}"
    assert asked == ["@some/a@1.0.0"] * 2

    monkeypatch.setattr(sources, "pyodide", lambda: tmp_path / "pyodide")
    monkeypatch.setattr(sources, "NUMPY_SHA256", digest)
    monkeypatch.setattr(sources, "fetch", lambda url: b"export {}")
    (tmp_path / sources.NUMPY).write_bytes(broken)
    assert sources.numpy_wheel().read_bytes() == b"export {}"


@pytest.mark.parametrize(
    "broken", [None, b"", b"not gzip", gzip.compress(b"another file", mtime=0)]
)
def test_compressed_forms_in_the_cache_are_those_of_the_file(
    tmp_path: Path, broken: bytes | None
) -> None:
    """They are made once for all builds, and made anew where they are another file's."""
    file, forms = tmp_path / "a.js", tmp_path / "forms"
    forms.mkdir()
    file.write_bytes(b"export {}" * 10_000)
    compression.compress_for_good([file], forms)
    for coding in compression.codings():
        small = f"a.js{coding.suffix}"
        assert coding.unpack((tmp_path / small).read_bytes()) == file.read_bytes()
        right = (forms / small).read_bytes()
        (tmp_path / small).unlink()
        if broken is None:
            (forms / small).unlink()
        else:
            (forms / small).write_bytes(broken)
        compression.compress_for_good([file], forms)
        assert (tmp_path / small).read_bytes() == (forms / small).read_bytes() == right


def test_brotli_is_node_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Node there is gzip alone; a file too small for brotli has gzip alone, too."""
    assert [coding.suffix for coding in compression.codings()] == [".gz", ".br"]
    for name, repeated in (("small.js", 100), ("large.js", 10_000)):
        (tmp_path / name).write_bytes(b"export {}" * repeated)
        compression.compress(tmp_path / name)
    assert {p.name for p in tmp_path.glob("*.br")} == {"large.js.br"}
    assert {p.name for p in tmp_path.glob("*.gz")} == {"small.js.gz", "large.js.gz"}
    monkeypatch.setenv("PATH", str(tmp_path))
    assert [coding.suffix for coding in compression.codings()] == [".gz"]


def test_a_page_can_do_without_what_npm_brings(
    own_cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without npm: the editor, plots and digits; with it, a failure is a failure."""
    said: list[str] = []
    monkeypatch.setenv("PATH", str(tmp_path))
    assert building._vendor(said.append) == {}
    assert building._digits(tmp_path, said.append) == {}
    assert "plain text field" in said[0] and "no handwritten digits" in said[1]


def test_slots_are_filled_all_and_no_others() -> None:
    assert pages.fill("<p>{{ a }}{{ b }}</p>", {"a": "1", "b": "2"}) == "<p>12</p>"
    for slots in ({"a": "1"}, {"a": "1", "b": "2", "c": "3"}):
        with pytest.raises(ValueError, match=r"slots of a frame .* differ in: [bc]"):
            pages.fill("{{ a }}{{ b }}", slots)


def _names_in(path: Path) -> list[str]:
    with tarfile.open(path) as tar:
        return tar.getnames()


def test_the_archives_hold_what_a_tab_can_use(tmp_path: Path) -> None:
    names = _names_in(archive.write_archives(tmp_path, WITH_PAGES))
    end = "c" if archive.python_of(sources.PYTHON) is not None else ""
    start, own = archive.loaded_at_start(WITH_PAGES)
    assert {"__init__.py", "core/tensor.py", "tab/methods.py"} <= {*start}
    later = ["device/page.py", "device/reference.py", "tab/bridge.py", "apps/check.py"]
    for module in start:
        assert f"pywebml/{module}{end}" in names
    assert {"apps/session.py", "apps/teach.py"} <= {*own["teach"]}
    assert {*own["curve"]} & {*own["playground"]}, "what both need is in each"
    for app, modules in own.items():
        packed = [f"pywebml/{module}{end}" for module in modules]
        assert _names_in(tmp_path / "jobs" / f"{app}.tar.txt") == packed
        assert not {*packed} & {*names}
    for module in later:
        assert f"pywebml/{module}" in names and module not in start
    for left_out in archive.NOT_FOR_TABS:
        path = f"pywebml/{left_out.removesuffix('.py')}"
        assert not [name for name in names if name.startswith(path)]
    kernels = {n for n in names if n.startswith("pywebml/kernels/")}
    texts = (archive.ROOT / "kernels").rglob("*.wgsl")
    assert kernels == {f"pywebml/{text.relative_to(archive.ROOT).as_posix()}" for text in texts}
    assert not [n for n in names if "native" in n or n.endswith((".jpg", ".pyi"))]
    assert len(names) == len(set(names))  # no module twice, compiled and not


def test_the_same_files_give_the_same_archive(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
        archive.write_archives(tmp_path / name, WITH_PAGES)
    files = [path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*.txt")]
    assert len(files) > 10
    for file in files:
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


class _Metas(HTMLParser):
    """What the policy tags of a page say, and what stands in its head before them."""

    def __init__(self) -> None:
        super().__init__()
        self.policies: list[str] = []
        self.before: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        said = dict(attributes)
        if said.get("http-equiv", "").lower() == "content-security-policy":
            self.policies.append(said["content"] or "")
        elif not self.policies:
            self.before.append(tag)


def _said_policy(page: Path) -> dict[str, str]:
    """A page's own policy. It must stand before whatever it is to hold for."""
    metas = _Metas()
    metas.feed(page.read_text(encoding="utf-8"))
    (text,) = metas.policies
    assert metas.before == ["html", "head", "meta"], page.name
    return dict(part.strip().split(" ", 1) for part in text.split(";"))  # type: ignore[misc]


@pytest.mark.browser
def test_a_built_page(built_page: Path) -> None:
    """Pages refer to files that are there, the service worker knows them all, and what
    all pages together need stays near 6 MB.
    """
    assert building.summary(built_page)["start_bytes"] <= 6_500_000
    html = list(built_page.glob("*.html"))
    apps = pages.apps_with_pages(building.web_folder())
    assert {p.name for p in html} == {"index.html"} | {pages.file_of(app) for app in apps}
    for page in html:
        said = _said_policy(page)
        said["script-src"] = re.sub(r" 'sha256-[\w+/]{43}='", "", said["script-src"], count=1)
        assert said == {
            name: value
            for name, value in policy.DIRECTIVES.items()
            if name != "frame-ancestors"  # browsers take it from a header alone
        }
        for _, path in pages.REFERENCE.findall(page.read_text()):
            assert (built_page / path).is_file(), f"{page.name} refers to {path}"
    (app,) = built_page.glob("app-*")
    assets = json.loads((app / "assets.json").read_text())
    for name in ("pyodide", "extractor", "classes", "digits"):
        assert (app / assets[name]).is_dir()
    for name in ("stdlib", "package", *sources.XNNPACK_FILES):
        assert (app / assets[name]).is_file()
    worker = (built_page / "sw.js").read_text()
    kept, later = (
        json.loads(worker.split(f"const {name} = ")[1].split("; //")[0])
        for name in ("FILES", "LATER")
    )
    others = {path: digest for files in later.values() for path, digest in files.items()}
    plain = {p.relative_to(built_page).as_posix() for p in listing.plain_files(built_page)}
    assert kept.keys() | others.keys() == plain - {"sw.js", "sbom.json"}  # no page asks for those
    assert not kept.keys() & others.keys()
    assert not [path for path in plain if path.endswith((".br", ".gz"))]
    for path, digest in {**kept, **others}.items():
        assert hashlib.sha256((built_page / path).read_bytes()).hexdigest() == digest
    assert {need: {Path(path).name for path in files} for need, files in later.items()} == {
        "numpy": {sources.NUMPY},
        "processor": {sources.XNNPACK_FILES["xnnpack"]},
        "processors": {sources.XNNPACK_FILES["xnnpack_threads"]},
        "extractor": {"model.json", "weights.bin"},
        "classes": {"model.json", "weights.bin"},
        "digits": {"train.bin", "test.bin"},
        "installed": {path.name for path in (building.web_folder() / "installed").iterdir()},
        **{f"samples/{name}": {f"{name}.json"} for name in building.SAMPLES},
        "samples/alice": {"alice.txt"},
    }
    for path, file in assets["files"].items():
        assert (app / path).stat().st_size == file["bytes"] >= file["sent"]
    for name in sources.XNNPACK_FILES:
        assert (app / assets[name]).read_bytes()[:4] == b"\0asm"
    numpy = next(built_page.glob("pyodide-*/numpy*.whl"))
    assert hashlib.sha256(numpy.read_bytes()).hexdigest() == sources.NUMPY_SHA256
