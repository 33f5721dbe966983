"""The same values in another shape, and room around pictures."""

from __future__ import annotations

import numpy as np
import pytest
from layer_cases import LayerCase, parameters

from pywebml import layers

CASES = [
    LayerCase(lambda: layers.Flatten(), (2, 3, 4, 5), [], lambda x: x.reshape(2, 60)),
    LayerCase(
        lambda: layers.Reshape((4, -1)), (2, 3, 8), [], lambda x: x.reshape(2, 4, 6), any_size=False
    ),
    LayerCase(
        lambda: layers.Reshape((6, 4)), (2, 3, 8), [], lambda x: x.reshape(2, 6, 4), any_size=False
    ),
    LayerCase(
        lambda: layers.ZeroPadding2D(((0, 1), (2, 3))),
        (2, 3, 4, 2),
        [],
        lambda x: np.pad(x, ((0, 0), (0, 1), (2, 3), (0, 0))),
    ),
    LayerCase(
        lambda: layers.ZeroPadding2D(1),
        (1, 2, 2, 1),
        [],
        lambda x: np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0))),
    ),
]


@parameters(CASES)
def test_reshaping(host: str, case: LayerCase) -> None:
    case.check()


def test_what_does_not_fit_is_named() -> None:
    with pytest.raises(ValueError, match="do not fit target_shape"):
        layers.Reshape((5, 5))(layers.Input((24,)))
    with pytest.raises(ValueError, match="only one dimension may be -1"):
        layers.Reshape((-1, -1))
    with pytest.raises(ValueError, match="padding must be n"):
        layers.ZeroPadding2D(-1)
    with pytest.raises(ValueError, match="height, width, channels"):
        layers.ZeroPadding2D()(layers.Input((8,)))


def test_open_sizes_stay_open() -> None:
    assert layers.Flatten()(layers.Input((None, 3))).shape == (None, None)
    assert layers.Reshape((4, -1))(layers.Input((None, 8))).shape == (None, 4, None)
    assert layers.ZeroPadding2D(2)(layers.Input((None, 4, 3))).shape == (None, None, 8, 3)


def test_an_open_size_as_tensorflow_js_writes_it() -> None:
    layer = layers.deserialize("Reshape", {"name": "rows", "target_shape": [None, 4]})
    assert layer(layers.Input((6, 2))).shape == (None, 3, 4)
    assert layer.get_config()["target_shape"] == [-1, 4]
    assert layers.Reshape((-3, 2))(layers.Input((6,))).shape == (None, 3, 2)
    with pytest.raises(ValueError, match="only one dimension may be -1"):
        layers.Reshape((None, -1))
