"""A sample: what is known of one picture that is taught with."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..core.tensor import tensor
from ..device import get_device
from ..zoo import Extractor
from ..zoo.thumbnails import thumbnail_size


class Sample(NamedTuple):
    """One picture's features and its thumbnail, float32 as bytes. Where no thumbnail is
    known, all of it is zero.
    """

    id: str
    key: str
    features: bytes
    thumbnail: bytes

    @classmethod
    def of(cls, message: Mapping[str, Any], extractor: Extractor) -> Sample:
        """From `{id, key, features, thumbnail}`. ValueError where the features are not
        this extractor's; a thumbnail that is not is left out.
        """
        features = bytes(memoryview(message["features"]).cast("B"))
        if len(features) != 4 * extractor.features:
            raise ValueError(
                f"sample {message['id']!r} has {len(features) // 4} features, but"
                f" {extractor.name} makes {extractor.features}; it was taken with another extractor"
            )
        thumbnail = bytes(memoryview(message.get("thumbnail") or b"").cast("B"))
        nothing = bytes(thumbnail_bytes(extractor))
        fits = len(thumbnail) == len(nothing)
        return cls(str(message["id"]), message["key"], features, thumbnail if fits else nothing)

    def message(self) -> dict[str, Any]:
        """`{id, key, features, thumbnail}`: Float32Arrays in JavaScript; null where
        there are no features.
        """
        features = array("f", self.features) if self.features else None
        return {
            "id": self.id,
            "key": self.key,
            "features": features,
            "thumbnail": array("f", self.thumbnail),
        }


def thumbnail_bytes(extractor: Extractor) -> int:
    """Bytes of each sample's thumbnail."""
    return 4 * thumbnail_size(*extractor.input_size)


class ByteRows:
    """Rows that stay as bytes on Python's side, where the device has no room for all of
    them in one buffer.
    """

    stays_on_host = True

    def __init__(self, values: Sequence[bytes]):
        self._values = values
        self.shape = (len(values), len(values[0]) // 4)
        self.nbytes = sum(map(len, values))

    def __len__(self) -> int:
        return len(self._values)

    def __getitem__(self, rows: Any) -> Any:
        """float32 of these numbers, or of a slice."""
        some = self._values[rows] if isinstance(rows, slice) else [self._values[i] for i in rows]
        return memoryview(b"".join(some)).cast("f", (len(some), self.shape[1]))


def rows(values: Sequence[bytes]) -> Any:
    """float32 of one length each, as the rows of a tensor; as `ByteRows` where one
    would be too large.
    """
    every = ByteRows(values)
    fits = every.nbytes <= get_device().adapter.max_binding
    return tensor(every[:]) if fits else every
