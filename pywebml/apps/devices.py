"""`devices`: what this machine can compute on, what `--device auto` takes, and the
PYWEBML_* variables that change it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ..core import whole
from ..device import make_device, set_device
from ..host.settings import ONNX_RUNTIME, SETTINGS
from .app import App, Given, Outcome
from .options import Options, option


@dataclass(frozen=True)
class DevicesOptions(Options):
    """What to list."""

    settings: bool = option(False, "list the environment variables that pywebml reads instead")


class DeviceRow(NamedTuple):
    """A line of the list."""

    name: str
    kind: str
    backend: str
    choice: str  # the --device word that takes it, or "" where another adapter comes first


def devices() -> list[DeviceRow]:
    """Every adapter that wgpu finds, best first, then the CPU device."""
    from ..device.native import adapters  # the driver; a tab has none

    rows = [
        DeviceRow(
            a.info["device"] or a.info["description"],
            a.info["adapter_type"],
            a.info["backend_type"],
            "",
        )
        for a in adapters()
    ]
    if rows:
        rows[0] = rows[0]._replace(choice="gpu")
    return [*rows, DeviceRow(make_device("cpu").adapter.name, "CPU", cpu_backend(), "cpu")]


def cpu_backend() -> str:
    """What the CPU device computes with."""
    there = whole.library()
    version = there.installed() if there and ONNX_RUNTIME() else ""
    return f"NumPy; frozen networks {there.NAME} {version}" if there and version else "NumPy"


def auto() -> str:
    """The name of what `--device auto` takes on this machine."""
    return make_device("auto").adapter.name


def run(given: Given) -> Outcome:
    """The `devices` command."""
    if given.options.settings:
        rows = [(each.name, each.text(), each.does) for each in SETTINGS]
        given.screen.table(["variable", "is set to", "what it does"], rows)
        return Outcome()
    lines = [(d.name, d.kind, d.backend, d.choice and f"--device {d.choice}") for d in devices()]
    given.screen.table(["device", "kind", "through", "taken by"], lines)
    name = set_device(given.device).adapter.name
    given.screen.line(f"--device {given.device} takes {name}")
    return Outcome()


APP = App(
    name="devices",
    says="List what this machine can compute on.",
    run=run,
    options=DevicesOptions,
    shows=("devices",),
    unmeasured="it lists what is there",
    json=False,
)
