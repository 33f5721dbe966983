"""A zip of class folders, or a project of Teachable Machine's: its pictures (or sounds)
as a folder, for as long as they are looked at.
"""

from __future__ import annotations

import errno
import json
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from ..host.files import FormatError
from ..host.stores.folders import MAX_NAMES, ZIP_STARTS, Zip
from .class_names import FILE
from .pictures import SUFFIXES
from .teachable_projects import is_project, samples_of

MAX_UNPACKED = 8 << 30
_IMPOSSIBLE = (errno.ENAMETOOLONG, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.EINVAL)


def is_zip(path: Path) -> bool:
    """Whether a file begins as a zip does."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(4) in ZIP_STARTS


@contextmanager
def picture_folder(path: str | Path, suffixes: Collection[str] = SUFFIXES) -> Iterator[Path]:
    """`path`; for a zip, a folder that has its pictures until the end, or what else
    has one of the `suffixes`.

    FormatError for a zip that is broken, leads out of its folder or unpacks to more
    than is read, OSError where there is no room for it.
    """
    path = Path(path)
    if not is_zip(path):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="pywebml-") as folder:
        root = Path(folder) / path.stem
        root.mkdir()
        files = Zip(path)
        if is_project(files.entries):
            _lay_out(files, root)
        else:
            _unpack(files, root, suffixes)
        yield root


def _lay_out(files: Zip, root: Path) -> None:
    """The pictures of a project of Teachable Machine as class folders, which are
    numbered: not every name of a class can be a folder's.
    """
    folders: dict[str, str] = {}
    for number, sample in enumerate(samples_of(files, MAX_UNPACKED)):
        folder = root / folders.setdefault(sample.label, f"class {len(folders) + 1}")
        folder.mkdir(exist_ok=True)
        (folder / f"{number}{sample.suffix}").write_bytes(sample.data)
    names = {folder: label for label, folder in folders.items()}
    (root / FILE).write_text(json.dumps(names), encoding="utf-8")


def _unpack(files: Zip, root: Path, suffixes: Collection[str]) -> None:
    """Folders and pictures of a zip into `root`; files of other kinds without what is
    in them, so that they can be counted.
    """
    total = sum(entry.file_size for entry in files.entries.values())
    if total > MAX_UNPACKED or len(files.entries) > MAX_NAMES:
        raise FormatError(
            f"{files.name} unpacks to {len(files.entries)} files of {total} bytes in all, more than"
            f" the {MAX_NAMES} of {MAX_UNPACKED} that are read; give the unpacked folder"
        )
    for name in files.entries:
        inside = PurePosixPath(name)
        if inside.parts[:1] == ("__MACOSX",):
            continue
        is_read = inside.suffix.lower() in suffixes or inside.name == FILE
        try:
            if name.endswith("/"):
                (root / inside).mkdir(parents=True, exist_ok=True)
                continue
            (root / inside).parent.mkdir(parents=True, exist_ok=True)
            with (root / inside).open("xb") as file:
                file.write(files.read(name) if is_read else b"")
        except OSError as error:
            said = f"{name!r} in {files.name} cannot be unpacked: {error.strerror}"
            # what the name alone is to blame for, or the disk
            raise (FormatError if error.errno in _IMPOSSIBLE else OSError)(said) from None
