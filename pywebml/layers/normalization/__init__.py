"""Layers that bring what flows to mean 0 and deviation 1."""

from __future__ import annotations

from .batch import BatchNormalization
from .group import GroupNormalization
from .row import LayerNormalization, RMSNormalization, UnitNormalization
from .spectral import SpectralNormalization

__all__ = [
    "BatchNormalization",
    "GroupNormalization",
    "LayerNormalization",
    "RMSNormalization",
    "SpectralNormalization",
    "UnitNormalization",
]
