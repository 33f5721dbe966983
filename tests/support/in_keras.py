"""Keras 3 on JAX: the second source of layers, losses, metrics and trainings.

`from in_keras import keras, uncompiled` in a test; nothing of it is imported by the
package.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

os.environ["KERAS_BACKEND"] = "jax"
os.environ.setdefault("JAX_PLATFORMS", "cpu")
# Each test compiles functions of its own and calls them once.
os.environ.setdefault(
    "XLA_FLAGS",
    "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true",
)
# What one process of the tests has compiled the others need not compile, nor does the
# next run.
os.environ.setdefault(
    "JAX_COMPILATION_CACHE_DIR", str(Path(__file__).parents[2] / ".pytest_cache" / "jax")
)
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
# Keras writes its settings into the home folder where it is not told another.
os.environ.setdefault("KERAS_HOME", os.path.join(tempfile.gettempdir(), "pywebml-keras"))

import keras
from jax import disable_jit

uncompiled = disable_jit
"""Within `with uncompiled():` JAX walks loops and branches op by op. Outside it
compiles each one anew at each call, which takes longer than a few steps.
"""

__all__ = ["keras", "uncompiled"]
