"""The same values in another shape."""

from __future__ import annotations

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
        lambda: layers.Permute((3, 1, 2)),
        (2, 3, 4, 5),
        [],
        lambda x: x.transpose(0, 3, 1, 2),
    ),
    LayerCase(lambda: layers.Permute([1]), (2, 3), [], lambda x: x),
    LayerCase(
        lambda: layers.RepeatVector(4),
        (2, 3),
        [],
        lambda x: x[:, None].repeat(4, 1),
        any_size=False,
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
    with pytest.raises(ValueError, match="each of 1 to 2 once"):
        layers.Permute((0, 1))
    with pytest.raises(ValueError, match="needs 2 axes behind the batch"):
        layers.Permute((2, 1))(layers.Input((8,)))
    with pytest.raises(ValueError, match="n must be at least 1, got 0"):
        layers.RepeatVector(0)
    with pytest.raises(ValueError, match=r"needs \[batch, features\], got shape"):
        layers.RepeatVector(2)(layers.Input((8, 3)))


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
