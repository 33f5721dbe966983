"""Keras's `keras.mixed_precision`."""

from __future__ import annotations

from .dtype_policies import DTypePolicy, policy, set_policy

__all__ = ["DTypePolicy", "Policy", "dtype_policy", "global_policy", "set_dtype_policy",
           "set_global_policy"]  # fmt: skip

Policy = DTypePolicy
dtype_policy = global_policy = policy
set_dtype_policy = set_global_policy = set_policy
