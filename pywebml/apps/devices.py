"""`devices`: what this machine can compute on, and what `--device auto` takes."""

from __future__ import annotations

from typing import NamedTuple

from ..device import make_device
from ..device.native import adapters
from ..device.reference import ReferenceDevice


class Found(NamedTuple):
    name: str
    kind: str
    backend: str
    choice: str  # the --device word that takes it, or "" where another adapter comes first


def devices() -> list[Found]:
    """Every adapter that wgpu finds, best first, then the CPU device."""
    gpus = list(adapters())
    found = [
        Found(
            a.info["device"] or a.info["description"],
            a.info["adapter_type"],
            a.info["backend_type"],
            "",
        )
        for a in gpus
    ]
    if found:
        found[0] = found[0]._replace(choice="gpu")
    found.append(Found(ReferenceDevice().adapter.name, "CPU", "NumPy", "cpu"))
    return found


def auto() -> str:
    """The name of what `--device auto` takes on this machine."""
    return make_device("auto").adapter.name
