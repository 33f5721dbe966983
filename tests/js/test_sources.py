"""The pages' scripts: types as their JSDoc says, and one layout."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hosts import ROOT

NODE = ROOT / "tests" / "node"
SCRIPTS = ("web/**/*.{js,css}", "tests/js/*.mjs", "tests/node/*.{mjs,ts}")


def run(tool: str, *words: str) -> subprocess.CompletedProcess[str]:
    """One of the tests' npm packages. Skips the test where they are not installed."""
    program: Path = NODE / "node_modules" / ".bin" / tool
    if not program.exists():
        pytest.skip(f"no {tool}: run `npm ci` in tests/node")
    return subprocess.run(
        [program, *words], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )


def test_types_of_what_the_pages_share() -> None:
    done = run("tsc", "--project", str(NODE / "tsconfig.json"))
    assert done.returncode == 0, done.stdout


def test_a_wrong_type_would_be_found(tmp_path: Path) -> None:
    script = tmp_path / "wrong.js"
    script.write_text("/** @param {number} n */\nexport const half = (n) => n.length / 2;\n")
    done = run("tsc", "--checkJs", "--noEmit", "--strict", str(script))
    assert done.returncode != 0
    assert "'length' does not exist on type 'number'" in done.stdout


def test_layout() -> None:
    done = run("prettier", "--check", *SCRIPTS)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}\nrun prettier --write on them"
