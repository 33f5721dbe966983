"""pywebml as archives for Pyodide: what every tab can use of it, and for each app that
has a page the modules that are its own. What a start loads of that is compiled where
that can be done.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from ..host.version import VERSION
from . import sources
from .listing import JOBS

PACKAGE = Path(__file__).parents[1]
ROOT = PACKAGE.parent
NOT_FOR_TABS = (
    "__main__.py",
    "apps/bench/browser/",
    "apps/bench/load.py",
    "apps/bench/machines.py",
    "apps/bench/peers/",
    "cli/",
    "data/alice.txt",
    "data/draw_gestures.py",
    "data/draw_samples.py",
    "data/draw_things.py",
    "device/native/",
    "distributed/cluster.py",
    "distributed/features.py",
    "distributed/federated/flower/",
    "distributed/fleet/desk.py",
    "distributed/places.py",
    "formats/onnx_runtime.py",
    "host/anywhere.py",
    "host/packages.py",
    "host/supplies.py",
    "site/",
    "vis/desk.py",
    "vis/pyplot.py",
    "vis/terminal.py",
    "zoo/kept_features.py",
    "zoo/shelf.py",
)
"""What a tab does without: files, and folders with a slash at their end."""

OF_EVERY_TAB = ("apps/check", "apps/bench/")
"""What no app has for itself, though its page starts with it: every tab can be asked
for a check and for times.
"""

# legacy: the .pyc stands where the .py was, which then is not needed; dfile: the path
# that tracebacks show
_COMPILE = """
import py_compile, sys
tree, shown = sys.argv[1:3]
for file in sys.argv[3:]:
    name = f"{tree}/{file}"
    # without a date: the same files give the same archive
    how = py_compile.PycInvalidationMode.UNCHECKED_HASH
    py_compile.compile(name, f"{name}c", f"{shown}/{file}", True, quiet=1, invalidation_mode=how)
"""
# {app: the files that its import adds to those of a start}, and "" for those
_LOADED = """
import importlib, json, sys
sys.path.insert(0, sys.argv[1])
import pywebml.tab.methods
files = lambda: {n: m.__file__ for n, m in sys.modules.items() if n.partition(".")[0] == "pywebml"}
start = files()
loaded = {"": [*start.values()]}
for app in sys.argv[2:]:
    importlib.import_module(f"pywebml.apps.{app}")
    added = {name: file for name, file in files().items() if name not in start}
    loaded[app] = [*added.values()]
    for name in sorted(added, reverse=True):  # so that the next one loads them, too
        package, _, module = name.rpartition(".")
        vars(sys.modules[package]).pop(module, None)
        del sys.modules[name]
