"""Whole numbers as inputs: what a call on symbols says comes out is what comes out."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from layer_cases import LayerCase, all_cases

from pywebml import layers

COVERED = [case for case in all_cases() if not any(None in shape for shape in case.shapes)]
NAMES = [f"{type(case.make()).__name__}-{i}" for i, case in enumerate(COVERED)]
REFUSE = {"Activation", "Masking"}
"""Layers that some of their functions let refuse whole numbers."""


def dtypes(outputs: Any) -> list[str]:
    return [y.dtype for y in (outputs if isinstance(outputs, (list, tuple)) else [outputs])]


@pytest.mark.parametrize("case", COVERED, ids=NAMES)
def test_whole_numbers_become_what_symbols_say(host: str, case: LayerCase) -> None:
    rng = np.random.default_rng(0)
    arrays = [rng.integers(0, 3, shape).astype(np.int32) for shape in case.shapes]
    layer = case.make()
    inputs = [layers.Input(shape[1:], dtype="int32") for shape in case.shapes]
    outputs = None
    if type(layer).__name__ not in REFUSE:
        outputs = case.call(layer, arrays)
    else:
        with suppress(TypeError, ValueError):
            outputs = case.call(layer, arrays)
    if outputs is not None:
        assert dtypes(case.call(case.make(), inputs)) == dtypes(outputs)
