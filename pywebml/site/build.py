"""`page build`: everything the page needs, in one folder that any static host can
serve.

    index.html, check.html ...   the pages, with relative references sw.js,
    manifest.webmanifest  offline use, installation samples/                     the
    drawn sample set app-HASH/                    scripts, styles, the pywebml wheel;
    assets.json says where the rest is pyodide-VERSION/             Python for the
    browser NAME-HASH/                   the extractor, 8 bits a weight xnnpack-VERSION/
    kernels for tabs without WebGPU

Folders with a hash or version in their name never change, so browsers may keep them for
good. Files that shrink lie there gzip- and brotli-compressed as well, for servers that
send such files.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ..host.version import VERSION
from . import sources
from .editor import editor_files

ROOT = Path(__file__).parents[2]
PACKAGE = Path(__file__).parents[1]
PYODIDE_FILES = ("pyodide.mjs", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip")
COMPRESSED = {".html", ".js", ".mjs", ".css", ".json", ".wasm", ".svg", ".webmanifest", ".bin"}
NOT_FOR_TABS = (
    "__main__.py", "apps/bench/browser/", "apps/bench/peers/", "cli/", "data/draw_samples.py",
    "device/native/", "distributed/", "site/",
)  # fmt: skip
"""What a tab does without: files, and folders with a slash at their end."""
_REFERENCE = re.compile(r'\b(src|href)="(?:\./)?([^"#?:]+)"')

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
        made = Path(scratch) / "page"
        made.mkdir()
        say("Python for the browser")
        pyodide, xnnpack = _pyodide(made), _xnnpack(made)
        say("extractor")
        extractor = _extractor(made)
        say("pages")
        library = f"../{xnnpack.name}/{sources.XNNPACK_FILE}"
        app = _app(
            made,
            {
                "pyodide": f"../{pyodide.name}/",
                "extractor": f"../{extractor.name}/",
                "xnnpack": library,
            },
        )
        _pages(made, app)
        say("compressing")
        for path in sorted(made.rglob("*")):
            if (
                path.is_file()
                and path.suffix in COMPRESSED
                and not path.with_name(path.name + ".gz").is_file()
            ):
                _compress(path)
        if out.exists():
            shutil.rmtree(out)
        made.rename(out)
    return summary(out)


def summary(out: Path) -> dict[str, Any]:
    """What a build weighs. A first visit with WebGPU takes everything but what is for
    later and the drawn samples.
    """
    files = [p for p in out.rglob("*") if p.is_file() and p.suffix not in (".gz", ".br")]
    start = sum(_sent(p) for p in files if not _for_later(p) and p.parent.name != "samples")
    return {
        "files": len(files),
        "bytes": sum(p.stat().st_size for p in files),
        "start_bytes": start,
    }


def _for_later(path: Path) -> bool:
    """Whether a tab fetches a file only when it needs it: NumPy, and the kernels for
    where there is no WebGPU.
    """
    return path.name.startswith("numpy") or path.parent.name.startswith("xnnpack")


def _sent(path: Path) -> int:
    """Bytes on the wire, as `page serve` sends the file."""
    return min(
        p.stat().st_size
        for p in (path, path.with_name(path.name + ".br"), path.with_name(path.name + ".gz"))
        if p.is_file()
    )


# ---- parts ----


def _pyodide(made: Path) -> Path:
    core, numpy = sources.pyodide(), sources.numpy_wheel()
    folder = made / f"pyodide-{sources.PYODIDE}"
    folder.mkdir()
    for name in PYODIDE_FILES:
        _copy(core / name, folder)
    shutil.copyfile(numpy, folder / sources.NUMPY)
    lock = json.loads((core / "pyodide-lock.json").read_text(encoding="utf-8"))
    lock["packages"] = {"numpy": lock["packages"]["numpy"]}  # the one package that the page has
    (folder / "pyodide-lock.json").write_text(json.dumps(lock), encoding="utf-8")
    return folder


def _xnnpack(made: Path) -> Path:
    folder = made / f"xnnpack-{sources.XNNPACK}"
    folder.mkdir()
    _copy(sources.xnnpack(), folder)
    return folder


def _copy(file: Path, folder: Path) -> None:
    """With its compressed forms, which are made beside it, once for all builds: it
    takes seconds.
    """
    if file.suffix in COMPRESSED and not file.with_name(f"{file.name}.gz").is_file():
        _compress(file)
    for form in (file, file.with_name(f"{file.name}.gz"), file.with_name(f"{file.name}.br")):
        if form.is_file():
            shutil.copyfile(form, folder / form.name)


def _extractor(made: Path) -> Path:
    from ..device import get_device, make_device, set_device
    from ..zoo import load_extractor
    from ..zoo.compact import compact_files

    before = get_device()
    set_device(make_device("cpu"))
    try:
        extractor = load_extractor()
        files = compact_files(extractor)
    finally:
        set_device(before)
    folder = made / f"{extractor.name}-{_hash(*files.values())}"
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


def _app(made: Path, assets: dict[str, str]) -> Path:
    """Scripts, styles, pictures, the wheel, the editor of the Python page; in a folder
    named after their content.
    """
    folder = made / "app"
    for source in _web_files():
        if not _at_root(source):
            target = folder / source.relative_to(_web())
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    for name, data in editor_files().items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
    wheel = write_wheel(folder)
    (folder / "assets.json").write_text(
        json.dumps({"version": VERSION, "wheel": wheel.name, **assets}), encoding="utf-8"
    )
    digest = _hash(
        *(
            str(p.relative_to(folder)).encode() + p.read_bytes()
            for p in sorted(folder.rglob("*"))
            if p.is_file()
        )
    )
    return folder.rename(made / f"app-{digest}")


def _pages(made: Path, app: Path) -> None:
    """HTML pages and the manifest refer to the app's folder; the service worker gets
    the list of all files.
    """

    def moved(match: re.Match[str]) -> str:
        attribute, path = match.groups()
        return f'{attribute}="{app.name}/{path}"' if (app / path).is_file() else match[0]

    for source in _web_files():
        if source.suffix == ".html":
            (made / source.name).write_text(
                _REFERENCE.sub(moved, source.read_text(encoding="utf-8")), encoding="utf-8"
            )
    manifest = {
        "name": "pywebml", "short_name": "pywebml",
        "description": "Teach your computer to see, in this tab",
        "start_url": "./index.html", "scope": "./", "display": "standalone",
        "background_color": "#ffffff", "theme_color": "#1d4ed8",
        "icons": [{"src": f"{app.name}/icon.svg", "sizes": "any", "type": "image/svg+xml",
            "purpose": "any"}],
    }  # fmt: skip
    (made / "samples").mkdir()
    (made / "samples" / "index.json").write_text(json.dumps(_samples()), encoding="utf-8")
    (made / "manifest.webmanifest").write_text(json.dumps(manifest), encoding="utf-8")
    kept = [
        str(p.relative_to(made))
        for p in sorted(made.rglob("*"))
        if p.is_file() and not _for_later(p)
    ]
    worker = (_web() / "sw.js").read_text(encoding="utf-8")
    digest = _hash(*(p.encode() + (made / p).read_bytes() for p in kept))
    worker = worker.replace('BUILD = ""', f'BUILD = "{digest}"').replace(
        "FILES = []", "FILES = " + json.dumps(["./", *kept])
    )
    (made / "sw.js").write_text(worker, encoding="utf-8")


def _web() -> Path:
    """The folder web/, from the checkout or the installed package."""
    for folder in (PACKAGE / "web", ROOT / "web"):
        if (folder / "worker.js").is_file():
            return folder
    raise FileNotFoundError(
        "the page's files (web/) are not installed; build from a checkout, or reinstall pywebml"
    )


def _web_files() -> list[Path]:
    return [p for p in sorted(_web().rglob("*")) if p.is_file() and not p.name.startswith(".")]


def _at_root(source: Path) -> bool:
    return source.suffix == ".html" or source.name == "sw.js"


def _samples() -> dict[str, list[str]]:
    """{class: [picture as a data: URL]} of the drawn sample set; one file, since 144
    small ones take longer.
    """
    from ..data.samples import sample_folder

    def url(path: Path) -> str:
        return "data:image/jpeg;base64," + base64.b64encode(path.read_bytes()).decode()

    folders = sorted(f for f in sample_folder().iterdir() if f.is_dir())
    return {f.name: [url(p) for p in sorted(f.glob("*.jpg"))] for f in folders}


# ---- the wheel ----


def write_wheel(folder: Path, compiled: bool = True) -> Path:
    """pywebml as a wheel for Pyodide: compiled where a Python of Pyodide's version is
    found, which starts faster, else as source.

    pyodide-build's py-compile does it where that Python has it; without it the standard
    library makes the same files.
    """
    path = folder / f"pywebml-{VERSION}-py3-none-any.whl"
    info = f"pywebml-{VERSION}.dist-info"
    with (
        tempfile.TemporaryDirectory() as scratch,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as wheel,
    ):
        tree = Path(scratch) / "pywebml"
        for source, name in _package_files():
            target = tree / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
        interpreter = python_of(sources.PYTHON) if compiled else None
        tool = interpreter is not None and _can_import(interpreter, "pyodide_build", "pyodide_cli")
        if interpreter is not None and not tool:
            # -d: the path that tracebacks show; legacy (-b): .pyc where the .py was,
            # which then is not needed
            code = (
                "import compileall, sys; sys.exit(not compileall.compile_dir(sys.argv[1],"
                " ddir='pywebml', quiet=1, legacy=True))"
            )
            subprocess.run([interpreter, "-c", code, str(tree)], check=True)
            for source in tree.rglob("*.py"):
                source.unlink()
        for file in sorted(p for p in tree.rglob("*") if p.is_file()):
            _put(wheel, str(file.relative_to(scratch)), file.read_bytes())
        _put(
            wheel,
            f"{info}/METADATA",
            f"Metadata-Version: 2.1\nName: pywebml\nVersion: {VERSION}\n".encode(),
        )
        _put(
            wheel,
            f"{info}/WHEEL",
            b"Wheel-Version: 1.0\nGenerator: pywebml\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        _put(wheel, f"{info}/RECORD", b"")
    if interpreter is not None and tool:
        subprocess.run(
            [interpreter, "-m", "pyodide_cli", "py-compile", "--silent", str(path)], check=True
        )
        # py-compile names the Python, and removes the other
        (made,) = folder.glob(f"pywebml-{VERSION}-cp*.whl")
        made.replace(path)
    return path


def _can_import(interpreter: str, *modules: str) -> bool:
    return (
        subprocess.run(
            [interpreter, "-c", f"import {', '.join(modules)}"], capture_output=True
        ).returncode
        == 0
    )


def _put(wheel: zipfile.ZipFile, name: str, data: bytes) -> None:
    # without a date: the same files give the same wheel
    wheel.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)


def _package_files() -> Iterator[tuple[Path, str]]:
    """(file, its name in the package): the modules that a tab can use, and the kernels."""
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        if not name.startswith(("kernels/", "web/", *NOT_FOR_TABS)):
            yield path, name
    kernels = PACKAGE / "kernels" if (PACKAGE / "kernels").is_dir() else ROOT / "kernels"
    for path in sorted(kernels.rglob("*.wgsl")):
        yield path, f"kernels/{path.relative_to(kernels).as_posix()}"


def python_of(version: str) -> str | None:
    """An interpreter of that version ("3.12") on this machine, or None."""
    if sys.version.startswith(version + "."):
        return sys.executable
    pyenv = sorted(Path.home().glob(f".pyenv/versions/{version}*/bin/python"))
    for candidate in (shutil.which(f"python{version}"), *map(str, reversed(pyenv))):
        if candidate and subprocess.run([candidate, "-c", ""], capture_output=True).returncode == 0:
            return candidate
    return None


# ---- compression ----


def _compress(path: Path) -> None:
    data = path.read_bytes()
    made = {".gz": gzip.compress(data, 9, mtime=0)}
    try:
        import brotli
    except ImportError:
        pass
    else:
        made[".br"] = brotli.compress(data, quality=11 if len(data) < 1 << 20 else 9)
    for suffix, small in made.items():
        if len(small) < 0.95 * len(data):
            path.with_name(path.name + suffix).write_bytes(small)


def _hash(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()[:10]
