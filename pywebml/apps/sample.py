"""A sample: what is known of one picture that is taught with."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..core.tensor import Tensor, tensor
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


def rows(values: Sequence[bytes]) -> Tensor:
    """float32 of one length each, as the rows of a tensor."""
    return tensor(memoryview(b"".join(values)).cast("f", (len(values), len(values[0]) // 4)))
