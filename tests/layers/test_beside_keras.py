"""Cases of every layer beside Keras 3's own layer of that name: outputs, shapes,
and the gradients of inputs and weights.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from beside_keras import Beside, keras_layer
from hosts import shared_device
from layer_cases import LayerCase, all_cases
from shares import share

from pywebml.device import set_device


def compared() -> list[LayerCase]:
    """Of each layer's cases a share, its first one among them."""
    by_layer: dict[str, list[LayerCase]] = {}
    for case in all_cases():
        if not case.alone:
            by_layer.setdefault(type(case.make()).__name__, []).append(case)
    return [case for cases in by_layer.values() for case in share(cases, 2)]


COMPARED = compared()
NAMES = [f"{type(case.make()).__name__}-{i}" for i, case in enumerate(COMPARED)]


@pytest.fixture(autouse=True)
def on_the_processor() -> None:
    set_device(shared_device("cpu"))


@pytest.mark.parametrize("case", COMPARED, ids=NAMES)
def test_a_layer_beside_keras(case: LayerCase) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras's, about sizes of pictures and the like
        both = Beside(case)
        seeds = both.seeds()
        outputs, slopes = both.of_ours(seeds)
        want, want_slopes = both.of_keras(seeds)
        close(outputs, want, 1e-5)
        close(slopes, want_slopes, 1e-4)
        shapes, want = (
            case.of_shapes(layer.compute_output_shape, both.shapes)
            for layer in (both.ours, both.keras)
        )
        if type(both.ours).__name__ == "EinsumDense":
            return  # Keras leaves sizes open that follow from its inputs, or takes them apart
        assert sizes(shapes) == sizes(want)


def close(ours: Sequence[Any], kerass: Sequence[Any], relative: float) -> None:
    assert [a.shape for a in ours] == [a.shape for a in kerass]
    for a, b in zip(ours, kerass, strict=True):
        scale = max(float(np.abs(b).max(initial=0)), 1e-3)
        np.testing.assert_allclose(a, b, rtol=relative, atol=relative / 5 * scale)


def sizes(shape: Any) -> list[tuple[int | None, ...]]:
    """Of one output or of several."""
    if all(size is None or isinstance(size, int) for size in shape):
        return [tuple(shape)]
    return [one for inner in shape for one in sizes(inner)]


def test_another_formula_would_be_noticed() -> None:
    case = next(c for c in COMPARED if type(c.make()).__name__ == "Dense")
    layer = keras_layer(case)
    layer.set_weights([w * 1.001 for w in layer.get_weights()])
    arrays = case.arrays()
    with pytest.raises(AssertionError):
        np.testing.assert_allclose(
            np.asarray(layer(arrays[0])), case.want(arrays), rtol=1e-5, atol=1e-5
        )
