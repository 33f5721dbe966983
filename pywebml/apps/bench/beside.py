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
