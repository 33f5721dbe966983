"""Work on several machines, by engines that exist: features of pictures over a Ray
cluster, and federated teaching with Flower (`federated/`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .features import extract_features

__all__ = ["extract_features"]


def __getattr__(name: str) -> Any:
    """Loaded when it is asked for: a tab has the lesson alone."""
    if name != "extract_features":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from .features import extract_features

    return extract_features
