"""What `import pywebml` brings along: nothing that is heavy, optional or above it."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hosts import ROOT

HEAVY = (
    "numpy", "PIL", "h5py", "onnx", "rich", "platformdirs", "urllib.request", "http.client",
    "pickletools", "pywebml.apps", "pywebml.cli", "pywebml.tab", "pywebml.site",
)  # fmt: skip


@pytest.mark.parametrize(
    "module",
    ["pywebml", "pywebml.host.stores", "pywebml.formats.loading", "pywebml.zoo.compact"],
)
def test_imports_are_light(module: str) -> None:
    source = f"import sys, {module}; print(*(m for m in {HEAVY!r} if m in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", source], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []
