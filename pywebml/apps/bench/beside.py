"""The peers, imported when they are timed: a tab has none of them."""

from __future__ import annotations

from types import ModuleType


def torch_peer() -> ModuleType:
    """peers/torch.py."""
    from .peers import torch

    return torch


def onnx_peer() -> ModuleType:
    """peers/onnx.py."""
    from .peers import onnx

    return onnx


def loader_peer() -> ModuleType:
    """peers/loader.py."""
    from .peers import loader

    return loader


def onnx_by_layers() -> ModuleType:
    """peers/onnx_by_layers.py."""
    from .peers import onnx_by_layers

    return onnx_by_layers
