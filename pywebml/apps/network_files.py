"""Networks of an app as a file of its own: metadata.json says what they are, beside
model.json and weights.bin, which `tf.loadLayersModel` reads as well.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from ..host.files import FormatError
from ..host.json_data import json_object
from ..host.stores.folders import Zip, zip_bytes

MAX_METADATA, MAX_FILE = 1 << 16, 64 << 20


class Kind(NamedTuple):
    """One app's files: `what` says what is in them, and `wrote` who writes them."""

    format: str
    version: int
    what: str
    wrote: str
    bounds: Mapping[str, tuple[int, int]]
    """{number of the metadata: (least, most)}."""

    def write(self, about: Mapping[str, Any], model: Mapping[str, bytes]) -> bytes:
        """The zip of a model's files."""
        metadata = {"format": self.format, "version": self.version, **about}
        return zip_bytes({"metadata.json": json.dumps(metadata, indent=1).encode(), **model})

    def read(self, data: bytes, name: str) -> tuple[Zip, dict[str, Any]]:
        """The files, and the metadata, whose numbers are within their bounds.
        FormatError for anything else.
        """
        if len(data) > MAX_FILE:
            raise FormatError(f"{name} has {len(data):,} bytes; expected at most {MAX_FILE:,}")
        if not data.startswith(b"PK") or "metadata.json" not in Zip(data).names():
            raise FormatError(
                f"{name} is no {self.what}; expected a .zip that {self.wrote} or its page wrote"
            )
        files = Zip(data)
        about = json_object(files.read("metadata.json", MAX_METADATA), f"metadata.json in {name}")
        if about.get("format") != self.format or about.get("version") != self.version:
            raise FormatError(
                f"{name} is no {self.what}: its metadata.json does not say {self.format!r},"
                f" version {self.version}"
            )
        for key, (low, high) in self.bounds.items():
            value = about.get(key)
            if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
                raise FormatError(
                    f"{name}: {key} must be a whole number from {low} to {high}, got {value!r}"
                )
        return files, about
