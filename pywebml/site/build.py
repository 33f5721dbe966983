"""`page build`: everything the page needs, in one folder that any static host can
serve.

    index.html, teach.html ...   the pages, with relative references
    sw.js, manifest.webmanifest  offline use, installation
    sbom.json                    what of it others made, with sums and licences
    samples/                     the drawn sample set, a sample text
    app-HASH/                    scripts, styles, the package; assets.json: where the
                                 rest is
    pyodide-VERSION/             Python for the browser
    stdlib-HASH/                 its standard library
    NAME-HASH/                   the extractor, 8 bits per weight
    classes-HASH/                from its features to ImageNet's classes
    xnnpack-VERSION/             kernels for tabs without WebGPU
    digits-HASH/                 handwritten digits

Folders with a hash or version in their name never change, so browsers may keep them for
good. Files that shrink lie there gzip- and brotli-compressed as well, for servers that
send such files; what is packed, is packed without compression, and named as text, which
all hosts compress.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..data.digits import PARTS, packed_file, part_of
from ..data.samples import sample_folder
from ..device import get_device, make_device, set_device
from ..host.files import UNDONE, discard, said_in_words, scratch, sync_all, text_of
from ..host.keeping import cache_folder
from ..host.packages import has_npm
from ..host.stores.exchanging import put_in_place
from ..host.version import VERSION
from ..zoo import load_extractor
from ..zoo.compact import class_files, compact_files
from . import installed, listing, pages, sbom, sources, stdlib
from .archive import PACKAGE, ROOT, kernel_folder, python_of, write_archives
from .compression import compress, compress_all, compress_for_good
from .editor import editor_files
from .integrity import sealed
from .plots import plot_files

PYODIDE_FILES = ("pyodide.mjs", "pyodide.asm.js", "pyodide.asm.wasm")

Say = Callable[[str], None]


def build(out: str | Path, say: Say = lambda text: None) -> dict[str, Any]:
    """Builds the page into `out` (made afresh) and returns {"files", "bytes",
    "start_bytes": compressed bytes of a first visit}.

    Downloads Pyodide, NumPy, XNNPACK, CodeMirror, uPlot and digits on first use into
    the cache folder, verified. ValueError where `out` is a folder of something else;
    ConnectionError where a download fails.
    """
    place = Path(out).resolve()  # where a link leads
    _expect_page(place)
    here = place if place.is_dir() else place.parent
    with said_in_words(f"{out} cannot be written", "name another folder"), scratch(here) as work:
        site = work / "page"
        site.mkdir()
        say("Python for the browser")
        assets = _python(site) | _xnnpack(site)
        say("extractor")
        assets |= _networks(site)
        say("digits")
        assets |= _digits(site, say)
        say("pages")
        _write_samples(site)
        compress_all(site)  # so that assets.json can say how much is sent
        app = _app(site, assets, say)
        _pages(site, app)
        listing.write_service_worker(site, app.name, _web_file(SERVICE_WORKER), _web_file(KEPT))
        say("compressing")
        compress_all(site)
        (site / sbom.NAME).write_text(
            json.dumps(sbom.bill_of_materials(site), indent=1), encoding="utf-8"
        )
        (site / MADE_OF).write_text(_stamp(), encoding="utf-8")
        weighs = summary(site)  # `place` may be another process's a moment later
        _replace(site, place)
    return weighs


def _expect_page(place: Path) -> None:
    """ValueError where something else than a page is there."""
    if place.exists() and not place.is_dir():
        raise ValueError(f"{place} is a file; name a folder for the page")
    others = place.is_dir() and any(not p.name.startswith(UNDONE) for p in place.iterdir())
    if others and not any(os.path.lexists(place / name) for name in LAST):
        raise ValueError(
            f"{place} holds something else than a page; name an empty folder, or remove it yourself"
        )


def _replace(site: Path, place: Path) -> None:
    """Puts the finished page in place. Over an older one: first what pages refer to,
    then those, at the end what says that it is a page, and which; so one whose building
    is killed still opens, and is built anew.
    """
    sync_all()
    discard(place / MADE_OF)
    names = {path.name for path in site.iterdir()} - {*LAST}
    order = sorted(names, key=lambda name: ((site / name).is_file(), name))
    put_in_place(site, place, [*order, *LAST], only=True)


def summary(out: Path) -> dict[str, Any]:
    """What a build weighs. A first visit takes everything but what only some pages
    need.
    """
    files = listing.plain_files(out)
    start = sum(listing.sent(path) for path in files if listing.need_of(path) == listing.START)
    return {
        "files": len(files),
        "bytes": sum(p.stat().st_size for p in files),
        "start_bytes": start,
    }


# ---- parts ----


def _python(site: Path) -> dict[str, str]:
    """Pyodide, its standard library and NumPy: where they are, for assets.json."""
    core, numpy = sources.pyodide(), sources.numpy_wheel()
    folder = site / f"pyodide-{sources.PYODIDE}"
    folder.mkdir()
    for name in PYODIDE_FILES:
        shutil.copyfile(core / name, folder / name)
    shutil.copyfile(numpy, folder / sources.NUMPY)
    lock = json.loads((core / "pyodide-lock.json").read_text(encoding="utf-8"))
    lock["packages"] = {"numpy": lock["packages"]["numpy"]}  # the one package that the page has
    (folder / "pyodide-lock.json").write_text(json.dumps(lock), encoding="utf-8")
    archive = (core / "python_stdlib.zip").read_bytes()
    library = stdlib.repacked(archive, python_of(sources.PYTHON))
    file = site / f"stdlib-{_hash(library)}" / stdlib.NAME
    file.parent.mkdir()
    file.write_bytes(library)
    compress_for_good([*(folder / name for name in PYODIDE_FILES), file], core)
    return {"pyodide": f"../{folder.name}/", "stdlib": f"../{file.parent.name}/{file.name}"}


def _xnnpack(site: Path) -> dict[str, str]:
    """The kernels for tabs without WebGPU: where they are, for assets.json."""
    source, folder = sources.xnnpack(), site / f"xnnpack-{sources.XNNPACK.version}"
    folder.mkdir()
    for name in sources.XNNPACK_FILES.values():
        shutil.copyfile(source / name, folder / name)
    compress_for_good([folder / name for name in sources.XNNPACK_FILES.values()], source)
    return {part: f"../{folder.name}/{name}" for part, name in sources.XNNPACK_FILES.items()}


def _networks(site: Path) -> dict[str, str]:
    """The extractor, and what makes classes of its features: where they are, for
    assets.json.
    """
    sources.verify_class_names()
    before = get_device()
    set_device(make_device("cpu"))
    try:
        extractor = load_extractor()
        parts = {extractor.name: compact_files(extractor), "classes": class_files(extractor)}
    finally:
        set_device(before)
    folders = {}
    for (part, files), name in zip(parts.items(), ("extractor", "classes"), strict=True):
        folder = site / f"{part}-{_hash(*files.values())}"
        folder.mkdir()
        for file, data in files.items():
            (folder / file).write_bytes(data)
        folders[name] = f"../{folder.name}/"
    return folders


def _digits(site: Path, say: Say) -> dict[str, str]:
    """Handwritten digits, for who needs them: where they are, for assets.json. Nothing
    where there is no npm, by which alone they can be had.
    """
    try:
        data = packed_file().read_bytes()
    except ConnectionError:
        if has_npm():
            raise
        say("without npm, there are no handwritten digits to learn from")
        return {}
    parts = {name: part_of(data, name) for name in PARTS}
    folder = site / f"digits-{_hash(*parts.values())}"
    folder.mkdir()
    for name, part in parts.items():
        (folder / f"{name}.bin").write_bytes(part)
    return {"digits": f"../{folder.name}/"}


def _app(site: Path, assets: dict[str, str], say: Say) -> Path:
    """Scripts, styles, pictures, the package, the editor and the plots of the Python
    page; in a folder named after their content.
    """
    folder = site / "app"
    for source in _web_files():
        target = folder / source.relative_to(web_folder())
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    for name, data in _vendor(say).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
    (folder / "examples.json").write_text(json.dumps(_examples()), encoding="utf-8")
    apps = [app["name"] for app in pages.apps_with_pages(web_folder())]
    package = write_archives(folder, apps)
    compress(package, forms=cache_folder("packages"))  # for builds of the same package
    places = {"package": package.name, "jobs": f"{listing.JOBS}/", **assets}
    about = {"version": VERSION, **places, "files": listing.worker_files(site, folder)}
    (folder / "assets.json").write_text(json.dumps(about), encoding="utf-8")
    files = listing.plain_files(folder)
    digest = _hash(*(p.relative_to(folder).as_posix().encode() + p.read_bytes() for p in files))
    return folder.rename(site / f"app-{digest}")


def _vendor(say: Say) -> dict[str, bytes]:
    """CodeMirror's and uPlot's files; none where there is no npm, by which alone they
    can be had.
    """
    try:
        return editor_files() | plot_files()
    except ConnectionError:
        if has_npm():
            raise
        say("without npm, the Python page gets a plain text field as its editor, and plain plots")
        return {}


def _pages(site: Path, app: Path) -> None:
    """The HTML pages and the manifest, which refer to files in the app's folder."""
    examples = {example["file"]: example["source"] for example in _examples()}
    pages.write_pages(web_folder(), site, examples)
    for page in site.glob("*.html"):
        html = page.read_text(encoding="utf-8")
        html = pages.moved(html, lambda path: (app / path).is_file(), app.name)
        page.write_text(sealed(html, site), encoding="utf-8")
    manifest = installed.manifest(app.name)
    (site / "manifest.webmanifest").write_text(json.dumps(manifest), encoding="utf-8")


