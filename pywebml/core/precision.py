"""In what products of float16 tensors add up: a setting of the process, which ops take
over when they are made.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

_allowed = False


def allow_float16_accumulation(allowed: bool = True) -> None:
    """Lets matrix products and convolutions of float16 tensors multiply and add in
    float16.

    They do so in runs of 4 to 16 products, and add up in float32 what each run comes
    to. Results get less exact (a relative error of 5e-4 to 7e-4 instead of 2e-4, as a
    2-norm; docs/performance-record.md has networks' answers), and no run may come to
    more than 65,504. Real GPUs are faster then where there is much to compute; kernels
    without such a form, software adapters and NumPy stay with float32, and so do
    gradients.
    Without this call, and after `allow_float16_accumulation(False)`, everything is
    added in float32.

    For the process: say it once, at the start, as functions are captured anew after it.
    PyTorch's torch.backends.cuda.matmul.allow_fp16_accumulation is the model. TypeError
    unless `allowed` is a bool.

    Example:
        >>> pw.allow_float16_accumulation()
        >>> x = pw.ops.ones((4, 4), dtype="float16")
        >>> (x @ x).dtype
        'float16'
        >>> pw.allow_float16_accumulation(False)
    """
    global _allowed
    if not isinstance(allowed, bool):
        raise TypeError(f"allow_float16_accumulation takes True or False, got {allowed!r}")
    _allowed = allowed


@contextmanager
def float16_accumulation() -> Iterator[None]:
    """Allows it meanwhile."""
    before = _allowed
    allow_float16_accumulation()
    try:
        yield
    finally:
        allow_float16_accumulation(before)


def half_sums(dtype: str = "float16") -> bool:
    """Whether products of tensors of this type may be added up in float16."""
    return _allowed and dtype == "float16"
