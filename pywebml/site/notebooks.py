"""`notebooks`: JupyterLite with pywebml's notebooks, in one folder that any static host
can serve. Python runs in the visitor's tab; nothing is asked of any other host.

    lab/, notebooks/, tree/     JupyterLab, single notebooks, a list of them
    files/, api/contents/       the notebooks
    static/pyodide/             Python for the browser, what its kernel needs, NumPy,
                                pywebml's wheel, and beside it what it takes from its
                                own place (host/anywhere.py): XNNPACK's kernels,
                                digits, the network that looks at pictures

JupyterLite's kernel would take its packages from a package index. Here they are named
in Pyodide's own lock file, with their sums, and lie beside it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..data.digits import PARTS, packed_file, part_of
from ..data.samples import sample_folder
from ..device import get_device, make_device, set_device
from ..host.files import said_in_words, scratch
from ..host.optional import need
from ..host.packages import has_npm
from ..host.stores.exchanging import put_in_place
from ..host.supplies import supplies
from ..host.version import VERSION
from ..zoo import load_extractor
from ..zoo.compact import compact_files
from . import sources
from .archive import PACKAGE, ROOT, package_files
from .build import PYODIDE_FILES, web_folder

Say = Callable[[str], None]
KNOWN_BY = "jupyter-lite.json"
"""What a folder is known by to be such a site."""
KERNEL = "@jupyterlite/pyodide-kernel-extension"
PYTHON = "static/pyodide"
START = ("ssl", "sqlite3", "ipykernel", "comm", "pyodide_kernel", "piplite", "jedi", "ipython")
"""What JupyterLite's kernel begins with, and would look for elsewhere."""
_NO_SQLITE = b'''"""In place of SQLite, which this tab does not have. IPython's history asks."""
class Error(Exception): pass
DatabaseError = IntegrityError = OperationalError = Connection = Error
def connect(*_, **__): raise Error("there is no SQLite in this tab")
'''
NOWHERE: dict[str, dict[str, bytes]] = {"ssl": {}, "sqlite3": {"sqlite3.py": _NO_SQLITE}}
"""Of the standard library, and compiled: no registry has them, and nobody needs them."""
SETTINGS = {"@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"}}
"""Short notebooks are shown as a whole: what is searched for is there."""
ICONS = ("notebook", "busy-1", "busy-2", "busy-3", "file", "console", "terminal")
"""States of a tab for which Jupyter's server would have pictures."""
LOADER = "pyodide.js"
CLASSIC = (
    'self.loadPyodide = async (options) => (await import("./pyodide.mjs")).loadPyodide(options);\n'
)
"""The kernel's worker is no module, and takes a script."""
IMPORTED = {"ipython": "IPython"}
NEEDS = {
    "micropip": ["packaging"],
    "piplite": ["micropip"],
    "ipython": [
        "decorator", "jedi", "matplotlib-inline", "prompt_toolkit", "pygments", "stack-data",
        "traitlets",
    ],
    "jedi": ["parso"],
    "comm": ["traitlets"],
    "prompt_toolkit": ["wcwidth"],
    "stack-data": ["asttokens", "executing", "pure-eval"],
    "pyodide_kernel": ["ipykernel", "ipython", "comm"],
    "pywebml": ["numpy"],
}  # fmt: skip
SAMPLES = ("up_down_left_right", "things")


def build(out: str | Path, folder: str | Path | None = None, say: Say = lambda text: None) -> int:
    """Builds the site into `out` (made afresh) and returns its bytes. `folder`: the
    notebooks, and files beside them; pywebml's own where it is left out.

    ImportError without JupyterLite; ValueError where `out` is a folder of something
    else, or `folder` has no notebooks; ConnectionError where a download fails.
    """
    need("jupyterlite_core", "is the notebooks' page", extra="notebooks")
    need("jupyterlite_pyodide_kernel", "runs notebooks in a tab", extra="notebooks")
    place, books = Path(out).resolve(), own_notebooks() if folder is None else Path(folder)
    if not any(books.glob("*.ipynb")):
        raise ValueError(f"{books} has no notebooks; expected a folder with .ipynb files")
    if place.is_dir() and any(place.iterdir()) and not (place / KNOWN_BY).is_file():
        raise ValueError(f"{place} holds something else; name an empty folder, or remove it")
    here = place if place.is_dir() else place.parent
    with said_in_words(f"{out} cannot be written", "name another folder"), scratch(here) as work:
        site = work / "site"
        say("JupyterLite")
        _jupyterlite(work, site)
        say("Python for the browser")
        _python(site / PYTHON)
        say("digits and a network")
        _beside(site / PYTHON, say)
        _contents(site, books)
        nbytes = sum(path.stat().st_size for path in site.rglob("*") if path.is_file())
        names = sorted(path.name for path in site.iterdir() if path.name != KNOWN_BY)
        put_in_place(site, place, [*names, KNOWN_BY], only=True)
    return nbytes


