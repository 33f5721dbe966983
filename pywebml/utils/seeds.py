"""One seed for all."""

from __future__ import annotations

import random
from contextlib import suppress

from ..core.seeds import set_seed
from ..host.lazy import np


def set_random_seed(seed: int) -> None:
    """Seeds Python's `random`, NumPy and `pw.set_seed` with one number: what is drawn
    from now on is the same on every run. ValueError for what is no whole number of at
    least 0 and below 2^32.

    Example:
        >>> pw.utils.set_random_seed(7)
        >>> first = float(np.random.rand()), pw.ops.random_uniform((1,)).item()
        >>> pw.utils.set_random_seed(7)
        >>> (float(np.random.rand()), pw.ops.random_uniform((1,)).item()) == first
        True
    """
    if isinstance(seed, bool) or not hasattr(seed, "__index__") or not 0 <= seed < 1 << 32:
        raise ValueError(f"set_random_seed takes a whole number from 0 to 2^32 - 1, got {seed!r}")
    random.seed(int(seed))
    set_seed(seed)
    with suppress(ImportError):  # a tab may have no NumPy
        np.random.seed(int(seed))