def is_current(site: Path) -> bool:
    """Whether a page was built from the files that are installed now."""
    return text_of(site / MADE_OF) == _stamp()


def _stamp() -> str:
    """The sum of all that a page is built from. What is downloaded has its sum in the
    package.
    """
    examples = _installed("examples", EXAMPLES)
    samples = map(sample_folder, SAMPLES.values())
    parts = [VERSION.encode()]
    for folder in (PACKAGE, kernel_folder(), web_folder(), examples, *samples):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                parts += [path.relative_to(folder).as_posix().encode(), path.read_bytes()]
    return _hash(*parts)


SERVICE_WORKER = "runtime/sw.js"
ANYWHERE = "runtime/anywhere.js"
MADE_OF = ".made-of"
LAST = ("sw.js", MADE_OF)
"""What a folder is known by to be a page."""
EXAMPLES = "page.json"  # which of the folder's programs the Python page offers
SAMPLES = {
    "index": "up_down_left_right",
    "rock_paper_scissors": "rock_paper_scissors",
    "things": "things",
}
"""{file in samples/: the sample set}."""
KEPT = "runtime/kept.js"  # goes into it
OWN = "own"  # what a page of one model is made of: own_page.py


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
    """[{file, name, source, group}] of the programs that the Python page offers, then
    those of Keras. A program's first line is a comment with its name, or its docstring,
    whose words before a colon, comma or semicolon are.
    """
    folder = _installed("examples", EXAMPLES)
    examples = []
    for file in json.loads((folder / EXAMPLES).read_text(encoding="utf-8")):
        title, source = (folder / f"{file}.py").read_text(encoding="utf-8").split("\n", 1)
        about = {"file": file, "name": title.removeprefix("# "), "source": source}
        examples.append({**about, "group": "Examples"})
    for path in sorted((folder / "keras").glob("*.py")):
        source = path.read_text(encoding="utf-8")
        name = re.split("[:,;]", source.split("\n", 1)[0].strip('".'))[0]
        file, group = f"keras/{path.stem}", "Keras, by one import line"
        examples.append({"file": file, "name": name, "source": source, "group": group})
    return examples