def own_notebooks() -> Path:
    """examples/notebooks, of the checkout or the installed package."""
    installed = PACKAGE / "examples" / "notebooks"
    return installed if installed.is_dir() else ROOT / "examples" / "notebooks"


def _jupyterlite(work: Path, site: Path) -> None:
    """The page itself, told where its Python is, and what that begins with."""
    empty = work / "nothing"
    empty.mkdir()
    kernel = {
        "pyodideUrl": f"./{PYTHON}/{LOADER}",
        "loadPyodideOptions": {"packages": [*START, "micropip"]},
    }
    about = {
        "jupyter-lite-schema-version": 0,
        "jupyter-config-data": {
            "appName": "pywebml",
            "litePluginSettings": {f"{KERNEL}:kernel": kernel},
        },
    }
    (empty / "jupyter-lite.json").write_text(json.dumps(about), encoding="utf-8")
    (empty / "overrides.json").write_text(json.dumps(SETTINGS), encoding="utf-8")
    apps = [word for app in ("lab", "notebooks", "tree") for word in ("--apps", app)]
    command = [sys.executable, "-m", "jupyterlite_core", "build", "--output-dir", str(site)]
    done = subprocess.run(
        [*command, *apps, "--no-sourcemaps"], cwd=empty, capture_output=True, encoding="utf-8"
    )
    if done.returncode:
        raise RuntimeError(f"JupyterLite was not built: {done.stderr[-2000:]}")
    icons = site / "static" / "favicons"
    icons.mkdir(parents=True)
    for state in ICONS:
        shutil.copyfile(site / "lab" / "favicon.ico", icons / f"favicon-{state}.ico")


def _python(folder: Path) -> None:
    """Pyodide with a lock file of what lies in this folder."""
    folder.mkdir(parents=True)
    core = sources.pyodide()
    for name in PYODIDE_FILES:
        shutil.copyfile(core / name, folder / name)
    (folder / LOADER).write_text(CLASSIC, encoding="utf-8")
    shutil.copyfile(core / "python_stdlib.zip", folder / "python_stdlib.zip")
    lock = json.loads((core / "pyodide-lock.json").read_text(encoding="utf-8"))
    wheels = dict(_wheels(folder))
    lock["packages"] = {"numpy": lock["packages"]["numpy"]} | {
        name.replace("_", "-"): _locked(name, path) for name, path in wheels.items()
    }
    (folder / "pyodide-lock.json").write_text(json.dumps(lock), encoding="utf-8")


def _wheels(folder: Path) -> Iterator[tuple[str, Path]]:
    """(name, wheel in the folder) of all but NumPy, which is put there, too."""
    shutil.copyfile(sources.numpy_wheel(), folder / sources.NUMPY)
    for package in supplies():
        if package.use == "notebooks":
            yield package.name, _copied(sources.wheel(package.name), folder)
    kernel = need("jupyterlite_pyodide_kernel.constants", "runs notebooks", extra="notebooks")
    room = Path(sys.prefix) / "share/jupyter/labextensions" / KERNEL / "static/pypi"
    if kernel.PYODIDE_VERSION.rpartition(".")[0] != sources.PYODIDE.rpartition(".")[0]:
        raise RuntimeError(
            f"JupyterLite's kernel is for Pyodide {kernel.PYODIDE_VERSION}, and NumPy can be had"
            f" for {sources.PYODIDE} alone; run: pip install 'pywebml[notebooks]'"
        )
    for name in ("ipykernel", "piplite", "pyodide_kernel"):
        (wheel,) = room.glob(f"{name}-*.whl")
        yield name, _copied(wheel, folder)
    for name, files in NOWHERE.items():
        yield name, write_wheel(folder, name, "1.0.0", files)
    yield "pywebml", write_wheel(folder, "pywebml", VERSION, dict(_own_files()))


