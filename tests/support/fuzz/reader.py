"""A reader of files, and what it is tried with."""

from __future__ import annotations

import io
import json
import random
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .parts import Bytes, Json, Part, Zip


@dataclass(frozen=True)
class Reader:
    """`make` gives whole files, which `load` reads; it refuses any other."""

    name: str
    make: Callable[[], list[Part]]
    load: Callable[[Any], Any]

    @cached_property
    def samples(self) -> list[Part]:
        return self.make()

    def file(self, number: int, seed: int = 0) -> Any:
        """A broken file, the same one each time."""
        rng = random.Random(f"{self.name} {seed} {number}")
        return rng.choice(self.samples).broken(rng)

    def files(self, count: int, seed: int = 0, first: int = 0) -> Iterator[Any]:
        return (self.file(number, seed) for number in range(first, first + count))


def document(data: bytes) -> Json:
    return Json(json.loads(data))


def parts_of(files: Mapping[str, bytes]) -> dict[str, Part]:
    """Files by name: documents where their names say so."""
    return {
        name: document(data) if name.endswith(".json") else Bytes(data)
        for name, data in files.items()
    }


def unzipped(data: bytes, **known: Callable[[bytes], Part]) -> Zip:
    """A zip as its parts; `known` says of a name's ending how such a file is made."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    parts = parts_of(files)
    for name, contents in files.items():
        for ending, part in known.items():
            if name.endswith(f".{ending}"):
                parts[name] = part(contents)
    return Zip(parts)
