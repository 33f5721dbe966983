"""A KNNClassifier in files: knn.json, with labels in their order and which example is
whose, and examples.bin, the rows in float32.
"""

from __future__ import annotations

import json
import math
import sys
from array import array
from collections.abc import Sequence
from typing import Any, NamedTuple

from ..host.files import FormatError, refused
from ..host.json_data import json_object
from ..host.stores.files import Files

FORMAT, VERSION = "pywebml-knn", 1
MAX_JSON = 64 << 20
MAX_SIZE = 1 << 28


class Examples(NamedTuple):
    """Examples as they are kept: `numbers` has of each its label's place, `values`
    float32 [examples, product of shape] as bytes, or as numbers once they are read.
    """

    labels: Sequence[str | int]
    shape: tuple[int, ...]
    numbers: list[int]
    values: Any


def written(examples: Examples) -> dict[str, bytes]:
    """The files."""
    about = {
        "format": FORMAT,
        "version": VERSION,
        "labels": list(examples.labels),
        "shape": list(examples.shape),
        "classes": examples.numbers,
    }
    text = json.dumps(about, ensure_ascii=False)
    return {"knn.json": text.encode(), "examples.bin": bytes(examples.values)}


async def read(files: Files) -> Examples:
    """What `written` wrote. FormatError for anything else."""
    raw = await files.read("knn.json", MAX_JSON)
    where = f"knn.json in {files.name}"
    with refused(where):
        about = json_object(raw, where)
        if (about.get("format"), about.get("version")) != (FORMAT, VERSION):
            raise FormatError(
                f"{where} is not what KNNClassifier.save writes: expected {FORMAT!r} of version"
                f" {VERSION}, got {about.get('format')!r} of version {about.get('version')!r}"
            )
        labels = _listed(about["labels"], (str, int), "labels", where)
        shape = _listed(about["shape"], (int,), "shape", where)
        numbers = _listed(about["classes"], (int,), "classes", where)
    if len(set(labels)) != len(labels):
        raise FormatError(f"{where}: a label is there twice in {str(labels)[:200]}")
    if any(not 0 <= number < len(labels) for number in numbers):
        raise FormatError(f"{where}: 'classes' must be places among {len(labels)} labels")
    size = math.prod(shape)
    if any(n < 0 for n in shape) or size > MAX_SIZE or (numbers and not size):
        raise FormatError(f"{where}: no example has the 'shape' {str(shape)[:200]}")
    data = await files.read("examples.bin")
    if len(data) != 4 * len(numbers) * size:
        raise FormatError(
            f"examples.bin in {files.name} has {len(data)} bytes, expected"
            f" {4 * len(numbers) * size}: {len(numbers)} examples of {size} numbers"
        )
    values = array("f", data)
    if sys.byteorder == "big":
        values.byteswap()
    return Examples(labels, tuple(shape), numbers, values)


def _listed(value: Any, kinds: tuple[type, ...], name: str, where: str) -> list[Any]:
    if not isinstance(value, list) or any(type(item) not in kinds for item in value):
        names = " or ".join({str: "texts", int: "whole numbers"}[kind] for kind in kinds)
        raise FormatError(f"{where}: {name!r} must be a list of {names}, got {str(value)[:80]}")
    return value