print(json.dumps(loaded))
"""


def write_archives(folder: Path, apps: Iterable[str], compiled: bool = True) -> Path:
    """Writes plain tars, which hosts compress as a whole: one with what every tab can
    use, which is returned, and in jobs/ one for each of these apps. What a start loads
    is compiled, where a Python of Pyodide's version is there, as that starts faster;
    the rest is source, which is half as large.

    pyodide-build's py-compile does it where that Python has it; without it the standard
    library makes the same files.
    """
    path = folder / f"pywebml-{VERSION}.tar.txt"  # as text it is compressed by all hosts
    (folder / JOBS).mkdir(exist_ok=True)
    start, own = loaded_at_start(apps)
    interpreter = python_of(sources.PYTHON) if compiled else None
    with tempfile.TemporaryDirectory() as scratch:
        tree = Path(scratch) / "pywebml"
        for source, name in package_files():
            target = tree / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
        if interpreter is not None:
            _compile(interpreter, tree, sorted({*start, *chain(*own.values())}))
        suffix = ".pyc" if interpreter is not None else ".py"
        rest = {p for p in tree.rglob("*") if p.is_file()}
        for app, names in own.items():
            files = [(tree / name).with_suffix(suffix) for name in names]
            _pack(folder / JOBS / f"{app}.tar.txt", tree, files)
            rest.difference_update(files)
        _pack(path, tree, rest)
    return path


def loaded_at_start(apps: Iterable[str]) -> tuple[list[str], dict[str, list[str]]]:
    """The modules that a tab's start loads, as files of the package: (those of every
    tab, by app those that are its own).
    """
    command = [sys.executable, "-c", _LOADED, str(ROOT), *apps]
    run = subprocess.run(command, check=True, capture_output=True, encoding="utf-8")
    packed = {name for _, name in package_files()}
    loaded = {
        app: sorted(packed & {Path(file).relative_to(PACKAGE).as_posix() for file in files})
        for app, files in json.loads(run.stdout).items()
    }
    start = loaded.pop("")
    return start, {app: list(filter(_is_own, names)) for app, names in loaded.items()}


def _is_own(name: str) -> bool:
    """Whether a module that an app's import loads goes into the app's own archive:
    those of other rooms are for programs, too.
    """
    return name.startswith("apps/") and not name.startswith(OF_EVERY_TAB)


def _compile(interpreter: str, tree: Path, files: list[str]) -> None:
    """These modules of the tree, in place of their source."""
    if _can_import(interpreter, "pyodide_build", "pyodide_cli"):
        with tempfile.TemporaryDirectory() as scratch:
            wheel = Path(scratch) / "pywebml-0-py3-none-any.whl"
            _pack_wheel(wheel, tree, files)
            command = [interpreter, "-m", "pyodide_cli", "py-compile", "--silent", str(wheel)]
            subprocess.run(command, check=True)
            # py-compile names the Python, and removes the other
            (renamed,) = Path(scratch).glob("pywebml-0-cp*.whl")
            with zipfile.ZipFile(renamed) as done:
                for file in files:
                    (tree / f"{file}c").write_bytes(done.read(f"pywebml/{file}c"))
    else:
        compile_beside(interpreter, tree, files, "pywebml")
    for file in files:
        (tree / file).unlink()


def compile_beside(interpreter: str, tree: Path, files: Iterable[str], shown: str) -> None:
    """A .pyc beside each of these modules of the tree; in tracebacks that is `shown`."""
    subprocess.run([interpreter, "-c", _COMPILE, str(tree), shown, *files], check=True)


def kernel_folder() -> Path:
    """From the installed package or the checkout."""
    installed = PACKAGE / "kernels"
    return installed if installed.is_dir() else ROOT / "kernels"


def package_files() -> Iterator[tuple[Path, str]]:
    """(file, its name in the package): the modules that a tab can use, the kernels, and
    the table that a page begins with.
    """
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        if not name.startswith(("examples/", "kernels/", "web/", *NOT_FOR_TABS)):
            yield path, name
    yield PACKAGE / "data" / "iris.csv", "data/iris.csv"
    kernels = kernel_folder()
    for path in sorted(kernels.rglob("*.wgsl")):
        yield path, f"kernels/{path.relative_to(kernels).as_posix()}"


def python_of(version: str) -> str | None:
    """An interpreter of that version ("3.12") on this machine, or None."""
    if sys.version.startswith(version + "."):
        return sys.executable
    pyenv = sorted(Path(os.path.expanduser("~/.pyenv")).glob(f"versions/{version}*/bin/python"))
    for candidate in (shutil.which(f"python{version}"), *map(str, reversed(pyenv))):
        if candidate and subprocess.run([candidate, "-c", ""], capture_output=True).returncode == 0:
            return candidate
    return None


def _can_import(interpreter: str, *modules: str) -> bool:
    command = [interpreter, "-c", f"import {', '.join(modules)}"]
    return subprocess.run(command, capture_output=True).returncode == 0


def _pack_wheel(path: Path, tree: Path, files: list[str]) -> None:
    """For py-compile, which takes wheels alone."""
    with zipfile.ZipFile(path, "w") as wheel:
        for file in files:
            wheel.write(tree / file, f"pywebml/{file}")
        about = "Metadata-Version: 2.1\nName: pywebml\nVersion: 0\n"
        kind = "Wheel-Version: 1.0\nGenerator: pywebml\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        for name, text in (("METADATA", about), ("WHEEL", kind), ("RECORD", "")):
            wheel.writestr(f"pywebml-0.dist-info/{name}", text)


def _pack(path: Path, tree: Path, files: Iterable[Path]) -> None:
    """Files of a kind side by side, which compresses them better; without dates."""
    with tarfile.open(path, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for file in sorted(files, key=lambda p: (p.suffix, p)):
            about = tarfile.TarInfo(file.relative_to(tree.parent).as_posix())
            about.size = file.stat().st_size
            with file.open("rb") as data:
                tar.addfile(about, data)
