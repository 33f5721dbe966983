"""What Keras gives for every call of keras_ops_calls.py, as a pickle on stdout.

It runs in a process of its own, with Keras's NumPy backend: one process has one
backend, and JAX compiles a hundred times longer than these calls take.
"""

from __future__ import annotations

import copy
import os
import pickle
import sys
import tempfile
import warnings
from typing import Any

os.environ["KERAS_BACKEND"] = "numpy"
os.environ.setdefault("KERAS_HOME", os.path.join(tempfile.gettempdir(), "pywebml-keras-numpy"))

import keras
import numpy as np
from keras_ops_calls import CALLS, IMAGE

NARROWER = {"float64": "float32", "int64": "int32", "complex128": "complex64"}


def plain(result: Any) -> Any:
    """Arrays in 32 bits, as Keras's other backends have them here."""
    if isinstance(result, (list, tuple)):
        return [plain(one) for one in result]
    if isinstance(result, (np.ndarray, np.generic)):
        array = np.asarray(result)
        return array.astype(NARROWER.get(array.dtype.name, array.dtype))
    return result


def main() -> None:
    results = {}
    for room, calls, space in (("", CALLS, keras.ops), ("image.", IMAGE, keras.ops.image)):
        for name, several in calls.items():
            for number, (args, options) in enumerate(several):
                args, options = copy.deepcopy((args, options))  # some are written into
                try:
                    result = plain(getattr(space, name)(*args, **options))
                except Exception as error:
                    result = f"{type(error).__name__}: {error}"
                results[room, name, number] = result
    sys.stdout.buffer.write(pickle.dumps(results))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
