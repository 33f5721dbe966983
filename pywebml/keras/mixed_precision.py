"""Keras's `keras.mixed_precision`."""

from __future__ import annotations

from ..layers.support.policies import DTypePolicy, policy, set_policy
from ..train.optimizers import LossScaleOptimizer

__all__ = ["DTypePolicy", "LossScaleOptimizer", "Policy", "dtype_policy", "global_policy",
           "set_dtype_policy", "set_global_policy"]  # fmt: skip

Policy = DTypePolicy
dtype_policy = global_policy = policy
set_dtype_policy = set_global_policy = set_policy
