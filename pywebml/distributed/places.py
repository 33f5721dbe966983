"""Pictures at an address that every machine of a cluster can read: s3://, gs:// and
file:///, by the file systems of Arrow, which come with Ray.
"""

from __future__ import annotations

import io
from collections import Counter
from pathlib import PurePosixPath
from typing import Any

from ..data.folders import PictureFile, PictureFolder, natural_key
from ..data.pictures import SUFFIXES
from ..host.optional import need


def is_address(where: str) -> bool:
    """Whether it is one, and no path.

    Example:
        >>> from pywebml.distributed.places import is_address
        >>> is_address("s3://bucket/hands"), is_address("C:/hands")
        (True, False)
    """
    return "://" in where


def find_pictures(address: str) -> PictureFolder:
    """The pictures below `address`/CLASS/, as `data.folders.find_pictures` has them of
    a folder; by their names, as none is opened here.

    Raises FileNotFoundError where nothing is there, ValueError for fewer than two
    classes, OSError where the store cannot be reached.
    """
    system, root = _opened(address)
    fs = need("pyarrow.fs", "reads what is at an address", extra="ray")
    top = PurePosixPath(root)
    by_class: dict[str, list[str]] = {}
    left_out: Counter[str] = Counter()
    for entry in system.get_file_info(fs.FileSelector(root, recursive=True)):
        inside = PurePosixPath(entry.path).relative_to(top)
        if not entry.is_file or any(part.startswith(".") for part in inside.parts):
            continue
        if inside.suffix.lower() not in SUFFIXES or len(inside.parts) < 2:
            left_out[inside.suffix.lower() or "without a suffix"] += 1
            continue
        by_class.setdefault(inside.parts[0], []).append(str(inside))
    if len(by_class) < 2:
        raise ValueError(
            f"{address} needs at least two class folders with pictures, such as {address}/up and"
            f" {address}/down; it has {', '.join(by_class) or 'none'}"
        )
    classes = tuple(sorted(by_class, key=natural_key))
    pictures = [
        PictureFile(f"{address.rstrip('/')}/{name}", label)  # type: ignore[arg-type]  # no path
        for label, one in enumerate(classes)
        for name in sorted(by_class[one], key=natural_key)
    ]
    return PictureFolder(classes, tuple(pictures), (), dict(left_out))


def read(source: str) -> Any:
    """A path as it is; of an address what is there, as a file in memory. OSError where
    it cannot be read.
    """
    if not is_address(source):
        return source
    system, path = _opened(source)
    with system.open_input_file(path) as file:
        data = io.BytesIO(file.read())
    data.name = source
    return data


def _opened(address: str) -> tuple[Any, str]:
    """(Arrow's file system, the path in it). ValueError for an address of no store."""
    fs = need("pyarrow.fs", "reads what is at an address", extra="ray")
    try:
        return fs.FileSystem.from_uri(address)  # type: ignore[no-any-return]
    except (ValueError, NotImplementedError) as error:
        raise ValueError(
            f"{address} is no address that is read: {error}; expected s3://BUCKET/FOLDER,"
            " gs://BUCKET/FOLDER or file:///FOLDER"
        ) from None
