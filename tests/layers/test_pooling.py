"""Pooling over pictures."""

from __future__ import annotations

import numpy as np
import pytest
from layer_cases import LayerCase, parameters
from meanings import windows

from pywebml import layers

CASES = [
    LayerCase(
        lambda: layers.MaxPooling2D(), (2, 5, 6, 3), [], lambda x: windows(x, 2, 2).max((3, 4))
    ),
    LayerCase(
        lambda: layers.MaxPooling2D(3, strides=2, padding="same"),
        (1, 6, 5, 2),
        [],
        lambda x: windows(x, 3, 2, fill=-np.inf, same=True).max((3, 4)),
    ),
    LayerCase(
        lambda: layers.AveragePooling2D(2),
        (2, 4, 6, 3),
        [],
        lambda x: windows(x, 2, 2).mean((3, 4)),
    ),
    LayerCase(
        lambda: layers.AveragePooling2D(3, strides=1, padding="same"),
        (1, 4, 4, 2),
        [],
        lambda x: np.nanmean(windows(x, 3, fill=np.nan, same=True), (3, 4)),
    ),
    LayerCase(lambda: layers.GlobalAveragePooling2D(), (2, 4, 3, 5), [], lambda x: x.mean((1, 2))),
    LayerCase(
        lambda: layers.GlobalAveragePooling2D(keepdims=True),
        (2, 4, 3, 5),
        [],
        lambda x: x.mean((1, 2), keepdims=True),
    ),
    LayerCase(lambda: layers.GlobalMaxPooling2D(), (2, 4, 3, 5), [], lambda x: x.max((1, 2))),
    LayerCase(
        lambda: layers.GlobalMaxPooling2D(keepdims=True),
        (2, 4, 3, 5),
        [],
        lambda x: x.max((1, 2), keepdims=True),
    ),
]


@parameters(CASES)
def test_pooling(host: str, case: LayerCase) -> None:
    case.check()


def test_large_strides_are_no_known_size() -> None:
    """Following a call must not take two open sizes for one, however far apart windows
    are.
    """
    layer = layers.MaxPooling2D(40)
    assert layers.Layer.compute_output_shape(layer, (None, None, 83, 2)) == (None, None, 2, 2)


@pytest.mark.parametrize("kind", [layers.MaxPooling2D, layers.GlobalMaxPooling2D])
def test_only_pictures_are_pooled(kind: type[layers.Layer]) -> None:
    with pytest.raises(ValueError, match=r"needs \[batch, height, width, channels\]"):
        kind()(layers.Input((8,)))
    with pytest.raises(ValueError, match="'valid' or 'same'"):
        layers.MaxPooling2D(padding="full")
