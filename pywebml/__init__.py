"""pywebml: TensorFlow.js for people who think in Python. See README.md."""

from __future__ import annotations

from . import ops
from .core.autodiff import grad, stop_gradient, value_and_grad, variable_grads
from .core.capture import capture
from .core.compat import dispose, tidy
from .core.tensor import Tensor, Variable, memory, ready, tensor
from .device import get_device, run_sync, set_device
from .ops.creation import arange, fill, linspace, ones, ones_like, zeros, zeros_like
try:  # until both are written
    from . import layers, train
    from .layers import Input, Model, Sequential, set_seed
    from .train import callbacks, losses, metrics, optimizers
except ImportError as error:
    print("not yet:", error)

__version__ = "0.1.0"

__all__ = [
    "Input", "Model", "Sequential", "Tensor", "Variable", "arange", "callbacks", "capture", "dispose", "fill", "get_device", "grad", "layers",
    "linspace", "losses", "memory", "metrics", "ones", "ones_like", "ops", "optimizers", "ready", "run_sync", "set_device", "set_seed",
    "stop_gradient", "tensor", "tidy", "train", "value_and_grad", "variable_grads", "zeros", "zeros_like",
]  # fmt: skip