def _web_files() -> list[Path]:
    """The files that pages refer to, and those of which the Teach page makes pages: all
    but HTML, of which this build's are made, what lies at the root, and what only
    pages of others run (host/anywhere.py).
    """
    folder = web_folder()
    files = (p for p in sorted(folder.rglob("*")) if p.is_file() and not p.name.startswith("."))
    kept = (p for p in files if p.suffix != ".html" or p.parent == folder / OWN)
    return [p for p in kept if p not in (folder / SERVICE_WORKER, folder / ANYWHERE)]


def _write_samples(site: Path) -> None:
    """The drawn sample sets, and a text."""
    (site / "samples").mkdir()
    (site / "samples" / "alice.txt").write_text(_sample_text(), encoding="utf-8")
    for name, folder in SAMPLES.items():
        text = json.dumps(_samples(sample_folder(folder)))
        (site / "samples" / f"{name}.json").write_text(text, encoding="utf-8")


def _samples(folder: Path) -> dict[str, list[str]]:
    """{class: [picture as a data: URL]} of a drawn sample set; one file, since 144
    small ones take longer.
    """

    def url(path: Path) -> str:
        return "data:image/jpeg;base64," + base64.b64encode(path.read_bytes()).decode()

    folders = sorted(f for f in folder.iterdir() if f.is_dir())
    return {f.name: [url(p) for p in sorted(f.glob("*.jpg"))] for f in folders}


def _sample_text() -> str:
    """What the Text page begins with."""
    from ..data.samples import sample_text

    return sample_text()


def _hash(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()[:10]
