"""What an app declares that it reaches, and what it did."""

from __future__ import annotations

from typing import Any

from pywebml.apps.app import App


def missed(app: App, outcome: Any, seconds: float | None = None) -> list[str]:
    """What the outcome of an app does not reach; `seconds` is how long it took."""
    faults = [bound.missed(outcome) for bound in app.reaches]
    for bound in app.reaches:
        if None not in (seconds, bound.seconds) and seconds > bound.seconds:
            faults.append(f"took {seconds:.0f} s, expected {bound.seconds:.0f} at most")
    return [fault for fault in faults if fault]
