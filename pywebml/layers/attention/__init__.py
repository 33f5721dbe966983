"""Layers in which steps of sequences look at others."""

from __future__ import annotations

from .grouped_query import GroupQueryAttention
from .multi_head import MultiHeadAttention
from .of_lists import AdditiveAttention, Attention

__all__ = [
    "AdditiveAttention",
    "Attention",
    "GroupQueryAttention",
    "MultiHeadAttention",
]
