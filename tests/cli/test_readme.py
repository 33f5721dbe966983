"""What the README shows, runs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hosts import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_python_example_runs_and_learns(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert len(example.strip().splitlines()) <= 15
    exec(compile(example, "README.md", "exec"), {"__name__": "readme"})
    accuracy = float(capsys.readouterr().out.split()[-1])
    assert accuracy >= 0.9


def test_the_commands_exist() -> None:
    from pywebml.cli.parser import build_parser

    named = set(re.findall(r"^python -m pywebml (\w+)", README, re.MULTILINE))
    assert named >= {
        "teach",
        "predict",
        "classify",
        "features",
        "check",
        "devices",
        "models",
        "cache",
        "bench",
    }
    known = build_parser().format_help()
    for name in named:
        assert re.search(rf"^\s+{name}\s", known, re.MULTILINE), name


@pytest.mark.parametrize("target", ["run", "test"])
def test_the_two_commands_are_targets_of_the_makefile(target: str) -> None:
    assert f"make {target}" in README
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


def test_links_lead_somewhere() -> None:
    for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (ROOT / link).exists(), link


def test_the_console_script_is_the_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pywebml", "--help"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0
    assert "teach" in done.stdout
