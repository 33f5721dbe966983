"""Layers, models, losses, metrics, optimizers, schedules and callbacks take their
arguments in the order of Keras 3, as keras_places.json has it, or refuse what stands
elsewhere there.
"""

from __future__ import annotations

import importlib
import inspect
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pywebml as pw

KERAS = json.loads(Path(__file__).with_name("keras_places.json").read_text("utf-8"))
MODULES = {
    "initializers": "pywebml.layers.initializers",
    "schedules": "pywebml.train.schedules",
}
SAME = [{"where", "filepath"}, {"input_shape", "shape"}]
X, Y = np.zeros((4, 2), np.float32), np.zeros((4, 1), np.float32)


def net() -> Any:
    model = pw.Sequential([pw.layers.Input((2,)), pw.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


REFUSED: dict[tuple[str, str], Callable[[], Any]] = {
    ("save_model", "overwrite"): lambda: pw.save_model(net(), "memory://place", True),
}
"""What stands in another one's place there, in a call as people write it."""


def thing(name: str) -> Any:
    module, _, own = name.rpartition(".")
    if module == "Model":
        return inspect.unwrap(getattr(pw.Sequential, own))
    if module in MODULES:
        return getattr(importlib.import_module(MODULES[module]), own)
    return getattr(getattr(pw, module) if module else pw, own)


def places(function: Any) -> list[tuple[str, Any]]:
    parameters = inspect.signature(function).parameters.values()
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [(p.name, p.default) for p in parameters if p.kind in kinds and p.name != "self"]


@pytest.mark.parametrize("name", KERAS)
def test_a_place_means_the_same_in_keras_or_is_refused(name: str) -> None:
    for (ours, _), place in zip(places(thing(name)), KERAS[name], strict=False):
        theirs = place.partition("=")[0]
        refused = REFUSED.get((name.rpartition(".")[2], theirs)) or REFUSED.get((name, theirs))
        if not refused and (ours == theirs or {ours, theirs} in SAME):
            continue
        assert refused, (
            f"{name}: {ours} stands where {theirs} stands in Keras; make it keyword-only"
        )
        with pytest.raises((TypeError, ValueError)) as error:
            refused()
        assert len(str(error.value)) > 20
        return  # what follows stands behind what is refused
