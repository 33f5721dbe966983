"""pywebml: TensorFlow.js for people who think in Python. See README.md."""

from __future__ import annotations

from . import layers, models, ops, train
from .core.autodiff import grad, stop_gradient, value_and_grad, variable_grads
from .core.capture import capture
from .core.compat import dispose, tidy
from .core.precision import allow_float16_accumulation
from .core.tensor import Tensor, Variable, memory, ready, tensor
from .device import get_device, run_sync, set_device
from .formats.loading import load_model, save_model
from .host.version import VERSION
from .layers import Input, set_seed
from .models import Model, Sequential
from .ops.creation import arange, fill, linspace, ones, ones_like, zeros, zeros_like
from .train import callbacks, losses, metrics, optimizers
from .vis.plots import plot

__version__ = VERSION

__all__ = [
    "Input", "Model", "Sequential", "Tensor", "Variable", "allow_float16_accumulation", "arange",
    "callbacks", "capture", "dispose", "fill", "get_device", "grad", "layers", "linspace",
    "load_model", "losses", "memory", "metrics", "models", "ones", "ones_like", "ops", "optimizers",
    "plot", "ready", "run_sync", "save_model", "set_device", "set_seed", "stop_gradient", "tensor",
    "tidy", "train", "value_and_grad", "variable_grads", "zeros", "zeros_like",
]  # fmt: skip
