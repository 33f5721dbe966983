"""`features`: what an extractor makes of pictures, as a NumPy file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from ..data.pictures import Skipped
from ..zoo import load_extractor
from ..zoo.extraction import extract_features


def features(
    pictures: Sequence[str | Path],
    extractor: str,
    out: str | Path,
    progress: Callable[[int, int], None] | None = None,
    dtype: str = "float32",
) -> tuple[tuple[int, ...], list[Skipped]]:
    """Writes float32 [readable pictures, ...] to `out`, in the order given; returns
    (its shape, what was skipped).

    `dtype`: what the network computes on, see `load_extractor`.
    ValueError if no picture can be read or there is no such extractor.
    """
    found = extract_features(load_extractor(extractor, dtype=dtype), pictures, progress)
    values = found.values.numpy()
    with open(out, "wb") as file:  # np.save given a name would add .npy to it
        np.save(file, values)
    return values.shape, found.skipped
