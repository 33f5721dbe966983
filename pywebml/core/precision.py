"""How exactly products of float16 tensors add up: a setting of the process, which ops take over when they are made."""

from __future__ import annotations

_allowed = False


def allow_float16_accumulation(allowed: bool = True) -> None:
    """Lets matrix products of float16 tensors, dense layers and 1x1 convolutions among them, multiply and add in float16.

    It goes in runs of 8 or 16 products; what each comes to is added up in float32. Results get some five times less exact (relative
    errors of 1e-3 instead of 2e-4; docs/performance.md has networks' answers), and a run must stay below 65,504. GPUs that compute
    faster with halves are faster then; a kernel that has no such form, NumPy and software adapters stay with float32. Without this
    call, and after `allow_float16_accumulation(False)`, everything is added in float32.

    For the process, as PyTorch's torch.backends.cuda.matmul.allow_fp16_accumulation. TypeError unless `allowed` is a bool.
    """
    global _allowed
    if not isinstance(allowed, bool):
        raise TypeError(f"allow_float16_accumulation takes True or False, got {allowed!r}")
    _allowed = allowed


def half_sums(dtype: str = "float16") -> bool:
    """Whether products of tensors of this type may be added up in float16."""
    return _allowed and dtype == "float16"
