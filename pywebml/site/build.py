"""`page build`: everything the page needs, in one folder that any static host can
serve.

    index.html, teach.html ...   the pages, with relative references
    sw.js, manifest.webmanifest  offline use, installation
    samples/                     the drawn sample set
    app-HASH/                    scripts, styles, the wheel; assets.json: where the
                                 rest is
    pyodide-VERSION/             Python for the browser
    NAME-HASH/                   the extractor, 8 bits per weight
    xnnpack-VERSION/             kernels for tabs without WebGPU

Folders with a hash or version in their name never change, so browsers may keep them for
good. Files that shrink lie there gzip- and brotli-compressed as well, for servers that
send such files.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from ..device import get_device, make_device, set_device
from ..host.version import VERSION
from ..zoo import load_extractor
from ..zoo.compact import compact_files
from . import listing, pages, sources
from .editor import editor_files
from .wheel import PACKAGE, ROOT, kernel_folder, write_wheel

PYODIDE_FILES = ("pyodide.mjs", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip")
COMPRESSED = {".html", ".js", ".mjs", ".css", ".json", ".wasm", ".svg", ".webmanifest", ".bin"}

Say = Callable[[str], None]


def build(out: str | Path, say: Say = lambda text: None) -> dict[str, Any]:
    """Builds the page into `out` (made afresh) and returns {"files", "bytes",
    "start_bytes": compressed bytes of a first visit}.

    Downloads Pyodide, NumPy, XNNPACK and CodeMirror on first use into the cache folder,
    verified. ValueError where `out` is a folder of something else; ConnectionError
    where a download fails.
    """
    out = Path(out)
    if out.exists() and any(out.iterdir()) and not (out / "sw.js").is_file():
        raise ValueError(
            f"{out} holds something else than a page; name an empty folder, or remove it yourself"
        )
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".page.") as scratch:
        site = Path(scratch) / "page"
        site.mkdir()
        say("Python for the browser")
        pyodide, xnnpack = _pyodide(site), _xnnpack(site)
        say("extractor")
        extractor = _extractor(site)
        say("pages")
        assets = {
            "pyodide": f"../{pyodide.name}/",
            "extractor": f"../{extractor.name}/",
            "xnnpack": f"../{xnnpack.name}/{sources.XNNPACK_FILE}",
        }
        _compress_all(site)  # so that assets.json can say how much is sent
        app = _app(site, assets, say)
        _pages(site, app)
        listing.write_service_worker(site, app.name, _web_file(SERVICE_WORKER), _web_file(KEPT))
        say("compressing")
        _compress_all(site)
        (site / MADE_OF).write_text(_stamp(), encoding="utf-8")
        if out.exists():
            shutil.rmtree(out)
        site.rename(out)
    return summary(out)


def summary(out: Path) -> dict[str, Any]:
    """What a build weighs. A first visit with WebGPU takes everything but what is for
    later and the drawn samples.
    """
    files = listing.plain_files(out)
    now = (p for p in files if not listing.for_later(p) and p.parent.name != "samples")
    start = sum(listing.sent(path) for path in now)
    return {
        "files": len(files),
        "bytes": sum(p.stat().st_size for p in files),
        "start_bytes": start,
    }


# ---- parts ----


def _pyodide(site: Path) -> Path:
    core, numpy = sources.pyodide(), sources.numpy_wheel()
    folder = site / f"pyodide-{sources.PYODIDE}"
    folder.mkdir()
    for name in PYODIDE_FILES:
        _copy(core / name, folder)
    shutil.copyfile(numpy, folder / sources.NUMPY)
    lock = json.loads((core / "pyodide-lock.json").read_text(encoding="utf-8"))
    lock["packages"] = {"numpy": lock["packages"]["numpy"]}  # the one package that the page has
    (folder / "pyodide-lock.json").write_text(json.dumps(lock), encoding="utf-8")
    return folder


def _xnnpack(site: Path) -> Path:
    folder = site / f"xnnpack-{sources.XNNPACK.version}"
    folder.mkdir()
    _copy(sources.xnnpack(), folder)
    return folder


def _copy(file: Path, folder: Path) -> None:
    """With its compressed forms, which are made beside it, once for all builds: it
    takes seconds.
    """
    if file.suffix in COMPRESSED and not _is_compressed(file):
        compress(file)
    for suffix in ("", *(coding.suffix for coding in codings())):
        form = file.with_name(file.name + suffix)
        if form.is_file():
            shutil.copyfile(form, folder / form.name)


def _extractor(site: Path) -> Path:
    before = get_device()
    set_device(make_device("cpu"))
    try:
        extractor = load_extractor()
        files = compact_files(extractor)
    finally:
        set_device(before)
    folder = site / f"{extractor.name}-{_hash(*files.values())}"
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


def _app(site: Path, assets: dict[str, Any], say: Say) -> Path:
    """Scripts, styles, pictures, the wheel, the editor of the Python page; in a folder
    named after their content.
    """
    folder = site / "app"
    for source in _web_files():
        target = folder / source.relative_to(web_folder())
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    for name, data in _editor(say).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
    (folder / "examples.json").write_text(json.dumps(_examples()), encoding="utf-8")
    wheel = write_wheel(folder)
    of_worker = listing.worker_files(site, wheel)
    assets = {"version": VERSION, "wheel": wheel.name, **assets, "files": of_worker}
    (folder / "assets.json").write_text(json.dumps(assets), encoding="utf-8")
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    digest = _hash(*(str(p.relative_to(folder)).encode() + p.read_bytes() for p in files))
    return folder.rename(site / f"app-{digest}")


def _editor(say: Say) -> dict[str, bytes]:
    """CodeMirror's files; none where there is no npm, by which alone it can be had."""
    try:
        return editor_files()
    except ConnectionError:
        if sources.has_npm():
            raise
        say("without npm, the Python page gets a plain text field as its editor")
        return {}


