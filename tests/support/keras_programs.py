"""The programs of examples/keras, and what two runs of one print."""

from __future__ import annotations

import re

import pytest
from hosts import ROOT

PROGRAMS = sorted((ROOT / "examples" / "keras").glob("*.py"))
NUMBER = re.compile(r"-?\d+\.?\d*(?:e[+-]?\d+)?|\bnan\b|\binf\b")
TOLERANCE = {"recurrent": 2e-3}
"""{program: how far numbers may be apart, 1e-3 elsewhere}."""


def assert_prints_agree(name: str, ours: str, other: str) -> None:
    """The same words, and numbers that are near."""
    assert "0x" not in ours, f"an object's address says nothing: {ours}"
    lines, others = ours.splitlines(), other.splitlines()
    relative = TOLERANCE.get(name, 1e-3)
    assert len(lines) == len(others), ours
    for a, b in zip(lines, others, strict=True):
        assert NUMBER.sub("#", a) == NUMBER.sub("#", b)
        got, want = ([float(n) for n in NUMBER.findall(line)] for line in (a, b))
        assert got == pytest.approx(want, rel=relative, abs=1e-5, nan_ok=True), f"{a}\n{b}"
