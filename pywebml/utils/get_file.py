"""Files from the net by address and sum, kept for the next time."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from ..host.files import FormatError, checked_name, make_room, sync_all, write_whole
from ..host.keeping import cache_folder, caching
from ..host.stores.folders import MAX_NAMES, ZIP_STARTS, Zip
from ..host.stores.http import fetch_async
from ..host.waiting import run_sync
from .progbar import Progbar

MAX_UNPACKED = 8 << 30
_LENGTHS = {64: "sha256", 32: "md5"}


def get_file(
    fname: str | None = None,
    origin: str | None = None,
    untar: bool = False,
    md5_hash: str | None = None,
    file_hash: str | None = None,
    cache_subdir: str = "datasets",
    hash_algorithm: str = "auto",
    extract: bool = False,
    archive_format: str = "auto",
    cache_dir: str | os.PathLike[str] | None = None,
    force_download: bool = False,
) -> str:
    """The path of the file at the address `origin`, downloaded once and kept. What
    comes is compared with its sum before it is anywhere; with `extract` it is unpacked,
    and the path is that of the folder.

    Args:
        fname: its name here; that in the address where None.
        file_hash: its sha256 (or md5), as 64 (32) hexadecimal digits. Must be said, and
            that is what differs from Keras: nothing runs on what anybody may replace.
        md5_hash, untar: Keras's older words for `file_hash` and `extract`.
        cache_subdir, cache_dir: where it is kept, `cache_dir`/`cache_subdir`/`fname`;
            by default below the package's cache folder.
        hash_algorithm: "sha256", "md5", or "auto": by the sum's length.
        archive_format: "tar", "zip", or "auto": by what it is.
        force_download: downloads it again.

    Raises:
        ValueError: no address, no sum, a name that is a path; an archive that leads
            out of its folder, or is none.
        ConnectionError: the net or the server fails.

    Example:
        >>> pw.utils.get_file(origin="https://example.org/words.txt")
        Traceback (most recent call last):
        ...
        ValueError: get_file: say the file_hash (sha256) of https://example.org/words.txt...
    """
    if not origin:
        raise ValueError("get_file: say the origin, the address of the file")
    sum_, algorithm = _sum(origin, file_hash or md5_hash, "md5" if md5_hash else hash_algorithm)
    name = os.fspath(fname) if fname else PurePosixPath(urlsplit(origin).path).name
    if not name or name != PurePosixPath(name).name or "\\" in name:
        raise ValueError(
            f"get_file: fname must be a file's name, got {name!r}; cache_dir and cache_subdir say"
            " where it is kept"
        )
    base = Path(cache_dir).expanduser() if cache_dir else cache_folder("")
    path = base / cache_subdir / checked_name(name)
    if extract or untar:
        # the folder takes the name, the archive stands beside it, as in Keras
        folder = path.with_name(name.partition(".")[0] + "_extracted") if "." in name else path
        path = path if "." in name else path.with_name(f"{name}_archive")
    if force_download or not _is_kept(path, sum_, algorithm):
        _download(origin, path, sum_, algorithm)
    if not (extract or untar):
        return str(path)
    if force_download or not folder.is_dir():
        _unpack(path, folder, "tar" if untar else archive_format)
    return str(folder)


def _sum(origin: str, said: str | None, algorithm: str) -> tuple[str, str]:
    if algorithm not in ("auto", "sha256", "md5"):
        raise ValueError(
            f"get_file: hash_algorithm must be 'sha256', 'md5' or 'auto', got {algorithm!r}"
        )
    if not said:
        raise ValueError(
            f"get_file: say the file_hash (sha256) of {origin}: a file is only used where it is the"
            " one that was meant; `sha256sum FILE` prints it of a copy that you trust"
        )
    digits = said.lower()
    length = len(digits)
    name = _LENGTHS.get(length) if algorithm == "auto" else algorithm
    if _LENGTHS.get(length) != name or set(digits) - set("0123456789abcdef"):
        raise ValueError(
            f"get_file: file_hash must be 64 hexadecimal digits of a sha256 or 32 of an md5, got"
            f" {said!r:.80}"
        )
    return digits, name or "sha256"


def _of(data: bytes, algorithm: str) -> str:
    return hashlib.new(algorithm, data, usedforsecurity=False).hexdigest()


def _is_kept(path: Path, sum_: str, algorithm: str) -> bool:
    return path.is_file() and _of(path.read_bytes(), algorithm) == sum_


def _download(origin: str, path: Path, sum_: str, algorithm: str) -> None:
    print(f"Downloading {origin}", flush=True)
    bar: list[Progbar] = []

    def progress(done: int, total: int | None) -> None:
        if not bar:
            bar.append(Progbar(total, unit_name="byte"))
        bar[0].update(done)

    with caching(path) as work:
        data = run_sync(fetch_async(origin, progress=progress))
        if (is_ := _of(data, algorithm)) != sum_:
            raise FormatError(
                f"{origin} has {algorithm} {is_}, expected {sum_}: it is another file, or it was"
                " changed on its way"
            )
        fresh = write_whole(work / path.name, data)
        make_room(path)
        os.replace(fresh, path)


def _unpack(path: Path, folder: Path, archive_format: str) -> None:
    """Into a folder that is there as a whole or not at all."""
    data = path.read_bytes()
    is_zip = data[:4] in ZIP_STARTS
    if archive_format not in ("auto", "tar", "zip") or (archive_format == "zip") > is_zip:
        raise ValueError(
            f"get_file: {path} is no archive that archive_format={archive_format!r} says; there are"
            " 'tar', 'zip' and 'auto'"
        )
    with caching(folder) as work:
        target = work / folder.name
        target.mkdir()
        (_unzip if is_zip and archive_format != "tar" else _untar)(data, target, str(path))
        sync_all()
        if folder.exists():
            os.replace(folder, work / "old")
        os.replace(target, folder)


def _unzip(data: bytes, target: Path, what: str) -> None:
    archive = Zip(data)
    sizes = [entry.file_size for entry in archive.entries.values()]
    _bounded(len(sizes), sum(sizes), what)
    _write(target, {name: _reader(archive, name) for name in archive.entries if name[-1:] != "/"})


def _reader(archive: Zip, name: str) -> Callable[[], bytes]:
    return lambda: archive.read(name)


def _untar(data: bytes, target: Path, what: str) -> None:
    try:
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            files: list[tarfile.TarInfo] = []
            total = 0
            for member in archive:  # links and devices are left out
                if member.isfile():
                    files.append(member)
                    total += member.size
                    _bounded(len(files), total, what)
            _write(target, {member.name: _member(archive, member) for member in files})
    except (tarfile.TarError, EOFError, OSError, UnicodeError) as error:
        raise FormatError(f"{what} is no archive that can be read: {error}") from None


def _member(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        file = archive.extractfile(member)
        assert file is not None
        return file.read()

    return read


def _bounded(count: int, total: int, what: str) -> None:
    if count > MAX_NAMES or total > MAX_UNPACKED:
        raise FormatError(
            f"{what} unpacks to {count} files of {total} bytes, more than the {MAX_NAMES} of"
            f" {MAX_UNPACKED} that are read"
        )


def _write(target: Path, files: dict[str, Callable[[], bytes]]) -> None:
    for name, read in files.items():
        path = target / checked_name(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(read())
