"""A test that takes its process down is reported with how that ended and where."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hosts import ROOT

ENDS = {
    "import ctypes; ctypes.string_at(0)": ("It ended by SIGSEGV.", "test_it.py"),
    "import os; os.kill(os.getpid(), 9)": ("It ended by SIGKILL", "It left no trace"),
    "import os; os._exit(3)": ("It ended with status 3.", "It left no trace"),
}


@pytest.mark.skipif(os.name == "nt", reason="ends by signals")
@pytest.mark.parametrize(("end", "told"), ENDS.items(), ids=["fault", "killed", "exit"])
def test_the_report_says_how_it_ended(end: str, told: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(f"def test_it():\n    {end}\n")
    command = [sys.executable, "-m", "pytest", "-n", "1", "--max-worker-restart", "0"]
    plugins = ["-p", "crashes", "-p", "no:cacheprovider", "--rootdir", str(tmp_path)]
    result = subprocess.run(
        [*command, *plugins, str(tmp_path)],
        env={"PYTHONPATH": str(ROOT / "tests" / "support"), "PATH": "/usr/bin:/bin"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 1, result.stdout + result.stderr
    for words in told:
        assert words in result.stdout
    assert "site-packages/_pytest" not in result.stdout


def test_no_memory_is_traced_beside_other_threads() -> None:
    """tests/support/traced.py says why."""
    stops = re.compile(r"tracemalloc\.(start|stop)\(")
    paths = [p for folder in ("pywebml", "tests", "tools") for p in (ROOT / folder).rglob("*.py")]
    started = {p.name: stops.findall(p.read_text(encoding="utf-8")) for p in paths}
    # a program of its own, before anything else
    assert {name: calls for name, calls in started.items() if calls} == {
        "test_broken_models.py": ["start"]
    }
