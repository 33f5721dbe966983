"""What is written from the code says what the code has."""

from __future__ import annotations

import subprocess
import sys

from hosts import ROOT


def test_the_lists_of_ops_and_layers_are_current() -> None:
    """If not: python tools/support_tables.py."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "support_tables.py"), "--check"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
