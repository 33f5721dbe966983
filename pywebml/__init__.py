"""pywebml: TensorFlow.js for people who think in Python. See README.md."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from . import layers, models, ops, train, vis
from .core import symbolic, whole
from .core.autodiff import (
    grad,
    grads,
    stop_gradient,
    value_and_grad,
    value_and_grads,
    variable_grads,
)
from .core.capture import capture
from .core.compat import dispose, keep, next_frame, tidy
from .core.custom_gradient import custom_gradient
from .core.debugging import debug
from .core.derivatives import hvp, jacobian, jvp
from .core.precision import allow_float16_accumulation
from .core.profiling import profile, time
from .core.ranked import scalar, tensor1d, tensor2d, tensor3d, tensor4d, tensor5d, tensor6d
from .core.tensor import Tensor, Variable, memory, ready, tensor
from .device import get_device, run_sync, set_device
from .host.version import VERSION
from .layers import Input, set_seed
from .models import Model, Sequential
from .models import serialization as saving
from .ops import arange, eye, fill, linspace, ones, ones_like, zeros, zeros_like
from .train import callbacks, losses, metrics, optimizers
from .vis.plots import plot

if TYPE_CHECKING:
    from . import data, keras, utils
    from .formats.converting import convert
    from .formats.loading import inspect, load_model, save_model
    from .formats.saved_models import copy_model, list_models, move_model, remove_model
    from .keras import random
    from .zoo import architectures as applications

__version__ = VERSION

__all__ = [
    "Input", "Model", "Sequential", "Tensor", "Variable", "allow_float16_accumulation",
    "applications", "arange", "callbacks", "capture", "convert", "copy_model", "custom_gradient",
    "data", "debug", "dispose", "eye", "fill", "get_device", "grad", "grads", "hvp", "inspect",
    "jacobian", "jvp", "keep", "keras", "layers", "linspace", "list_models", "load_model",
    "losses", "memory", "metrics", "models", "move_model", "next_frame", "ones", "ones_like",
    "ops", "optimizers", "plot", "profile", "random", "ready", "remove_model", "run_sync",
    "save_model", "saving", "scalar", "set_device", "set_seed", "stop_gradient", "tensor",
    "tensor1d", "tensor2d", "tensor3d", "tensor4d", "tensor5d", "tensor6d", "tidy", "time",
    "train", "utils", "value_and_grad", "value_and_grads", "variable_grads", "vis", "zeros",
    "zeros_like",
]  # fmt: skip


def _files() -> Any:
    from .formats import loading

    return loading


models.saving.files = _files
whole.library = lambda: import_module(f"{__name__}.formats.onnx_runtime")
models.saving.weight_files = lambda: import_module(f"{__name__}.formats.weight_files")
models.saving.compact = lambda: import_module(f"{__name__}.zoo.compact")
models.saving.networks = lambda: import_module(f"{__name__}.zoo.state_dicts")


_ROOMS = {
    "applications": ".zoo.architectures", "data": ".data", "keras": ".keras",
    "random": ".keras.random", "utils": ".utils",
}  # fmt: skip


symbolic.more.append(lambda: import_module(f"{__name__}.keras.ops"))


def __getattr__(name: str) -> Any:
    """What reads and writes model files, data sets and utilities are imported on first
    use: most programs, and the start of a page, do without.
    """
    if name in ("inspect", "load_model", "save_model"):
        return getattr(_files(), name)
    if name == "convert":
        return import_module(".formats.converting", __name__).convert
    if name in ("copy_model", "list_models", "move_model", "remove_model"):
        return getattr(import_module(".formats.saved_models", __name__), name)
    if name in _ROOMS:
        return import_module(_ROOMS[name], __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
