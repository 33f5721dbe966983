"""pywebml as a wheel for Pyodide: what a tab can use of it, compiled where that can be
done.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from ..host.version import VERSION
from . import sources

PACKAGE = Path(__file__).parents[1]
ROOT = PACKAGE.parent
NOT_FOR_TABS = (
    "__main__.py",
    "apps/bench/browser/",
    "apps/bench/peers/",
    "cli/",
    "data/draw_samples.py",
    "device/native/",
    "distributed/",
    "site/",
)
"""What a tab does without: files, and folders with a slash at their end."""

# legacy (the second True): the .pyc stands where the .py was, which then is not needed;
# ddir: the path that tracebacks show
_COMPILE = (
    "import compileall, sys; sys.exit(not compileall.compile_dir(sys.argv[1], ddir='pywebml',"
    " quiet=1, legacy=True))"
)


def write_wheel(folder: Path, compiled: bool = True) -> Path:
    """The wheel: compiled where a Python of Pyodide's version is there, which starts
    faster, else as source.

    pyodide-build's py-compile does it where that Python has it; without it the standard
    library makes the same files.
    """
    path = folder / f"pywebml-{VERSION}-py3-none-any.whl"
    interpreter = python_of(sources.PYTHON) if compiled else None
    tool = interpreter is not None and _can_import(interpreter, "pyodide_build", "pyodide_cli")
    with tempfile.TemporaryDirectory() as scratch:
        tree = Path(scratch) / "pywebml"
        for source, name in package_files():
            target = tree / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
        if interpreter is not None and not tool:
            subprocess.run([interpreter, "-c", _COMPILE, str(tree)], check=True)
            for module in tree.rglob("*.py"):
                module.unlink()
        _pack(path, Path(scratch))
    if interpreter is not None and tool:
        command = [interpreter, "-m", "pyodide_cli", "py-compile", "--silent", str(path)]
        subprocess.run(command, check=True)
        # py-compile names the Python, and removes the other
        (renamed,) = folder.glob(f"pywebml-{VERSION}-cp*.whl")
        renamed.replace(path)
    return path


def kernel_folder() -> Path:
    """From the installed package or the checkout."""
    installed = PACKAGE / "kernels"
    return installed if installed.is_dir() else ROOT / "kernels"


def package_files() -> Iterator[tuple[Path, str]]:
    """(file, its name in the package): the modules that a tab can use, and the kernels."""
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        if not name.startswith(("examples/", "kernels/", "web/", *NOT_FOR_TABS)):
            yield path, name
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


def _pack(path: Path, tree: Path) -> None:
    info = f"pywebml-{VERSION}.dist-info"
    about = f"Metadata-Version: 2.1\nName: pywebml\nVersion: {VERSION}\n"
    kind = "Wheel-Version: 1.0\nGenerator: pywebml\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as wheel:
        for file in sorted(p for p in tree.rglob("*") if p.is_file()):
            _put(wheel, file.relative_to(tree).as_posix(), file.read_bytes())
        _put(wheel, f"{info}/METADATA", about.encode())
        _put(wheel, f"{info}/WHEEL", kind.encode())
        _put(wheel, f"{info}/RECORD", b"")


def _put(wheel: zipfile.ZipFile, name: str, data: bytes) -> None:
    # without a date: the same files give the same wheel
    wheel.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
