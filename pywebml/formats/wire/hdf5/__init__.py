"""HDF5 files, read and written without HDF5's library: what Keras saves models and
weights in. That library crashes or never ends on some broken files, and a tab has none.

Read are groups of the older and the newer kind, arrays of numbers in one piece or in
pieces that may be shuffled and packed by gzip, and texts in attributes: what h5py
writes unless it is told otherwise. Written are arrays in one piece, in groups of the
newer kind.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any, NamedTuple

from ....host.files import FormatError
from ....host.stores.parts import Slice
from ..stored import Weight
from .arrays import Arrays
from .objects import MAX_DEPTH, SPACE, START, Objects
from .texts import Texts
from .writing import written

__all__ = ["START", "Contents", "read", "read_arrays", "written"]


class Contents(NamedTuple):
    """arrays   {path: array}, which share the file's memory where they are in one piece
    texts    {path of a group: {name: text or list of texts}}, "" is the outermost
    """

    arrays: Mapping[str, Weight]
    texts: Mapping[str, Mapping[str, Any]]


def read(data: Slice, name: str, texts: bool = True) -> Contents:
    """All that is in a file; without the `texts`, if these are not asked for.
    FormatError for a file that is broken, or stored in a way that is not read.
    """
    objects = Objects(data, name)
    reader = Arrays(objects), Texts(objects) if texts else None
    contents: tuple[dict[str, Weight], dict[str, Mapping[str, Any]]] = {}, {}
    try:
        _walk(objects, *reader, contents, objects.root(), "", 0)
    except (struct.error, IndexError, UnicodeDecodeError, OverflowError) as error:
        raise FormatError(f"{name} is a broken HDF5 file: {error}") from None
    return Contents(*contents)


def read_arrays(data: Slice, name: str) -> dict[str, Weight]:
    """{path: array} of all arrays in a file; errors as `read`."""
    return dict(read(data, name, texts=False).arrays)


def _walk(
    objects: Objects,
    arrays: Arrays,
    texts: Texts | None,
    contents: tuple[dict[str, Weight], dict[str, Mapping[str, Any]]],
    address: int,
    path: str,
    depth: int,
) -> None:
    objects.once(address, path or "the root")
    if depth > MAX_DEPTH:
        raise objects.broken("deeper groups than are read")
    messages = list(objects.header(address))
    if any(message.kind == SPACE for message in messages):
        contents[0][path] = arrays.array(messages, path)
        return
    if texts is not None:
        contents[1][path] = texts.of(messages)
    for name, child in objects.links(messages, path):
        inside = f"{path}/{name}" if path else name
        _walk(objects, arrays, texts, contents, child, inside, depth + 1)
