"""Pictures at an address that every machine of a cluster can read: s3://, gs:// and
file:///, by the file systems of Arrow, which come with Ray.
"""

from __future__ import annotations

import io
from collections import Counter
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from ..data.folders import PictureFile, PictureFolder, natural_key
from ..data.pictures import SUFFIXES
from ..host.optional import need
from .s3 import bucket_of, words_of

LARGEST = 256 << 20
"""Bytes of a picture that is read from an address, all at once."""


class StoreError(OSError):
    """A store that cannot be reached, or refuses: no fault of a single picture."""


def is_address(where: str) -> bool:
    """Whether it is one, and no path.

    Example:
        >>> from pywebml.distributed.places import is_address
        >>> is_address("s3://bucket/hands"), is_address("C:/hands")
        (True, False)
    """
    return "://" in where


def name_in(address: str) -> str:
    """The name of what is at an address.

    Example:
        >>> name_in("s3://school/my%20photos/"), name_in("s3://school")
        ('my photos', 'school')
    """
    parts = urlsplit(_written(address))
    return PurePosixPath(unquote(parts.path)).name or parts.netloc


def find_pictures(address: str) -> PictureFolder:
    """The pictures below `address`/CLASS/, as `data.folders.find_pictures` has them of
    a folder; by their names, as none is opened here.

    Raises FileNotFoundError where nothing is there, ValueError for fewer than two
    classes, StoreError where it cannot be listed.
    """
    fs = need("pyarrow.fs", "reads what is at an address", extra="ray")
    try:
        system, root = _opened(address)
        entries = system.get_file_info(fs.FileSelector(root, recursive=True))
    except FileNotFoundError:
        raise FileNotFoundError(f"nothing is at {address}: {_expected(address)}") from None
    except OSError as error:
        raise StoreError(f"{address} cannot be listed: {words_of(error)}") from None
    by_class: dict[str, list[str]] = {}
    left_out: Counter[str] = Counter()
    for entry in entries:
        inside = PurePosixPath(entry.path).relative_to(root)
        if not entry.is_file or any(part.startswith(".") for part in inside.parts):
            continue
        if inside.suffix.lower() not in SUFFIXES or len(inside.parts) < 2:
            left_out[inside.suffix.lower() or "without a suffix"] += 1
            continue
        by_class.setdefault(inside.parts[0], []).append(str(inside))
    if len(by_class) < 2:
        raise ValueError(
            f"{address} {_expected(address)}; it has {', '.join(by_class) or 'no class folder'}"
        )
    classes = tuple(sorted(by_class, key=natural_key))
    pictures = [
        PictureFile(_inside(address, name), label)  # type: ignore[arg-type]  # no path
        for label, one in enumerate(classes)
        for name in sorted(by_class[one], key=natural_key)
    ]
    return PictureFolder(classes, tuple(pictures), (), dict(left_out))


def _expected(address: str) -> str:
    up, down = (_inside(address, name) for name in ("up", "down"))
    return f"needs at least two class folders with pictures, such as {up} and {down}"


def _inside(address: str, name: str) -> str:
    """The address of a file in a folder: its name with %20 for a blank, and so on."""
    folder = urlsplit(_written(address))
    return folder._replace(path=f"{folder.path.rstrip('/')}/{quote(name)}").geturl()


def _written(address: str) -> str:
    """As addresses are written, also where somebody typed a name as it is.

    Example:
        >>> _written("s3://school/my photos"), _written("s3://school/my%20photos")
        ('s3://school/my%20photos', 's3://school/my%20photos')
    """
    return quote(address, safe="%/:?&=+,;@!$'()*~[]")


def read(source: str) -> Any:
    """A path as it is; of an address what is there, as a file in memory. StoreError
    where the store fails, OSError for a picture that is not there, or too large.
    """
    if not is_address(source):
        return source
    try:
        system, path = _opened(source)
        with system.open_input_file(path) as file:
            size = file.size()
            data = io.BytesIO(file.read(size) if size <= LARGEST else b"")
    except FileNotFoundError:
        raise FileNotFoundError(f"{source} is not there") from None
    except OSError as error:
        raise StoreError(f"{source} cannot be read: {words_of(error)}") from None
    if size > LARGEST:
        raise OSError(f"{source} has {size:,} bytes; of a picture {LARGEST:,} are read")
    data.name = source
    return data


def _opened(address: str) -> tuple[Any, str]:
    """(Arrow's file system, the path in it). ValueError for an address of no store."""
    address = _written(address)
    parts = urlsplit(address)
    if parts.scheme == "s3":
        if not parts.netloc:
            raise ValueError(f"{address} names no bucket; expected s3://BUCKET/FOLDER")
        bucket = parts._replace(path="", fragment="").geturl()
        return bucket_of(bucket), f"{parts.netloc}{unquote(parts.path)}".rstrip("/")
    return _other(address)


def _other(address: str) -> tuple[Any, str]:
    fs = need("pyarrow.fs", "reads what is at an address", extra="ray")
    try:
        return fs.FileSystem.from_uri(address)  # type: ignore[no-any-return]
    except (ValueError, NotImplementedError) as error:
        raise ValueError(
            f"{address} is no address that is read: {error}; expected s3://BUCKET/FOLDER,"
            " gs://BUCKET/FOLDER or file:///FOLDER"
        ) from None
