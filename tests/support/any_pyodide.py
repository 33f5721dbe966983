"""A site of somebody else's: a Pyodide, micropip and pywebml's wheel on a plain host,
and nothing of pywebml's own page.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

from hosts import ROOT

from pywebml.host.packages import files_of
from pywebml.host.supplies import supply
from pywebml.host.version import VERSION
from pywebml.site import sources

WHEEL = f"pywebml-{VERSION}-py3-none-any.whl"
TOOLS = ("micropip", "packaging")
"""What a Pyodide has besides its core: its lock file names builds that no registry has."""


def write_site(folder: Path, version: str = sources.PYODIDE) -> None:
    """A Pyodide of that version in pyodide/, and beside it what pywebml's wheel takes
    from its own place. NumPy is there where a registry has it.
    """
    pyodide = folder / "pyodide"
    shutil.copytree(sources.pyodide(version), pyodide)
    lock = json.loads((pyodide / "pyodide-lock.json").read_text())
    for name in TOOLS:
        path = sources.wheel(name)
        shutil.copy(path, pyodide)
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        lock["packages"][name] |= {"file_name": path.name, "sha256": sha256}
    lock["packages"]["micropip"]["depends"] = ["packaging"]
    (pyodide / "pyodide-lock.json").write_text(json.dumps(lock))
    if version == sources.PYODIDE:
        shutil.copy(sources.numpy_wheel(), pyodide)
    build_wheel(folder)


def build_wheel(folder: Path) -> Path:
    """The ordinary wheel of this checkout."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return folder / WHEEL


def add_pyscript(folder: Path, version: str) -> None:
    """PyScript in pyscript/, and the page of examples/pyscript."""
    files = files_of(supply("@pyscript/core", version)) / "dist"
    shutil.copytree(files, folder / "pyscript")
    shutil.copytree(ROOT / "examples" / "pyscript", folder, dirs_exist_ok=True)


def add_xnnpack(folder: Path) -> None:
    """XNNPACK's kernels beside the wheel, as docs/anywhere.md has it."""
    shutil.copy(sources.xnnpack() / sources.XNNPACK_FILES["xnnpack"], folder)
