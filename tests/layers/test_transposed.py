"""Transposed convolutions of sequences, pictures and volumes."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from layer_cases import LayerCase, parameters
from meanings import deconvolved

from pywebml import layers

KINDS = {1: layers.Conv1DTranspose, 2: layers.Conv2DTranspose, 3: layers.Conv3DTranspose}
SHAPES = {1: (2, 4, 3), 2: (2, 4, 3, 3), 3: (1, 2, 3, 2, 3)}


def cuts_of(padding: str, window: int, stride: int, dilation: int, extra: int | None) -> Any:
    """What Keras cuts off before and after all that windows cover; less than nothing is
    room behind.
    """
    reach = (window - 1) * dilation + 1
    if padding == "valid":
        return 0, -(max(stride - reach, 0) if extra is None else extra)
    less = reach - stride if extra is None else reach - reach % 2 - extra
    before = max(less // 2, 0)
    return before, less - before


def case(
    rank: int,
    window: Any = 3,
    stride: Any = 1,
    padding: str = "valid",
    extra: Any = None,
    dilation: int = 1,
) -> LayerCase:
    windows, strides = (np.broadcast_to(v, rank).tolist() for v in (window, stride))
    extras = [None] * rank if extra is None else np.broadcast_to(extra, rank).tolist()
    cuts = [
        cuts_of(padding, w, s, dilation, e)
        for w, s, e in zip(windows, strides, extras, strict=True)
    ]
    words = {"output_padding": extra, "dilation_rate": dilation, "activation": "tanh"}
    return LayerCase(
        lambda: KINDS[rank](4, window, stride, padding, **words),
        SHAPES[rank],
        [("kernel", (*windows, 4, 3)), ("bias", (4,))],
        lambda x, k, b: np.tanh(deconvolved(x, k, strides, cuts, dilation) + b),
    )


CASES = [
    *(case(rank) for rank in KINDS),
    *(case(rank, stride=2, padding="same") for rank in KINDS),
    *(case(rank, 2, 3, extra=1) for rank in KINDS),
    *(case(rank, padding="same", dilation=2) for rank in KINDS),
    case(2, (2, 3), (3, 1), "same"),
    case(2, (4, 3), 2, "same", (1, 0)),
    case(2, 2, 4),
    case(3, (1, 2, 3), (2, 1, 2), "valid", (0, 0, 1)),
]


@parameters(CASES)
def test_transposed_convolutions(host: str, case: LayerCase) -> None:
    case.check()


GENERATED = [
    case(1, window, stride, padding, extra)
    for window, stride, padding in itertools.product((1, 2, 3, 4, 5), (1, 2, 3), ("valid", "same"))
    for extra in (None, *range(stride))
    if (window, padding, extra) != (2, "same", 0) or stride > 1
]


@pytest.mark.parametrize("case", GENERATED, ids=[str(i) for i in range(len(GENERATED))])
def test_any_window_and_stride(host: str, case: LayerCase) -> None:
    case.check_values()
    case.check_shapes()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layers.Conv2DTranspose(0, 3), "filters must be at least 1, got 0"),
        (lambda: layers.Conv2DTranspose(2, 3, 2, output_padding=2), r"smaller than the strides"),
        (lambda: layers.Conv2DTranspose(2, 3, 2, output_padding=(1, -1)), r"at least 0 and"),
        (lambda: layers.Conv1DTranspose(2, 3, 2, output_padding=(1, 1)), r"at least 0 and"),
        (lambda: layers.Conv1DTranspose(2, 3, 2, dilation_rate=2), "do not go together"),
        (lambda: layers.Conv1DTranspose(2, 3, padding="causal"), "'valid' or 'same'"),
        (lambda: layers.Conv1DTranspose(2, 3)(layers.Input((3,))), r"\[batch, steps, channels\]"),
        (
            lambda: layers.Conv1DTranspose(2, 2, 2, "same", 0)(layers.Input((1, 3))),
            "nothing would come out",
        ),
    ],
)
def test_bad_arguments_are_named(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_a_volume_s_arguments_stand_in_keras_s_order() -> None:
    layer = layers.Conv3DTranspose(1, 2, 2, "valid", "channels_first", 1)
    assert (layer.data_format, layer.output_padding) == ("channels_first", (1, 1, 1))
    layer = layers.Conv2DTranspose(1, 2, 2, "valid", 1, "channels_first")
    assert (layer.data_format, layer.output_padding) == ("channels_first", (1, 1))