def _copied(source: Path, folder: Path) -> Path:
    return Path(shutil.copyfile(source, folder / source.name))


def _own_files() -> Iterator[tuple[str, bytes]]:
    """pywebml for a tab that somebody else has started: what our own page's tab has,
    the scripts that open WebGPU, and drawn samples.
    """
    for path, name in package_files():
        yield f"pywebml/{name}", path.read_bytes()
    for name in ("anywhere.py", "supplies.py", "supplies.json"):  # which open a page
        yield f"pywebml/host/{name}", (PACKAGE / "host" / name).read_bytes()
    web = web_folder()
    for path in sorted([*web.glob("runtime/*.js"), *web.glob("shared/*.js")]):
        yield f"pywebml/web/{path.relative_to(web).as_posix()}", path.read_bytes()
    for sample in map(sample_folder, SAMPLES):
        for path in sorted(sample.rglob("*.jpg")):
            yield f"pywebml/data/{path.relative_to(PACKAGE / 'data').as_posix()}", path.read_bytes()


def write_wheel(folder: Path, name: str, version: str, files: Mapping[str, bytes]) -> Path:
    """A wheel of these files, {path in it: bytes}; the same files give the same."""
    path, about = folder / f"{name}-{version}-py3-none-any.whl", f"{name}-{version}.dist-info"
    kind = "Wheel-Version: 1.0\nGenerator: pywebml\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    described = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    parts = {**files, f"{about}/METADATA": described.encode(), f"{about}/WHEEL": kind.encode()}
    record = [f"{part},{_sum(data)},{len(data)}\n" for part, data in parts.items()]
    parts[f"{about}/RECORD"] = "".join([*record, f"{about}/RECORD,,\n"]).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, data in parts.items():
            archive.writestr(zipfile.ZipInfo(part), data, zipfile.ZIP_DEFLATED)
    return path


def _sum(data: bytes) -> str:
    """As wheels list it."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest())
    return f"sha256={digest.decode().rstrip('=')}"


def _locked(name: str, wheel: Path) -> dict[str, Any]:
    """A package's entry in Pyodide's lock file."""
    return {
        "name": name,
        "version": wheel.name.split("-")[1],
        "file_name": wheel.name,
        "install_dir": "site",
        "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
        "package_type": "package",
        "imports": [] if name in NOWHERE else [IMPORTED.get(name, name.replace("-", "_"))],
        "depends": [other.replace("_", "-") for other in NEEDS.get(name, [])],
        "unvendored_tests": False,
    }


def _beside(folder: Path, say: Say) -> None:
    """What pywebml takes from beside its wheel."""
    kernels = sources.XNNPACK_FILES["xnnpack"]
    shutil.copyfile(sources.xnnpack() / kernels, folder / kernels)
    before = get_device()
    set_device(make_device("cpu"))
    try:
        extractor = load_extractor()
        files = {f"{extractor.name}/{file}": d for file, d in compact_files(extractor).items()}
    finally:
        set_device(before)
    try:
        data = packed_file().read_bytes()
        files |= {f"digits/{part}.bin": part_of(data, part) for part in PARTS}
    except ConnectionError:
        if has_npm():
            raise
        say("without npm, there are no handwritten digits to learn from")
    for name, data in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)


def _contents(site: Path, books: Path) -> None:
    """The files that visitors find, and the list of them that JupyterLite reads."""
    files = [path for path in sorted(books.iterdir()) if path.is_file()]
    (site / "files").mkdir(exist_ok=True)
    for path in files:
        shutil.copyfile(path, site / "files" / path.name)
    listed = site / "api" / "contents" / "all.json"
    listed.parent.mkdir(parents=True, exist_ok=True)
    inside = [_content(path) for path in files]
    whole = {**_content(books), "name": "", "path": "", "content": inside}
    listed.write_text(json.dumps(whole), encoding="utf-8")


def _content(path: Path) -> dict[str, Any]:
    """As Jupyter describes a file or a folder."""
    kind = "notebook" if path.suffix == ".ipynb" else "file"
    about = path.stat()
    changed = datetime.fromtimestamp(about.st_mtime, UTC).isoformat()
    return {
        "name": path.name,
        "path": path.name,
        "type": "directory" if path.is_dir() else kind,
        "format": None,
        "mimetype": None,
        "content": None,
        "size": about.st_size,
        "created": changed,
        "last_modified": changed,
        "writable": True,
    }
