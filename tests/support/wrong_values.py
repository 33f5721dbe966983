"""What an argument is given that it cannot be, and what is a clear answer to it."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from hosts import shared_device

from pywebml import set_device, tensor

set_device(shared_device("cpu"))  # where the tensor among them is, and the tests that use it

WRONG: dict[str, Any] = {
    "None": None,
    "a word": "nonsense",
    "no word": "",
    "negative": -1,
    "nan": math.nan,
    "infinity": math.inf,
    "zero": 0,
    "a fraction": 0.5,
    "above one": 1.5,
    "a whole number": 3,
    "a list": [1, 2],
    "an empty list": [],
    "a list of words": ["a"],
    "a dict": {"a": 1},
    "an array": np.array([[1.0, 2.0]]),
    "NumPy's number": np.float32(0.25),
    "a tensor": tensor([1.0, 2.0]),
    "an object": object(),
    "a class": int,
    "a function": len,
    "True": True,
}


def refusal(call: Callable[[], Any]) -> Exception | None:
    """What a call raises of itself; other errors come through."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            call()
    except (ValueError, TypeError) as error:
        return error
    return None


def is_clear(error: Exception | None, *names: str) -> bool:
    """Whether it is a sentence that has one of the names in it, none of Python's own."""
    raw = ("has no attribute", "not supported between", "unsupported operand", "object is not")
    words = str(error)
    return error is None or (
        any(name in words for name in names) and not any(part in words for part in raw)
    )