def _pages(site: Path, app: Path) -> None:
    """The HTML pages and the manifest, which refer to files in the app's folder, and
    the drawn samples.
    """
    pages.write_pages(web_folder(), site)
    for page in site.glob("*.html"):
        html = page.read_text(encoding="utf-8")
        html = pages.moved(html, lambda path: (app / path).is_file(), app.name)
        page.write_text(html, encoding="utf-8")
    manifest = {
        "name": "pywebml",
        "short_name": "pywebml",
        "description": pages.GALLERY["says"],
        "start_url": "./index.html",
        "scope": "./",
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": "#1d4ed8",
        "icons": [
            {
                "src": f"{app.name}/shared/icon.svg",
                "sizes": "any",
                "type": "image/svg+xml",
                "purpose": "any",
            }
        ],
    }
    (site / "manifest.webmanifest").write_text(json.dumps(manifest), encoding="utf-8")
    (site / "samples").mkdir()
    (site / "samples" / "index.json").write_text(json.dumps(_samples()), encoding="utf-8")


MADE_OF = ".made-of"


def is_current(site: Path) -> bool:
    """Whether a page was built from the files that are installed now."""
    stamp = site / MADE_OF
    return stamp.is_file() and stamp.read_text(encoding="utf-8") == _stamp()


def _stamp() -> str:
    """The sum of all that a page is built from. What is downloaded has its sum in the
    package.
    """
    from ..data.samples import sample_folder

    examples = _installed("examples", EXAMPLES)
    parts = [VERSION.encode()]
    for folder in (PACKAGE, kernel_folder(), web_folder(), examples, sample_folder()):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                parts += [path.relative_to(folder).as_posix().encode(), path.read_bytes()]
    return _hash(*parts)


SERVICE_WORKER = "runtime/sw.js"
EXAMPLES = "page.json"  # which of the folder's programs the Python page offers
KEPT = "runtime/kept.js"  # goes into it


def web_folder() -> Path:
    """The folder web/, from the checkout or the installed package."""
    return _installed("web", SERVICE_WORKER)


def _web_file(name: str) -> str:
    return (web_folder() / name).read_text(encoding="utf-8")


def _installed(name: str, file: str) -> Path:
    """A folder that lies beside the package in a checkout, and inside it once
    installed. `file` must be in it.
    """
    for folder in (PACKAGE / name, ROOT / name):
        if (folder / file).is_file():
            return folder
    raise FileNotFoundError(
        f"the page's files ({name}/) are not installed; build from a checkout, or reinstall pywebml"
    )


def _examples() -> list[dict[str, str]]:
    """[{name, source}] of the programs that the Python page offers. A program's first
    line is a comment with its name.
    """
    folder = _installed("examples", EXAMPLES)
    examples = []
    for file in json.loads((folder / EXAMPLES).read_text(encoding="utf-8")):
        title, source = (folder / f"{file}.py").read_text(encoding="utf-8").split("\n", 1)
        examples.append({"name": title.removeprefix("# "), "source": source})
    return examples


def _web_files() -> list[Path]:
    """The files that pages refer to: all but HTML, of which pages are made, and what
    lies at the root.
    """
    folder = web_folder()
    files = (p for p in sorted(folder.rglob("*")) if p.is_file() and not p.name.startswith("."))
    return [p for p in files if p.suffix != ".html" and p != folder / SERVICE_WORKER]


def _samples() -> dict[str, list[str]]:
    """{class: [picture as a data: URL]} of the drawn sample set; one file, since 144
    small ones take longer.
    """
    from ..data.samples import sample_folder

    def url(path: Path) -> str:
        return "data:image/jpeg;base64," + base64.b64encode(path.read_bytes()).decode()

    folders = sorted(f for f in sample_folder().iterdir() if f.is_dir())
    return {f.name: [url(p) for p in sorted(f.glob("*.jpg"))] for f in folders}


# ---- compression ----


class Coding(NamedTuple):
    """How a file is compressed: `suffix` is what its form is called beside it."""

    suffix: str
    pack: Callable[[bytes], bytes]
    unpack: Callable[[bytes], bytes]


def codings() -> list[Coding]:
    """Gzip, and brotli where it is installed (the extra `page` has it)."""
    gzipped = Coding(".gz", lambda data: gzip.compress(data, 9, mtime=0), gzip.decompress)
    try:
        import brotli
    except ImportError:
        return [gzipped]

    def pack(data: bytes) -> bytes:
        return bytes(brotli.compress(data, quality=11 if len(data) < 1 << 20 else 9))

    return [gzipped, Coding(".br", pack, brotli.decompress)]


def compress(path: Path) -> None:
    """Writes a file's compressed forms beside it, where they are smaller."""
    data = path.read_bytes()
    for coding in codings():
        small = coding.pack(data)
        if len(small) < 0.95 * len(data):
            path.with_name(path.name + coding.suffix).write_bytes(small)


def _compress_all(site: Path) -> None:
    for path in listing.plain_files(site):
        if path.suffix in COMPRESSED and not path.with_name(path.name + ".gz").is_file():
            compress(path)


def _is_compressed(path: Path) -> bool:
    """Whether the compressed forms beside a file are there, and are that file: it may
    have been fetched anew, and they may be broken.
    """
    data = path.read_bytes()
    for coding in codings():
        try:
            if coding.unpack(path.with_name(path.name + coding.suffix).read_bytes()) != data:
                return False
        except Exception:  # there is none, or what a library says of one that is broken
            return False
    return True


def _hash(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()[:10]
