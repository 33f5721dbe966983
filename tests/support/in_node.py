"""Scripts of tests/node: what they answer to JSON."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parents[1] / "node"


def run_node(script: str, given: Any) -> Any:
    """What the script writes, given this on its standard input. Skips the test where
    Node is missing.
    """
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("node and npm are not on PATH")
    if not (HERE / "node_modules").is_dir():
        subprocess.run(
            [str(shutil.which("npm")), "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
            cwd=HERE,
            check=True,
            timeout=300,
        )
    done = subprocess.run(
        # Node 20's collector of WebAssembly's code now and then waits for itself for
        # ever, where modules come and go: one in twenty runs of own_page.mjs did
        ["node", "--no-wasm-code-gc", script],
        cwd=HERE,
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)
